/**
 * Facts: what a schema demands of a value, with references followed and `allOf`, `anyOf` and `oneOf` worked out. A
 * schema becomes a list of alternatives; a value is valid if it fulfils all facts of one alternative.
 */
import { GRAMMAR_LIMITS, tooComplex } from "../limits.ts";
import { areDisjoint } from "./disjoint.ts";
import { refusedKeyword, type Schema, TYPES_OF, type TypeName } from "./keywords.ts";
import {
  countOf,
  keyOf,
  numberOf,
  type SchemaDocument,
  type SchemaObject,
  schemaMapOf,
  schemaOf,
  schemasOf,
  stringOf,
  stringsOf,
  wrongValue,
} from "./read.ts";

/** What one schema object says about properties. Names that it does not list fall to `additional`. */
export interface ObjectPart {
  readonly properties: ReadonlyMap<string, Schema>;
  readonly patterns: ReadonlyMap<string, Schema>;
  readonly additional: Schema | undefined;
}

/** What one schema object says about items. Items after the prefix fall to `items`. */
export interface ArrayPart {
  readonly prefix: readonly Schema[];
  readonly items: Schema | undefined;
}

export interface Facts {
  /** Absent: not said. "number" includes integers. */
  readonly types: ReadonlySet<TypeName> | undefined;
  /** Types that any keyword limits. */
  readonly mentioned: ReadonlySet<TypeName>;
  /** Allowed values; absent: any. */
  readonly values: readonly unknown[] | undefined;
  readonly low: number;
  readonly high: number;
  readonly aboveLow: boolean;
  readonly belowHigh: boolean;
  readonly factors: readonly number[];
  readonly minLength: number;
  readonly maxLength: number;
  readonly patterns: readonly string[];
  readonly formats: readonly string[];
  readonly objects: readonly ObjectPart[];
  readonly required: ReadonlySet<string>;
  readonly names: readonly Schema[];
  readonly minProperties: number;
  readonly maxProperties: number;
  readonly arrays: readonly ArrayPart[];
  readonly minItems: number;
  readonly maxItems: number;
}

const NONE = Number.POSITIVE_INFINITY;

const NOTHING_SAID: Facts = {
  types: undefined,
  mentioned: new Set(),
  values: undefined,
  low: -NONE,
  high: NONE,
  aboveLow: false,
  belowHigh: false,
  factors: [],
  minLength: 0,
  maxLength: NONE,
  patterns: [],
  formats: [],
  objects: [],
  required: new Set(),
  names: [],
  minProperties: 0,
  maxProperties: NONE,
  arrays: [],
  minItems: 0,
  maxItems: NONE,
};

const TYPES: ReadonlySet<unknown> = new Set<TypeName>([
  "string",
  "number",
  "integer",
  "boolean",
  "null",
  "object",
  "array",
]);

export class FactReader {
  readonly #document: SchemaDocument;
  #steps = 0;
  #depth = 0;

  constructor(document: SchemaDocument) {
    this.#document = document;
  }

  /** The alternatives of a value that is valid for all of the schemas; none: no value is. */
  alternatives(schemas: readonly Schema[]): Facts[] {
    return schemas.reduce<Facts[]>((before, schema) => this.#add(before, schema), [NOTHING_SAID]);
  }

  /** Adds a schema to each of the alternatives. */
  #add(before: readonly Facts[], schema: Schema): Facts[] {
    if (schema === true) return [...before];
    if (schema === false) return [];
    if (++this.#depth > GRAMMAR_LIMITS.sourceDepth)
      throw tooComplex("use a JSON schema", "nested references", "sourceDepth");
    const found = this.#addObject(before, this.#document.checked(schema));
    this.#depth--;
    return found;
  }

  #addObject(before: readonly Facts[], schema: SchemaObject): Facts[] {
    this.#steps += before.length;
    if (this.#steps > GRAMMAR_LIMITS.cases)
      throw tooComplex("use a JSON schema", "combinations of cases", "cases");
    let found = before.map((facts) => addKeywords(facts, schema)).filter(isPossible);
    const reference = stringOf(schema, "$ref");
    if (reference !== undefined) found = this.#add(found, this.#document.target(reference));
    for (const part of schemasOf(schema, "allOf") ?? []) found = this.#add(found, part);
    const any = schemasOf(schema, "anyOf");
    if (any !== undefined) found = any.flatMap((part) => this.#add(found, part));
    const one = schemasOf(schema, "oneOf");
    if (one !== undefined) found = this.#addOneOf(found, one);
    refuseNot(schemaOf(schema, "not"));
    return schema.not === undefined ? found : [];
  }

  /** Alternatives that exclude each other need no further condition. */
  #addOneOf(before: readonly Facts[], parts: readonly Schema[]): Facts[] {
    const each = parts.map((part) => this.#add(before, part));
    for (let i = 0; i < each.length; i++) {
      for (let j = 0; j < i; j++) {
        this.#steps += each[i].length * each[j].length;
        if (each[i].every((a) => each[j].every((b) => areDisjoint(a, b, this)))) continue;
        throw refusedKeyword(
          `oneOf with alternatives ${j + 1} and ${i + 1}, which may both fit a value`,
          "use anyOf, or give each alternative a required property with a const of its own",
        );
      }
    }
    return each.flat();
  }
}

/** `not` is supported where it excludes everything, as schema generators write it. */
function refuseNot(schema: Schema | undefined): void {
  if (schema === undefined || schema === true) return;
  if (typeof schema === "object" && Object.keys(schema).length === 0) return;
  throw refusedKeyword("not");
}

function addKeywords(facts: Facts, schema: SchemaObject): Facts {
  const mentioned = Object.keys(schema).flatMap((name) => TYPES_OF.get(name) ?? []);
  return {
    ...addNumbers(facts, schema),
    types: commonTypes(facts.types, typesOf(schema)),
    mentioned: new Set([...facts.mentioned, ...mentioned]),
    values: commonValues(facts.values, valuesOf(schema)),
    factors: [...facts.factors, ...factorsOf(schema)],
    minLength: Math.max(facts.minLength, countOf(schema, "minLength") ?? 0),
    maxLength: Math.min(facts.maxLength, countOf(schema, "maxLength") ?? NONE),
    patterns: unique([...facts.patterns, ...given(stringOf(schema, "pattern"))]),
    formats: unique([...facts.formats, ...given(stringOf(schema, "format"))]),
    objects: [...facts.objects, ...objectPartOf(schema)],
    required: new Set([...facts.required, ...stringsOf(schema, "required")]),
    names: [...facts.names, ...given(schemaOf(schema, "propertyNames"))],
    minProperties: Math.max(facts.minProperties, countOf(schema, "minProperties") ?? 0),
    maxProperties: Math.min(facts.maxProperties, countOf(schema, "maxProperties") ?? NONE),
    arrays: [...facts.arrays, ...arrayPartOf(schema)],
    minItems: Math.max(facts.minItems, countOf(schema, "minItems") ?? 0),
    maxItems: Math.min(facts.maxItems, countOf(schema, "maxItems") ?? NONE),
  };
}

const given = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);
const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];

function addNumbers(facts: Facts, schema: SchemaObject): Facts {
  let { low, high, aboveLow, belowHigh } = facts;
  const raise = (bound: number | undefined, excluded: boolean): void => {
    if (bound === undefined || bound < low) return;
    aboveLow = bound === low ? aboveLow || excluded : excluded;
    low = bound;
  };
  const lower = (bound: number | undefined, excluded: boolean): void => {
    if (bound === undefined || bound > high) return;
    belowHigh = bound === high ? belowHigh || excluded : excluded;
    high = bound;
  };
  raise(numberOf(schema, "minimum"), false);
  raise(numberOf(schema, "exclusiveMinimum"), true);
  lower(numberOf(schema, "maximum"), false);
  lower(numberOf(schema, "exclusiveMaximum"), true);
  return { ...facts, low, high, aboveLow, belowHigh };
}

function factorsOf(schema: SchemaObject): number[] {
  const factor = numberOf(schema, "multipleOf");
  if (factor !== undefined && factor <= 0) throw wrongValue("multipleOf", "a number above 0");
  return given(factor);
}

function typesOf({ type }: SchemaObject): ReadonlySet<TypeName> | undefined {
  if (type === undefined) return undefined;
  const names: unknown[] = Array.isArray(type) ? type : [type];
  if (names.length > 0 && names.every((name): name is TypeName => TYPES.has(name))) return new Set(names);
  throw wrongValue("type", "names of types");
}

function commonTypes(
  a: ReadonlySet<TypeName> | undefined,
  b: ReadonlySet<TypeName> | undefined,
): ReadonlySet<TypeName> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const has = (types: ReadonlySet<TypeName>, name: TypeName): boolean =>
    types.has(name) || (name === "integer" && types.has("number"));
  return new Set([...a, ...b].filter((name) => has(a, name) && has(b, name)));
}

function valuesOf(schema: SchemaObject): readonly unknown[] | undefined {
  const { enum: list } = schema;
  if (list !== undefined && !Array.isArray(list)) throw wrongValue("enum", "an array");
  if (Object.hasOwn(schema, "const")) return commonValues(list, [schema.const]);
  return list;
}

function commonValues(
  a: readonly unknown[] | undefined,
  b: readonly unknown[] | undefined,
): readonly unknown[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const texts = new Set(b.map(keyOf));
  return a.filter((value) => texts.has(keyOf(value)));
}

function objectPartOf(schema: SchemaObject): ObjectPart[] {
  const isSaid = ["properties", "patternProperties", "additionalProperties"].some(
    (name) => schema[name] !== undefined,
  );
  if (!isSaid) return [];
  return [
    {
      properties: schemaMapOf(schema, "properties"),
      patterns: schemaMapOf(schema, "patternProperties"),
      additional: schemaOf(schema, "additionalProperties"),
    },
  ];
}

function arrayPartOf(schema: SchemaObject): ArrayPart[] {
  if (schema.uniqueItems !== undefined && schema.uniqueItems !== false) throw refusedKeyword("uniqueItems");
  const prefix = schemasOf(schema, "prefixItems");
  if (Array.isArray(schema.items)) throw refusedKeyword("an array as items", "use prefixItems");
  const items = schemaOf(schema, "items");
  return prefix === undefined && items === undefined ? [] : [{ prefix: prefix ?? [], items }];
}

function isPossible({ types, values }: Facts): boolean {
  return types?.size !== 0 && values?.length !== 0;
}
