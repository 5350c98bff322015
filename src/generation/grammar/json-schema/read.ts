/** Checks that the values of a schema's keywords have the right kind, and follows references. */
import { RequestError } from "../../../base/errors.ts";
import { GRAMMAR_LIMITS, tooComplex } from "../limits.ts";
import { checkKeywords, refusedKeyword, type Schema } from "./keywords.ts";

export type SchemaObject = Readonly<Record<string, unknown>>;

const DOING = "use a JSON schema";

export function wrongValue(keyword: string, expected: string): RequestError {
  return new RequestError({ doing: DOING, expected: `${expected} for "${keyword}"`, found: "another value" });
}

export function isObject(value: unknown): value is SchemaObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === "boolean" || isObject(value);
}

/** The number of a keyword, or undefined without it. */
export function numberOf(schema: SchemaObject, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw wrongValue(keyword, "a number");
}

export function countOf(schema: SchemaObject, keyword: string): number | undefined {
  const value = numberOf(schema, keyword);
  if (value === undefined || (Number.isInteger(value) && value >= 0)) return value;
  throw wrongValue(keyword, "a whole number from 0");
}

export function schemasOf(schema: SchemaObject, keyword: string): readonly Schema[] | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every(isSchema)) return value;
  throw wrongValue(keyword, "an array of schemas");
}

export function schemaOf(schema: SchemaObject, keyword: string): Schema | undefined {
  const value = schema[keyword];
  if (value === undefined || isSchema(value)) return value;
  throw wrongValue(keyword, "a schema");
}

export function schemaMapOf(schema: SchemaObject, keyword: string): ReadonlyMap<string, Schema> {
  const value = schema[keyword] ?? {};
  if (isObject(value) && Object.values(value).every(isSchema))
    return new Map(Object.entries(value as Record<string, Schema>));
  throw wrongValue(keyword, "an object of schemas");
}

export function stringsOf(schema: SchemaObject, keyword: string): readonly string[] {
  const value = schema[keyword] ?? [];
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw wrongValue(keyword, "an array of strings");
}

export function stringOf(schema: SchemaObject, keyword: string): string | undefined {
  const value = schema[keyword];
  if (value === undefined || typeof value === "string") return value;
  throw wrongValue(keyword, "a string");
}

/** The same text for equal values, whatever the order of their properties. */
export function keyOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Reads a whole schema: finds the target of every reference in it. */
export class SchemaDocument {
  readonly root: Schema;
  readonly #checked = new WeakSet<object>();
  #count = 0;

  constructor(root: unknown) {
    if (!isSchema(root)) {
      throw new RequestError({ doing: DOING, expected: "an object or a boolean", found: typeof root });
    }
    this.root = root;
  }

  /** A schema object with checked keywords. */
  checked(schema: SchemaObject): SchemaObject {
    if (this.#checked.has(schema)) return schema;
    if (++this.#count > GRAMMAR_LIMITS.schemas) throw tooComplex(DOING, "schemas", "schemas");
    checkKeywords(schema);
    this.#checked.add(schema);
    return schema;
  }

  /** The schema that a reference names by its path within this document. */
  target(reference: string): Schema {
    if (reference !== "#" && !reference.startsWith("#/"))
      throw refusedKeyword(
        `$ref to ${JSON.stringify(reference.slice(0, 60))}`,
        "refer to a place of the same schema: #/$defs/name",
      );
    let at: unknown = this.root;
    for (const step of reference.split("/").slice(1)) {
      const key = decoded(step, reference).replaceAll("~1", "/").replaceAll("~0", "~");
      const isThere = typeof at === "object" && at !== null && Object.hasOwn(at, key);
      at = isThere ? (at as Record<string, unknown>)[key] : undefined;
    }
    if (isSchema(at)) return at;
    throw new RequestError({
      doing: DOING,
      expected: `a schema at ${JSON.stringify(reference.slice(0, 60))}`,
      found: "none",
    });
  }
}

function decoded(step: string, reference: string): string {
  try {
    return decodeURIComponent(step);
  } catch (cause) {
    throw new RequestError({
      doing: DOING,
      found: `the malformed $ref ${JSON.stringify(reference.slice(0, 60))}`,
      cause,
    });
  }
}
