/** Bodies of requests that are more or less wrong: any bytes, any JSON, and known fields with any values. */
import fc from "fast-check";
import { ROUTES } from "../../src/server/routes.ts";

export interface MalformedRequest {
  readonly path: string;
  readonly body: string | Uint8Array;
}

/** Values near the edges of what fields accept. */
const edges = fc.constantFrom<unknown>(
  null,
  true,
  "",
  "abc",
  "\ud800",
  "</s>",
  0,
  -1,
  1,
  1.5,
  1e308,
  -0,
  2 ** 53,
  [],
  {},
  [[]],
  [null],
  [1, 2, 3],
  ["a", 1],
  ["abc", "de"],
  { type: "text" },
  { __proto__: null, constructor: 1 },
  [{ role: "user", content: "hi" }],
  [{ role: "user", content: [{ type: "text", text: "hi" }] }],
  [{ role: "assistant", content: null, tool_calls: [{ function: { name: "f", arguments: "{}" } }] }],
  [{ role: "tool", content: "x", tool_call_id: "1" }],
);
const value = fc.oneof(
  { weight: 3, arbitrary: edges },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** Some known fields with any values, some unknown ones. Answers stay short. */
function fieldsOf(names: readonly string[]): fc.Arbitrary<object> {
  const known = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), value), {
    selector: ([name]) => name,
    maxLength: 5,
  });
  const unknown = fc.dictionary(fc.string(), value, { maxKeys: 1 });
  const required = fc.constantFrom<object>(
    {},
    { messages: [{ role: "user", content: "hi" }] },
    {
      prompt: "ab",
      input: "ab",
      content: "ab",
      tokens: [5],
      query: "a",
      documents: ["b"],
      input_prefix: "",
      input_suffix: "",
    },
  );
  return fc.tuple(required, known, unknown, fc.boolean()).map(([base, own, other, adds]) => {
    const all: Record<string, unknown> = { ...base, ...Object.fromEntries(own), ...(adds ? other : {}) };
    return Object.fromEntries(Object.entries(all).filter(([name]) => adds || names.includes(name)));
  });
}

const posts = ROUTES.flatMap(({ path, body }) =>
  body === undefined
    ? []
    : [{ path: path.replace(/:slot.*/, "1?action=save"), names: Object.keys(body.shape) }],
);

/** A request to any route that takes a body. */
export const malformedRequest: fc.Arbitrary<MalformedRequest> = fc
  .constantFrom(...posts)
  .chain(({ path, names }) =>
    fc
      .oneof(
        { weight: 8, arbitrary: fieldsOf(names).map((body) => JSON.stringify(body)) },
        { weight: 1, arbitrary: fc.jsonValue().map((body) => JSON.stringify(body)) },
        { weight: 1, arbitrary: fc.string() },
        { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
        {
          weight: 1,
          arbitrary: fc.tuple(fieldsOf(names), fc.nat()).map(([body, at]) => {
            const text = JSON.stringify(body);
            return text.slice(0, at % (text.length + 1));
          }),
        },
      )
      .map((body): MalformedRequest => ({ path, body })),
  );
