/**
 * Objects: known properties in the order of the schema, then others. Properties that no keyword mentions are not
 * written unless `additionalProperties` allows them.
 */
import { choice, EMPTY, type Expression, literal, NEVER, optional, repeat, sequence } from "../expression.ts";
import { COLON, COMMA, jsonLiteral, separated, stringText } from "../json-text.ts";
import { dfaOfPattern, patternOf } from "../regex/regex.ts";
import { ANY_TEXT, accepts, both, type Dfa, dfaOf, except, isNothing } from "../regex/regular.ts";
import type { RuleTable } from "../rule-table.ts";
import type { Facts, ObjectPart } from "./facts.ts";
import { refusedKeyword, type Schema } from "./keywords.ts";
import { textDfa, textOfDfa } from "./string-text.ts";

/** Writes a value that is valid for all of the schemas. */
export type WriteValue = (schemas: readonly Schema[]) => Expression;

interface Property {
  readonly required: boolean;
  /** The name, a colon and the value. */
  readonly text: Expression;
}

interface Context {
  readonly facts: Facts;
  readonly write: WriteValue;
  readonly rules: RuleTable;
  /** Names that propertyNames allows; undefined: all. */
  readonly allowed: Dfa | undefined;
  readonly patterns: readonly { readonly dfa: Dfa; readonly schema: Schema }[];
}

/** @param alternatives of schemas, to read propertyNames. */
export function objectText(
  facts: Facts,
  write: WriteValue,
  rules: RuleTable,
  alternatives: (schemas: readonly Schema[]) => readonly Facts[],
): Expression {
  const patterns = patternsOf(facts.objects);
  const context: Context = { facts, write, rules, patterns, allowed: allowedNames(facts, alternatives) };
  const names = new Set([
    ...facts.objects.flatMap(({ properties }) => [...properties.keys()]),
    ...facts.required,
  ]);
  const known = [...names].map((name) => propertyOf(name, context));
  if (known.some(({ required, text }) => required && text === NEVER)) return NEVER;
  const written = known.filter(({ text }) => text !== NEVER);
  const others = otherProperty([...names], context);
  const count = countsOf(facts, written, others);
  if (count === undefined) return NEVER;
  return sequence(literal("{"), members(written, others, count, rules), literal("}"));
}

function patternsOf(parts: readonly ObjectPart[]): { dfa: Dfa; schema: Schema }[] {
  const patterns = parts.flatMap((part) => [...part.patterns]);
  if (patterns.length > 0 && parts.length > 1) throw refusedKeyword("patternProperties combined with allOf");
  const made = patterns.map(([source, schema]) => ({ dfa: dfaOfPattern(patternOf(source)), schema }));
  made.forEach(({ dfa }, i) => {
    for (const earlier of made.slice(0, i)) {
      if (!isNothing(both(earlier.dfa, dfa)))
        throw refusedKeyword("patternProperties that may match the same name");
    }
  });
  return made;
}

function allowedNames(
  { names }: Facts,
  alternatives: (schemas: readonly Schema[]) => readonly Facts[],
): Dfa | undefined {
  if (names.length === 0) return undefined;
  const dfas = alternatives(names).flatMap((facts) => {
    if (facts.types !== undefined && !facts.types.has("string")) return [];
    if (facts.values === undefined) return [textDfa(facts) ?? ANY_TEXT];
    const listed = facts.values.filter((value): value is string => typeof value === "string");
    return [both(textDfa(facts) ?? ANY_TEXT, dfaOf(choice(...listed.map(literal))))];
  });
  if (dfas.length === 1) return dfas[0];
  if (dfas.length === 0) return dfaOf(NEVER);
  throw refusedKeyword("propertyNames with several alternatives", "use enum or pattern");
}

function propertyOf(name: string, { facts, write, patterns, allowed }: Context): Property {
  const required = facts.required.has(name);
  if (allowed !== undefined && !accepts(allowed, name)) return { required, text: NEVER };
  const byPattern = patterns.filter(({ dfa }) => accepts(dfa, name)).map(({ schema }) => schema);
  const schemas = facts.objects.flatMap(({ properties, additional }) => {
    const own = [...(properties.has(name) ? [properties.get(name) as Schema] : []), ...byPattern];
    return own.length > 0 ? own : additional === undefined ? [] : [additional];
  });
  const value = write(schemas);
  return { required, text: value === NEVER ? NEVER : sequence(jsonLiteral(name), COLON, value) };
}

/** A property that is not known: its name is any other name that is allowed. NEVER if there may be none. */
function otherProperty(names: readonly string[], context: Context): Expression {
  const { facts, write, rules, patterns, allowed } = context;
  const additional = facts.objects.flatMap((part): Schema[] =>
    part.additional === undefined ? [] : [part.additional],
  );
  const isOpen = additional.length > 0 && !additional.includes(false);
  const others = isOpen ? [{ dfa: withoutPatterns(patterns), schemas: additional }] : [];
  const groups = [...patterns.map(({ dfa, schema }) => ({ dfa, schemas: [schema] })), ...others];
  if (groups.length === 0) return NEVER;
  const taken = names.length === 0 ? undefined : dfaOf(choice(...names.map(literal)));
  const options = groups.map(({ dfa, schemas }) => {
    const value = write(schemas);
    if (value === NEVER) return NEVER;
    return sequence(nameText([dfa, allowed], taken, rules), COLON, value);
  });
  const text = choice(...options);
  return text === NEVER ? NEVER : rules.add("property", text);
}

function withoutPatterns(patterns: Context["patterns"]): Dfa | undefined {
  return patterns.length === 0 ? undefined : patterns.reduce((left, { dfa }) => except(left, dfa), ANY_TEXT);
}

function nameText(
  conditions: readonly (Dfa | undefined)[],
  taken: Dfa | undefined,
  rules: RuleTable,
): Expression {
  const given = conditions.filter((each): each is Dfa => each !== undefined);
  if (given.length === 0 && taken === undefined) return stringText();
  const all = given.reduce(both, given.length === 0 ? ANY_TEXT : given[0]);
  return textOfDfa(taken === undefined ? all : except(all, taken), rules);
}

/** How many other properties there may be. Undefined: no object has the demanded number of properties. */
function countsOf(
  { minProperties: min, maxProperties: max }: Facts,
  known: readonly Property[],
  others: Expression,
): { min: number; max: number } | undefined {
  const required = known.filter((property) => property.required).length;
  const most = others === NEVER ? known.length : Number.POSITIVE_INFINITY;
  if (required > max || most < min) return undefined;
  if (required === known.length) {
    // A name could be written twice, so a number of other properties can only be demanded if it is one.
    if (min - required > 1) throw refusedKeyword("minProperties above one more than the required properties");
    return { min: Math.max(0, min - required), max: others === NEVER ? 0 : max - required };
  }
  if (min > required) throw refusedKeyword("minProperties beside optional properties", "make them required");
  if (max < most) throw refusedKeyword("maxProperties beside optional properties", "leave it out");
  return { min: 0, max: others === NEVER ? 0 : Number.POSITIVE_INFINITY };
}

/** Members from `properties[at]` on, as two rules each: before and after the first member. Their number stays linear. */
function members(
  properties: readonly Property[],
  others: Expression,
  { min, max }: { readonly min: number; readonly max: number },
  rules: RuleTable,
): Expression {
  let first = separated(others, min, max);
  let rest = max === 0 ? EMPTY : repeat(sequence(COMMA, others), min, max);
  for (const { required, text } of [...properties].reverse()) {
    const property = rules.add("property", text);
    const withThis = sequence(property, rest);
    first = rules.add("members", required ? withThis : choice(withThis, first));
    const next = sequence(COMMA, property);
    rest = rules.add("members", sequence(required ? next : optional(next), rest));
  }
  return first;
}
