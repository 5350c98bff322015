/** Structured output without a socket: each field that demands a form gets it, and what cannot be had is a 400. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf, type TinyServer, tinyServer } from "../../test/support/tiny-server.ts";

const messages = [{ role: "user", content: "the" }];
const random = { temperature: 1, top_k: 0, top_p: 1, min_p: 0, seed: 2, max_tokens: 300 };
const schema = {
  type: "object",
  properties: { name: { enum: ["he", "the"] }, age: { type: "integer", minimum: 0, maximum: 9 } },
  required: ["name", "age"],
  additionalProperties: false,
};

let tiny: TinyServer;
beforeAll(async () => {
  tiny = await tinyServer({ bytes: true, load: { context: 512 } });
});
afterAll(() => tiny[Symbol.asyncDispose]());

async function post(path: string, body: object) {
  const response = await tiny.post(path, body);
  return { status: response.status, ...(await response.json()) };
}
const isPerson = (text: string): void => {
  const { name, age } = JSON.parse(text);
  expect(["he", "the"]).toContain(name);
  expect(age).toBeLessThanOrEqual(9);
};

describe("response_format", () => {
  const format = { type: "json_schema", json_schema: { name: "person", strict: true, schema } };

  it("gives JSON of its schema, whole and streamed", async () => {
    const { choices } = await post("/v1/chat/completions", {
      ...random,
      messages,
      n: 3,
      response_format: format,
    });
    for (const { message, finish_reason: reason } of choices) {
      isPerson(message.content);
      expect(reason).toBe("stop");
    }
    const body = { ...random, messages, stream: true, response_format: format };
    const events = (await eventsOf(await tiny.post("/v1/chat/completions", body))).slice(0, -1);
    const pieces = events.map(
      (event) => (event as { choices: { delta: { content?: string } }[] }).choices[0].delta.content,
    );
    expect(pieces.join("")).toBe(choices[0].message.content);
  });

  it("gives any JSON object in JSON mode", async () => {
    const { choices } = await post("/v1/chat/completions", {
      ...random,
      temperature: 0,
      messages,
      logit_bias: { [(await tiny.model()).tokenizer.idOf("<0x7D>")!]: 100 },
      response_format: { type: "json_object" },
    });
    expect(JSON.parse(choices[0].message.content)).toEqual({});
  });
});

describe("other fields", () => {
  it("give a text of the grammar, the pattern or the choices", async () => {
    const complete = async (body: object) =>
      (await post("/v1/completions", { ...random, prompt: "the", ...body })).choices[0].text;
    expect(await complete({ grammar: 'root ::= ("he" | "an"){2} "."' })).toMatch(/^(he|an){2}\.$/);
    expect(await complete({ regex: "[ab]{3}c" })).toMatch(/^[ab]{3}c$/);
    expect(["yes", "no"]).toContain(await complete({ choices: ["yes", "no"] }));
    isPerson(await complete({ json_schema: schema }));
    const native = await post("/completion", {
      ...random,
      max_tokens: undefined,
      prompt: "the",
      json_schema: schema,
    });
    isPerson(native.content);
    expect(native.stop_type).toBe("eos");
  });
});

describe("what is refused", () => {
  it.each([
    ["two forms", { grammar: 'root ::= "a"', regex: "a" }],
    ["a grammar with an error", { grammar: "root = " }],
    ["a pattern with an error", { regex: "(" }],
    ["a schema with an unknown keyword value", { json_schema: { type: "nonsense" } }],
    [
      "a schema that poses as a program's object",
      { json_schema: { "~standard": { jsonSchema: 1, validate: 1 } } },
    ],
  ])("is %s, with 400", async (_, body) => {
    const found = await post("/v1/completions", { ...random, prompt: "the", ...body });
    expect(found).toMatchObject({ status: 400, error: { type: "invalid_request_error" } });
    expect(tiny.server.context.admission.total).toBe(0);
  });
});
