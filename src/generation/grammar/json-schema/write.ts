/** JSON Schema to a grammar whose texts are exactly valid JSON values, in compact form. */
import { RequestError } from "../../../base/errors.ts";
import { characters, choice, type Expression, type Grammar, literal, NEVER, rule } from "../expression.ts";
import { JsonRules, jsonLiteral, MAX_DIGITS, NUMBER } from "../json-text.ts";
import { GRAMMAR_LIMITS, tooComplex } from "../limits.ts";
import { both, dfaOf, expressionOf } from "../regex/regular.ts";
import { RuleTable } from "../rule-table.ts";
import { arrayText } from "./array-text.ts";
import { FactReader, type Facts } from "./facts.ts";
import { refusedKeyword, type Schema, type TypeName } from "./keywords.ts";
import { decimalText, integerText, multiplesOf } from "./number-text.ts";
import { objectText } from "./object-text.ts";
import { isObject, SchemaDocument } from "./read.ts";
import { stringOfFacts } from "./string-text.ts";
import { fits } from "./values.ts";

/**
 * @throws RequestError for a schema that is malformed, too large, or that no value fits; UnsupportedError that names
 * a keyword which cannot be kept.
 */
export function grammarFromSchema(schema: unknown): Grammar {
  const table = new RuleTable();
  const root = schemaExpression(schema, table);
  return { rules: table.rules, root };
}

/** The same as an expression, whose rules are added to the table. */
export function schemaExpression(schema: unknown, table: RuleTable): Expression {
  const document = new SchemaDocument(schema);
  const root = new SchemaWriter(document, table).write([document.root]);
  if (root !== NEVER) return root;
  throw new RequestError({
    doing: "use a JSON schema",
    expected: "a schema that some value fits",
    found: "a schema that excludes every value",
  });
}

class SchemaWriter {
  readonly #document: SchemaDocument;
  readonly #table: RuleTable;
  readonly #facts: FactReader;
  readonly #json: JsonRules;
  /** Rule by the schemas that it fulfils together; recursion refers to a rule that is not complete yet. */
  readonly #known = new Map<string, Expression>();
  readonly #scalars = new Map<string, Expression>();
  readonly #ids = new Map<Schema, number>();
  #depth = 0;

  constructor(document: SchemaDocument, table: RuleTable) {
    this.#document = document;
    this.#table = table;
    this.#json = new JsonRules(table);
    this.#facts = new FactReader(document);
  }

  /** The text of a value that is valid for all of the schemas; NEVER only if that is plain. */
  write(schemas: readonly Schema[]): Expression {
    const targets = [...new Set(schemas.map((schema) => this.#target(schema)))];
    if (targets.includes(false)) return NEVER;
    const key = targets.map((schema) => this.#idOf(schema)).join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = this.#table.reserve("value");
    const reference = rule(name);
    this.#known.set(key, reference);
    if (++this.#depth > GRAMMAR_LIMITS.sourceDepth)
      throw tooComplex("use a JSON schema", "nested schemas", "sourceDepth");
    const body = choice(...this.#facts.alternatives(targets).map((facts) => this.#alternative(facts)));
    this.#depth--;
    this.#table.set(name, body);
    if (body !== NEVER) return reference;
    this.#known.set(key, NEVER);
    return NEVER;
  }

  /** A schema that only refers to another one stands for it. */
  #target(schema: Schema): Schema {
    const seen = new Set<Schema>();
    let at = schema;
    while (isObject(at) && typeof at.$ref === "string" && Object.keys(at).length === 1) {
      if (seen.has(at)) throw refusedKeyword("$ref to itself");
      seen.add(at);
      at = this.#document.target(at.$ref);
    }
    return at;
  }

  #idOf(schema: Schema): number {
    const id = this.#ids.get(schema) ?? this.#ids.size;
    this.#ids.set(schema, id);
    return id;
  }

  #alternative(facts: Facts): Expression {
    if (facts.values !== undefined)
      return choice(...facts.values.filter((value) => fits(value, facts)).map(jsonLiteral));
    const types = facts.types ?? facts.mentioned;
    if (types.size === 0) return this.#json.value;
    return choice(...[...types].map((type) => this.#ofType(type, facts)));
  }

  #ofType(type: TypeName, facts: Facts): Expression {
    switch (type) {
      case "null":
        return literal("null");
      case "boolean":
        return choice(literal("true"), literal("false"));
      case "string": {
        const { minLength, maxLength, patterns, formats } = facts;
        const key = JSON.stringify([`${minLength} ${maxLength}`, patterns, formats]);
        return this.#shared(key, () => stringOfFacts(facts, this.#table));
      }
      case "array":
        return arrayText(facts, (schemas) => this.write(schemas));
      case "object":
        return this.#object(facts);
      default: {
        const { low, high, aboveLow, belowHigh, factors } = facts;
        const key = `${type} ${low} ${high} ${aboveLow} ${belowHigh} ${factors.join()}`;
        return this.#shared(key, () => this.#number(type, facts));
      }
    }
  }

  /** Strings and numbers of the same kind are one rule: schemas repeat them. */
  #shared(key: string, write: () => Expression): Expression {
    const known = this.#scalars.get(key);
    if (known !== undefined) return known;
    const text = write();
    const shared = text === NEVER ? NEVER : this.#table.add("scalar", text);
    this.#scalars.set(key, shared);
    return shared;
  }

  #object(facts: Facts): Expression {
    const isFree = facts.objects.length === 0 && facts.required.size === 0 && facts.names.length === 0;
    if (isFree && facts.minProperties === 0 && facts.maxProperties === Number.POSITIVE_INFINITY)
      return this.#json.object;
    const alternatives = (schemas: readonly Schema[]): readonly Facts[] => this.#facts.alternatives(schemas);
    return objectText(facts, (schemas) => this.write(schemas), this.#table, alternatives);
  }

  #number(type: "number" | "integer", facts: Facts): Expression {
    const whole = facts.factors.filter(Number.isInteger);
    const places = facts.factors.filter((factor) => !Number.isInteger(factor)).map(decimalPlaces);
    if (type === "integer" || whole.length > 0) return this.#multiples(integerText(facts), whole);
    if (places.length > 0) return decimalText(facts, Math.min(...places));
    const isOpen = facts.low === Number.NEGATIVE_INFINITY && facts.high === Number.POSITIVE_INFINITY;
    return isOpen ? NUMBER : decimalText(facts);
  }

  #multiples(integers: Expression, factors: readonly number[]): Expression {
    const dfas = factors.filter((factor) => factor > 1).map(multiplesOf);
    if (dfas.length === 0 || integers === NEVER) return integers;
    return expressionOf(dfas.reduce(both, dfaOf(integers)), characters, this.#table);
  }
}

/** Digits after the point of the multiples of 0.1, 0.01, …: every integer is one of them. */
function decimalPlaces(factor: number): number {
  const [, zeros] = /^1e-(\d+)$/.exec(factor.toExponential()) ?? [];
  if (zeros !== undefined && Number(zeros) <= MAX_DIGITS) return Number(zeros);
  throw refusedKeyword(`multipleOf ${factor}`, "use a whole number, or 0.1, 0.01, …");
}
