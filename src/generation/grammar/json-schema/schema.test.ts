/** JSON schemas as grammars, compared with an independent validator: every keyword, samples, and changed samples. */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { mutate, TextChecker } from "../../../../test/support/grammar-texts.ts";
import { SCHEMAS } from "../../../../test/support/schemas.ts";
import { CriaError, RequestError, UnsupportedError } from "../../../base/errors.ts";
import { Random } from "../../../base/random.ts";
import { FORMATS } from "./formats.ts";
import { KEYWORDS } from "./keywords.ts";
import { grammarFromSchema } from "./write.ts";

/** Keywords of earlier drafts and other dialects, which are refused as well. */
const OLD = new Set([
  "additionalItems",
  "definitions",
  "dependencies",
  "nullable",
  "$recursiveRef",
  "$recursiveAnchor",
  "contentSchema",
]);

const checkerOf = (schema: unknown): TextChecker => new TextChecker(grammarFromSchema(schema));

function validatorOf(schema: object | boolean): (value: unknown) => boolean {
  const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true, multipleOfPrecision: 9 });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  return (value) => ajv.validate(schema, value) as boolean;
}

const node = { type: "object", properties: { next: { $ref: "#/$defs/n" } }, additionalProperties: false };

/** By keyword: a schema, values that it allows and values that it does not. */
const CASES: readonly (readonly [keyword: string, schema: object, valid: unknown[], invalid: unknown[]])[] = [
  ["type", { type: "boolean" }, [true, false], [0, "true", null]],
  ["type", { type: ["string", "null"] }, ["", null], [1, {}]],
  ["type", { type: "integer" }, [0, -3, 12345], [1.5, "1"]],
  ["type", { type: "number" }, [0, -1.25, 1e30, 7], ["0"]],
  ["type", { type: "object" }, [{}, { a: [1, { b: null }] }], [[], 1]],
  ["type", { type: "array" }, [[], [1, "x", [true]]], [{}]],
  ["enum", { enum: ["a", 2, null] }, ["a", 2, null], ["b", 3, false]],
  ["enum", { enum: ["a", "bb", 2], type: "string", maxLength: 1 }, ["a"], ["bb", 2]],
  ["const", { const: { a: [1] } }, [{ a: [1] }], [{ a: [2] }, {}]],
  ["allOf", { allOf: [{ type: "integer", minimum: 3 }, { maximum: 5 }] }, [3, 5], [2, 6]],
  ["anyOf", { anyOf: [{ type: "null" }, { const: 1 }] }, [null, 1], [2]],
  ["anyOf", { type: "integer", anyOf: [{ maximum: 1 }, { minimum: 9 }] }, [1, 9], [5]],
  ["oneOf", { oneOf: [{ type: "string" }, { type: "integer" }] }, ["a", 1], [null, 1.5]],
  ["not", { anyOf: [{ not: {} }, { type: "null" }] }, [null], [1]],
  ["$ref", { $ref: "#/$defs/n", $defs: { n: node } }, [{}, { next: { next: {} } }], [{ next: 1 }]],
  [
    "$ref",
    {
      type: "object",
      properties: { "a/b~c": { $ref: "#/properties/x" }, x: { type: "null" } },
      additionalProperties: false,
    },
    [{ "a/b~c": null }],
    [{ "a/b~c": 1 }],
  ],
  ["$ref", { $defs: { "a/b": { type: "null" } }, $ref: "#/$defs/a~1b" }, [null], [1]],
  ["minLength", { type: "string", minLength: 2 }, ["ab", "🙂é"], ["", "a", "🙂"]],
  ["maxLength", { type: "string", maxLength: 2 }, ["", "🙂é", '"\n'], ["abc"]],
  ["pattern", { type: "string", pattern: "b+" }, ["b", "abc"], ["", "ac"]],
  ["pattern", { type: "string", pattern: "^a$|^b" }, ["a", "bc"], ["ac", "cb"]],
  [
    "pattern",
    { type: "string", pattern: "^[^a]*$", minLength: 2, maxLength: 3 },
    ["bc", '"\\x'],
    ["b", "ba", "bcde"],
  ],
  ["format", { type: "string", format: "date" }, ["2024-02-29"], ["2023-02-29", "2024-13-01"]],
  ["format", { type: "string", format: "ipv4" }, ["192.168.0.1"], ["256.1.1.1"]],
  ["minimum", { type: "number", minimum: -1.5 }, [-1.5, -1.25, 0, 12.5], [-1.51, -2]],
  ["maximum", { type: "number", maximum: 0.5 }, [0.5, 0.499, -3], [0.51, 1]],
  ["exclusiveMinimum", { type: "number", exclusiveMinimum: 2 }, [2.1, 2.0001, 3], [2, 1.9]],
  ["exclusiveMaximum", { type: "integer", exclusiveMaximum: 10 }, [9, 0, -20], [10, 11]],
  ["multipleOf", { type: "integer", multipleOf: 3 }, [0, 3, -12, 111], [1, 10]],
  ["multipleOf", { type: "number", multipleOf: 0.1 }, [0, 0.5, -2], [0.25]],
  ["multipleOf", { type: "number", multipleOf: 5, minimum: 0, maximum: 20 }, [0, 5, 20], [3, 25]],
  ["properties", { type: "object", properties: { a: { type: "null" } } }, [{}, { a: null }], [{ a: 1 }]],
  [
    "required",
    { type: "object", properties: { a: { type: "null" }, b: true }, required: ["b"] },
    [{ b: 1 }, { a: null, b: [] }],
    [{}, { a: null }],
  ],
  ["required", { type: "object", required: ["x"] }, [{ x: 1 }], [{}]],
  [
    "additionalProperties",
    { type: "object", properties: { a: true }, additionalProperties: { type: "null" } },
    [
      { a: 1, b: null },
      { b: null, c: null },
    ],
    [{ b: 1 }],
  ],
  [
    "patternProperties",
    { type: "object", patternProperties: { "^n": { type: "integer" } }, additionalProperties: false },
    [{}, { n1: 1 }],
    [{ n1: "a" }, { x: 1 }],
  ],
  [
    "propertyNames",
    { type: "object", propertyNames: { maxLength: 2 }, additionalProperties: { type: "null" } },
    [{ ab: null }],
    [{ abc: null }],
  ],
  [
    "minProperties",
    { type: "object", additionalProperties: { type: "null" }, minProperties: 1 },
    [{ a: null }],
    [{}],
  ],
  [
    "maxProperties",
    { type: "object", additionalProperties: { type: "null" }, maxProperties: 1 },
    [{}, { a: null }],
    [{ a: null, b: null }],
  ],
  ["items", { type: "array", items: { type: "null" } }, [[], [null, null]], [[1]]],
  [
    "prefixItems",
    { type: "array", prefixItems: [{ type: "null" }, { type: "boolean" }] },
    [[null, true]],
    [[true, null]],
  ],
  [
    "minItems",
    { type: "array", items: { type: "null" }, minItems: 2 },
    [
      [null, null],
      [null, null, null],
    ],
    [[null]],
  ],
  ["maxItems", { type: "array", items: { type: "null" }, maxItems: 1 }, [[], [null]], [[null, null]]],
  ["uniqueItems", { type: "array", items: { type: "null" }, uniqueItems: false }, [[null, null]], [1]],
];

describe("a schema's keyword", () => {
  it.each(CASES)("%s: %j", (_, schema, valid, invalid) => {
    const checker = checkerOf(schema);
    const isValid = validatorOf(schema);
    for (const value of valid) {
      expect(isValid(value), `validator: ${JSON.stringify(value)}`).toBe(true);
      expect(checker.accepts(JSON.stringify(value)), JSON.stringify(value)).toBe(true);
    }
    for (const value of invalid) {
      expect(isValid(value), `validator: ${JSON.stringify(value)}`).toBe(false);
      expect(checker.accepts(JSON.stringify(value)), JSON.stringify(value)).toBe(false);
    }
  });

  it("has a case if it limits values", () => {
    const limiting = [...KEYWORDS].filter(([, { role }]) => role === "limits").map(([name]) => name);
    expect(limiting.filter((name) => !CASES.some(([keyword]) => keyword === name))).toEqual([]);
  });

  it.each([...KEYWORDS].filter(([, { role }]) => role === "refused").map(([name]) => name))(
    "%s is refused by name",
    (name) => {
      expect(() => grammarFromSchema({ type: "object", properties: { a: { [name]: true } } })).toThrow(
        UnsupportedError,
      );
      expect(() => grammarFromSchema({ [name]: true })).toThrow(name);
    },
  );

  it.each([...KEYWORDS].filter(([, { role }]) => role === "describes").map(([name]) => name))(
    "%s changes nothing",
    (name) => {
      const checker = checkerOf({
        type: "null",
        [name]: name === "$defs" || name === "definitions" ? {} : "x",
      });
      expect(checker.accepts("null")).toBe(true);
      expect(checker.accepts("1")).toBe(false);
    },
  );
});

describe("docs/structured-output.md", () => {
  const text = readFileSync(new URL("../../../../docs/structured-output.md", import.meta.url), "utf8");
  it("names every keyword, and every format", () => {
    const names = [...KEYWORDS.keys()].filter((name) => !OLD.has(name));
    expect([...names, ...Object.keys(FORMATS)].filter((name) => !text.includes(`\`${name}`))).toEqual([]);
  });
});

describe("samples", () => {
  it.each(Object.entries(SCHEMAS))(
    "of %s are valid, and so is every changed one that the grammar accepts",
    (name, schema) => {
      const checker = checkerOf(schema);
      const isValid = validatorOf(schema);
      const random = new Random(name.length);
      let texts = 0;
      for (let i = 0; i < 60; i++) {
        const text = checker.sample(random);
        if (text === undefined) continue;
        texts++;
        expect(isValid(JSON.parse(text)), text).toBe(true);
        for (let j = 0; j < 10; j++) {
          const changed = mutate(text, random);
          if (checker.accepts(changed)) expect(isValid(JSON.parse(changed)), changed).toBe(true);
        }
      }
      expect(texts).toBeGreaterThan(20);
    },
  );

  it("are sixty schemas", () => {
    expect(Object.keys(SCHEMAS)).toHaveLength(60);
  });
});

describe("ranges of numbers", () => {
  const ends = [-1200, -99.5, -1, -0.25, -0.001, 0, 0.001, 0.5, 0.75, 1, 9, 10, 12.125, 99, 1000.5];
  const probes = [
    ...ends,
    ...ends.flatMap((end) => [end - 0.0001, end + 0.0001, end - 1, end + 1, end * 2, end / 2]),
  ]
    .map((value) => Number(value.toFixed(4)))
    .filter((value) => !Object.is(value, -0));

  const above = {
    minimum: (value: number, low: number) => value >= low,
    exclusiveMinimum: (value: number, low: number) => value > low,
  };
  const below = {
    maximum: (value: number, high: number) => value <= high,
    exclusiveMaximum: (value: number, high: number) => value < high,
  };

  it.each([
    ["minimum", "maximum"],
    ["exclusiveMinimum", "exclusiveMaximum"],
    ["minimum", "exclusiveMaximum"],
  ] as const)("%s and %s hold exactly, for every pair of ends", (lower, upper) => {
    for (const low of ends) {
      for (const high of ends.filter((end) => end > low)) {
        for (const type of ["number", "integer"]) {
          const valid = probes.filter(
            (value) =>
              above[lower](value, low) &&
              below[upper](value, high) &&
              (type === "number" || Number.isInteger(value)),
          );
          if (valid.length === 0) continue;
          const schema = { type, [lower]: low, [upper]: high };
          const checker = checkerOf(schema);
          const accepted = probes.filter((value) => checker.accepts(JSON.stringify(value)));
          expect(accepted, JSON.stringify(schema)).toEqual(valid);
        }
      }
    }
  });
});

describe("formats", () => {
  it.each([
    ["date", ["2024-02-29", "1999-12-31"], ["2023-02-29", "2024-04-31", "24-01-01"]],
    ["time", ["10:00:00Z", "23:59:59.5+01:30"], ["24:00:00Z", "10:00:00", "10:60:00Z"]],
    ["date-time", ["2024-02-29T10:00:00Z"], ["2024-02-29 10:00:00", "2024-02-30T10:00:00Z"]],
    ["duration", ["P1D", "PT5M", "P1Y2M3DT4H5M6S", "P2W"], ["P", "1D", "PT", "P1S"]],
    ["uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567e89b12d3a456426614174000"]],
    ["email", ["a.b@example.org"], ["a@b", "@example.org", "a b@example.org"]],
    ["hostname", ["example.org", "a"], ["-a.org", "a..b"]],
    ["ipv4", ["0.0.0.0", "255.255.255.255"], ["1.2.3", "01.2.3.4"]],
    ["ipv6", ["1:2:3:4:5:6:7:8"], ["1:2:3", "g:2:3:4:5:6:7:8"]],
    ["uri", ["https://example.org/a?b=c#d"], ["example.org", "http//x"]],
    ["json-pointer", ["", "/a/b~1c"], ["a", "/~2"]],
  ])("%s agrees with the validator", (format, valid, invalid) => {
    const schema = { type: "string", format };
    const checker = checkerOf(schema);
    const isValid = validatorOf(schema);
    for (const value of valid) {
      expect(isValid(value), value).toBe(true);
      expect(checker.accepts(JSON.stringify(value)), value).toBe(true);
    }
    for (const value of invalid) expect(checker.accepts(JSON.stringify(value)), value).toBe(false);
  });
});

describe("white space", () => {
  const checker = checkerOf({
    type: "array",
    items: { type: "object", additionalProperties: { type: "null" } },
  });
  it("is at most one space after colons and commas, so that no text can consist of it", () => {
    expect(checker.accepts('[{"a": null, "b":null}, {}]')).toBe(true);
    for (const text of [" []", "[ ]", "[] ", '[{"a":  null}]', '[{"a" :null}]', "[{},  {}]", "[{},\n{}]"])
      expect(checker.accepts(text), text).toBe(false);
  });
});

describe("schemas of zod", () => {
  const schema = z.object({
    mail: z.email(),
    id: z.uuid(),
    day: z.iso.date(),
    at: z.iso.datetime(),
    pair: z.tuple([z.string(), z.int().min(1).max(9)]),
    table: z.record(z.string(), z.number()),
    byName: z.record(z.enum(["x", "y"]), z.boolean()),
    shape: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("a") }),
      z.object({ kind: z.literal("b"), n: z.number().optional() }),
    ]),
    address: z.ipv4(),
    data: z.base64(),
    price: z.number().multipleOf(0.01).max(7),
    name: z.string().min(2).max(5).nullable(),
  });
  it("give texts that zod accepts", () => {
    const checker = checkerOf(z.toJSONSchema(schema));
    const random = new Random(4);
    const texts = Array.from({ length: 40 }, () => checker.sample(random, 4000)).filter(
      (text) => text !== undefined,
    );
    expect(texts.length).toBeGreaterThan(20);
    for (const text of texts) expect(schema.safeParse(JSON.parse(text)).error, text).toBeUndefined();
  });
});

describe("schemas that cannot be used", () => {
  it.each([
    [{ type: "string", minlength: 3 }, 'did you mean "minLength"?'],
    [{ type: "strng" }, "names of types"],
    [{ properties: [] }, "an object of schemas"],
    [{ minLength: -1 }, "a whole number from 0"],
    [{ $ref: "https://example.org/schema" }, "$ref to"],
    [{ $ref: "#/$defs/none" }, "expected a schema at"],
    [{ $ref: "#/%zz" }, "malformed"],
    [{ $ref: "#" }, "$ref to itself"],
    [{ oneOf: [{ type: "number" }, { type: "integer" }] }, "may both fit"],
    [{ oneOf: [{ required: ["a"] }, { required: ["b"] }] }, "may both fit"],
    [{ not: { type: "null" } }, "not"],
    [{ uniqueItems: true }, "uniqueItems"],
    [{ type: "number", multipleOf: 0.3 }, "multipleOf"],
    [{ type: "string", format: "zip-code" }, "format"],
    [{ type: "string", pattern: "(a)\\1" }, "back reference"],
    [{ type: "string", pattern: "a\\b" }, "word boundary"],
    [false, "some value fits"],
    [{ enum: [] }, "some value fits"],
    [{ type: "object", properties: { a: false }, required: ["a"] }, "some value fits"],
    [{ type: "object", properties: { a: { $ref: "#" } }, required: ["a"] }, "some text matches"],
    [{ allOf: [{ type: "string" }, { type: "null" }] }, "some value fits"],
    [{ type: "integer", minimum: 5, maximum: 4 }, "some value fits"],
    [{ type: "string", minLength: 3, maxLength: 2 }, "some value fits"],
    [{ type: "array", minItems: 2, maxItems: 1 }, "some value fits"],
    [{ type: "object", properties: { a: true }, minProperties: 1 }, "minProperties"],
    ["x", "an object or a boolean"],
    [null, "an object or a boolean"],
    [[], "an object or a boolean"],
  ])("%j: %s", (schema, message) => {
    const compile = () => checkerOf(schema);
    expect(compile).toThrow(CriaError);
    expect(compile).toThrow(message);
  });

  it("may be hostile: deep, wide, or with many combinations", () => {
    let deep: object = { type: "null" };
    for (let i = 0; i < 5000; i++) deep = { type: "array", items: deep };
    const wide = {
      anyOf: Array.from({ length: 40 }, (_, i) => ({
        anyOf: Array.from({ length: 40 }, (_, j) => ({ const: i * j })),
      })),
    };
    const crossed = {
      allOf: Array.from({ length: 12 }, (_, i) => ({
        anyOf: Array.from({ length: 12 }, (_, j) => ({ properties: { [`p${i}`]: { const: j } } })),
      })),
    };
    const chained = { allOf: [{ $ref: "#/allOf/1" }, { $ref: "#/allOf/0" }] };
    const lengths = { type: "string", pattern: "^(a|b)*a(a|b){40}$", maxLength: 60 };
    const classes = Array.from(
      { length: 2000 },
      (_, i) => `[\\u{${(i * 7 + 100).toString(16)}}-\\u{${(i * 3 + 9000).toString(16)}}]`,
    );
    const manySets = { type: "string", pattern: classes.join("|"), maxLength: 50 };
    const manyCases = {
      anyOf: Array.from({ length: 9000 }, (_, i) => ({
        type: "object",
        properties: { [`a${i}`]: { type: "string" } },
      })),
    };
    for (const schema of [deep, crossed, chained, lengths, manySets, manyCases])
      expect(() => checkerOf(schema)).toThrow(RequestError);
    expect(checkerOf(wide).accepts("81")).toBe(true);
  });

  it("does not follow names of the prototype", () => {
    expect(() => grammarFromSchema({ $ref: "#/constructor" })).toThrow("expected a schema at");
    expect(() => grammarFromSchema(JSON.parse('{"__proto__": {"type": "null"}}'))).toThrow(UnsupportedError);
    const checker = checkerOf(
      JSON.parse(
        '{"type": "object", "properties": {"__proto__": {"type": "null"}}, "required": ["__proto__"]}',
      ),
    );
    expect(checker.accepts('{"__proto__":null}')).toBe(true);
  });
});
