/** Sixty JSON schemas, as users write them: for samples that must all validate. */

const text = { type: "string", maxLength: 24 } as const;
const short = { type: "string", minLength: 1, maxLength: 10 } as const;
const object = (
  properties: Record<string, unknown>,
  required = Object.keys(properties),
  more: object = {},
) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
  ...more,
});
const list = (items: unknown, minItems = 0, maxItems = 3) => ({ type: "array", items, minItems, maxItems });

export const SCHEMAS: Readonly<Record<string, object>> = {
  person: object({ name: text, age: { type: "integer", minimum: 0, maximum: 120 } }),
  optionalFields: object({ id: { type: "integer", minimum: 1 }, note: text, done: { type: "boolean" } }, [
    "id",
  ]),
  allOptional: object({ a: text, b: { type: "null" }, c: { type: "boolean" } }, []),
  empty: object({}),
  sentiment: object({
    label: { enum: ["positive", "neutral", "negative"] },
    score: { type: "number", minimum: 0, maximum: 1 },
  }),
  enumOfAll: { enum: ["a", 1, 2.5, true, null, ["x", 1], { k: "v" }] },
  constObject: object({ version: { const: 3 }, kind: { const: "point" } }),
  point: object({
    x: { type: "number", minimum: -10, maximum: 10 },
    y: { type: "number", exclusiveMinimum: 0, maximum: 5 },
  }),
  color: object({ hex: { type: "string", pattern: "^#[0-9a-f]{6}$" } }),
  phone: { type: "string", pattern: "^\\+?[0-9]{2,3}( [0-9]{2,4}){2,3}$" },
  identifier: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$", maxLength: 12 },
  contains: { type: "string", pattern: "llama", maxLength: 12 },
  notAdmin: { type: "string", pattern: "^(?!admin)[a-z]{3,8}$" },
  twoPatterns: { allOf: [{ type: "string", pattern: "^[a-c]+$" }, { pattern: "b.*b" }, { maxLength: 6 }] },
  date: { type: "string", format: "date" },
  time: { type: "string", format: "time" },
  dateTime: { type: "string", format: "date-time" },
  duration: { type: "string", format: "duration" },
  uuid: { type: "string", format: "uuid" },
  email: { type: "string", format: "email", maxLength: 30 },
  hostname: { type: "string", format: "hostname", maxLength: 20 },
  ipv4: { type: "string", format: "ipv4" },
  ipv6: { type: "string", format: "ipv6" },
  uri: { type: "string", format: "uri", maxLength: 30 },
  pointer: { type: "string", format: "json-pointer", maxLength: 12 },
  event: object({
    title: text,
    at: { type: "string", format: "date-time" },
    id: { type: "string", format: "uuid" },
  }),
  tags: list(short, 1, 4),
  matrix: list(list({ type: "integer", minimum: -9, maximum: 9 }, 2, 2), 2, 2),
  tuple: {
    type: "array",
    prefixItems: [text, { type: "integer", minimum: 0, maximum: 9 }],
    items: false,
    minItems: 2,
  },
  openTuple: { type: "array", prefixItems: [{ type: "boolean" }], items: { type: "null" }, maxItems: 3 },
  nullable: object({
    name: { type: ["string", "null"], maxLength: 8 },
    size: { anyOf: [{ type: "integer", maximum: 99, minimum: 0 }, { type: "null" }] },
  }),
  union: { anyOf: [object({ ok: { const: true } }), object({ error: text })] },
  shapes: {
    oneOf: [
      object({ kind: { const: "circle" }, r: { type: "integer", minimum: 1, maximum: 9 } }),
      object({
        kind: { const: "box" },
        w: { type: "integer", minimum: 1, maximum: 9 },
        h: { type: "integer", minimum: 1, maximum: 9 },
      }),
    ],
  },
  oneOfTypes: {
    oneOf: [{ type: "string", maxLength: 5 }, { type: "integer", minimum: 0, maximum: 99 }, { type: "null" }],
  },
  oneOfRanges: {
    oneOf: [
      { type: "integer", minimum: 0, maximum: 9 },
      { type: "integer", minimum: 20, maximum: 29 },
    ],
  },
  merged: {
    allOf: [
      object({ a: { type: "integer" }, b: text }, ["a"], { additionalProperties: undefined }),
      { properties: { a: { minimum: 5, maximum: 7 } }, required: ["b"] },
    ],
  },
  atLeastOne: {
    type: "object",
    properties: { a: short, b: short },
    additionalProperties: false,
    anyOf: [{ required: ["a"] }, { required: ["b"] }],
  },
  tree: {
    $ref: "#/$defs/node",
    $defs: {
      node: object({
        v: { type: "integer", minimum: 0, maximum: 9 },
        children: list({ $ref: "#/$defs/node" }, 0, 2),
      }),
    },
  },
  linked: {
    $defs: {
      node: object({ v: { type: "boolean" }, next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } }),
    },
    $ref: "#/$defs/node",
  },
  self: object({ name: short, other: { $ref: "#/properties/name" } }, ["name"]),
  record: {
    type: "object",
    additionalProperties: { type: "integer", minimum: 0, maximum: 9 },
    maxProperties: 3,
  },
  recordByName: {
    type: "object",
    propertyNames: { enum: ["x", "y"] },
    additionalProperties: { type: "boolean" },
    maxProperties: 2,
  },
  recordByPattern: {
    type: "object",
    propertyNames: { pattern: "^[a-z]{2}$" },
    additionalProperties: short,
    maxProperties: 2,
  },
  openObject: {
    type: "object",
    properties: { a: { type: "integer", minimum: 0, maximum: 9 } },
    required: ["a"],
    additionalProperties: { type: "boolean" },
    maxProperties: 3,
  },
  patternObject: {
    type: "object",
    properties: { q: { type: "null" } },
    required: ["q"],
    patternProperties: {
      "^s_[a-z]{1,8}$": short,
      "^n_[a-z]{1,8}$": { type: "integer", minimum: 0, maximum: 9 },
    },
    additionalProperties: false,
    maxProperties: 3,
  },
  smallInteger: { type: "integer", minimum: -17, maximum: 203 },
  negative: { type: "integer", exclusiveMaximum: -5, minimum: -1200 },
  atLeast: { type: "integer", minimum: 100 },
  multiple: { type: "integer", multipleOf: 7, minimum: 0, maximum: 1000 },
  even: { type: "integer", multipleOf: 2 },
  price: { type: "number", multipleOf: 0.01, minimum: 0, maximum: 999 },
  temperature: { type: "number", minimum: -273.15, maximum: 60.5 },
  narrow: { type: "number", exclusiveMinimum: 0.25, exclusiveMaximum: 0.75 },
  anyNumber: { type: "number" },
  anyInteger: { type: "integer" },
  escapes: { type: "string", minLength: 3, maxLength: 12, pattern: '["\\\\\\n]' },
  unicode: { type: "string", pattern: "^\\p{L}{2,6}$" },
  quoted: object({ 'a "b"': short, "c\\d": { type: "null" }, "é\n": { type: "boolean" } }),
  deep: object({
    a: object({ b: object({ c: object({ d: object({ e: list({ type: "boolean" }, 1, 2) }) }) }) }),
  }),
  invoice: object({
    number: { type: "string", pattern: "^INV-[0-9]{4}$" },
    customer: object({ name: text, email: { type: "string", format: "email", maxLength: 24 } }, ["name"]),
    lines: list(
      object({
        item: short,
        quantity: { type: "integer", minimum: 1, maximum: 99 },
        price: { type: "number", minimum: 0, maximum: 1000 },
      }),
      1,
      2,
    ),
    paid: { type: "boolean" },
  }),
};
