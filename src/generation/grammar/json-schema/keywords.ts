/**
 * The keywords of JSON Schema 2020-12, one row each: what is done with it. A keyword is never ignored silently: it
 * limits the text, or it only describes, or the schema is refused.
 */
import { UnsupportedError } from "../../../base/errors.ts";
import { nearest } from "../../../schema/nearest.ts";

export type TypeName = "string" | "number" | "integer" | "boolean" | "null" | "object" | "array";

type Row =
  /** Limits values of the given types; without types: every value. */
  | { readonly role: "limits"; readonly types?: readonly TypeName[] }
  | { readonly role: "describes" }
  | { readonly role: "refused"; readonly fix?: string };

const limits = (...types: TypeName[]): Row => ({ role: "limits", types });
const EVERY: Row = { role: "limits" };
const DESCRIBES: Row = { role: "describes" };
const refused = (fix?: string): Row => ({ role: "refused", ...(fix === undefined ? {} : { fix }) });

export const KEYWORDS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ["type", EVERY],
  ["enum", EVERY],
  ["const", EVERY],
  ["allOf", EVERY],
  ["anyOf", EVERY],
  ["oneOf", EVERY],
  ["not", EVERY],
  ["$ref", EVERY],

  ["minLength", limits("string")],
  ["maxLength", limits("string")],
  ["pattern", limits("string")],
  ["format", limits("string")],

  ["minimum", limits("number")],
  ["maximum", limits("number")],
  ["exclusiveMinimum", limits("number")],
  ["exclusiveMaximum", limits("number")],
  ["multipleOf", limits("number")],

  ["properties", limits("object")],
  ["required", limits("object")],
  ["additionalProperties", limits("object")],
  ["patternProperties", limits("object")],
  ["propertyNames", limits("object")],
  ["minProperties", limits("object")],
  ["maxProperties", limits("object")],

  ["items", limits("array")],
  ["prefixItems", limits("array")],
  ["minItems", limits("array")],
  ["maxItems", limits("array")],
  ["uniqueItems", limits("array")],

  ["$schema", DESCRIBES],
  ["$id", DESCRIBES],
  ["$comment", DESCRIBES],
  ["$defs", DESCRIBES],
  ["definitions", DESCRIBES],
  ["title", DESCRIBES],
  ["description", DESCRIBES],
  ["default", DESCRIBES],
  ["examples", DESCRIBES],
  ["deprecated", DESCRIBES],
  ["readOnly", DESCRIBES],
  ["writeOnly", DESCRIBES],
  ["contentEncoding", DESCRIBES],
  ["contentMediaType", DESCRIBES],
  ["contentSchema", DESCRIBES],

  ["if", refused("list the cases with anyOf")],
  ["then", refused("list the cases with anyOf")],
  ["else", refused("list the cases with anyOf")],
  ["dependentRequired", refused("list the cases with anyOf")],
  ["dependentSchemas", refused("list the cases with anyOf")],
  ["dependencies", refused("list the cases with anyOf")],
  ["contains", refused()],
  ["minContains", refused()],
  ["maxContains", refused()],
  ["unevaluatedItems", refused("use items: false")],
  ["unevaluatedProperties", refused("use additionalProperties: false")],
  ["additionalItems", refused("use prefixItems and items")],
  ["$anchor", refused("refer to the place by its path: #/$defs/name")],
  ["$dynamicRef", refused("use $ref")],
  ["$dynamicAnchor", refused("use $ref")],
  ["$recursiveRef", refused("use $ref")],
  ["$recursiveAnchor", refused("use $ref")],
  ["$vocabulary", refused()],
  ["nullable", refused('use type: ["string", "null"] or anyOf')],
]);

/** A JSON Schema as parsed JSON. */
export type Schema = boolean | Readonly<Record<string, unknown>>;

/** Keywords that limit values of some types only, with those types. */
export const TYPES_OF: ReadonlyMap<string, readonly TypeName[]> = new Map(
  [...KEYWORDS].flatMap(([name, row]) =>
    row.role === "limits" && row.types !== undefined ? [[name, row.types] as const] : [],
  ),
);

/** @throws UnsupportedError that names a keyword that is refused or unknown. */
export function checkKeywords(schema: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(schema)) {
    const row = KEYWORDS.get(name);
    if (row === undefined && !name.startsWith("x-")) throw unknownKeyword(name);
    if (row?.role === "refused") throw refusedKeyword(name, row.fix);
  }
}

/** The error for a keyword, or for a use of it, that is not supported. */
export function refusedKeyword(what: string, fix?: string): UnsupportedError {
  return new UnsupportedError({
    doing: "use a JSON schema",
    found: `${what}, which is not supported`,
    ...(fix === undefined ? {} : { fix }),
  });
}

function unknownKeyword(name: string): UnsupportedError {
  const suggestion = nearest(name, [...KEYWORDS.keys()]);
  return new UnsupportedError({
    doing: "use a JSON schema",
    expected: "keywords of JSON Schema 2020-12",
    found: JSON.stringify(name.slice(0, 60)),
    fix: suggestion === undefined ? 'names of your own begin with "x-"' : `did you mean "${suggestion}"?`,
  });
}
