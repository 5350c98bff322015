/** Adapters by name: the library's texts with the adapter, beside those of the model itself. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TinyServer, tinyServer } from "../../test/support/tiny-server.ts";
import type { ModelAdapter } from "../library/model-adapters.ts";

const messages = [{ role: "user", content: "hi there" }];
const options = { temperature: 0, ignoreEos: true, maxTokens: 8 };
const ask = { messages, temperature: 0, ignore_eos: true, max_tokens: 8 };

let tiny: TinyServer;
let adapter: ModelAdapter;
beforeAll(async () => {
  tiny = await tinyServer({ withAdapter: true });
  const { models } = tiny.server.context;
  adapter = models.adapterOf(await tiny.model(), models.adapters[0]);
});
afterAll(() => tiny[Symbol.asyncDispose]());

async function post(path: string, body: object) {
  const response = await tiny.post(path, body);
  const found = await response.json();
  expect(response.status, JSON.stringify(found)).toBe(200);
  return found;
}

describe("an adapter's name", () => {
  it("stands for its model with the adapter, in every route", async () => {
    const model = await tiny.model();
    const plain = await model.chat(messages, options).text();
    const tuned = await model.chat(messages, { ...options, adapters: [adapter] }).text();
    expect(tuned).not.toBe(plain);
    const answers = await Promise.all(
      ["tiny", "tuned", "tiny"].map((name) => post("/v1/chat/completions", { ...ask, model: name })),
    );
    expect(answers.map(({ model: name, choices }) => [name, choices[0].message.content])).toEqual([
      ["tiny", plain],
      ["tuned", tuned],
      ["tiny", plain],
    ]);
    const { data } = await post("/v1/embeddings", { input: "abc", model: "tuned" });
    expect(data[0].embedding).toEqual([...(await model.embed("abc", { adapters: [adapter] }))]);
    const { choices } = await post("/v1/completions", {
      prompt: "abc",
      model: "tuned",
      temperature: 0,
      max_tokens: 5,
    });
    expect(choices[0].text).toBe(
      await model.generate("abc", { temperature: 0, maxTokens: 5, adapters: [adapter] }).text(),
    );
  });

  it("is listed with its model as parent", async () => {
    const { data } = await (await tiny.get("/v1/models")).json();
    expect(data.map(({ id, parent }: { id: string; parent?: string }) => [id, parent])).toEqual([
      ["tiny", undefined],
      ["tuned", "tiny"],
    ]);
  });
});

describe("lora", () => {
  it("chooses adapters by number, with a factor", async () => {
    expect(await (await tiny.get("/lora-adapters")).json()).toEqual([{ id: 0, path: "tuned", scale: 0 }]);
    const model = await tiny.model();
    const body = { prompt: "abc", temperature: 0, ignore_eos: true, n_predict: 8 };
    const half = await model.generate("abc", { ...options, adapters: [{ adapter, scale: 0.5 }] }).text();
    expect((await post("/completion", { ...body, lora: [{ id: 0, scale: 0.5 }] })).content).toBe(half);
    expect((await post("/completion", { ...body, lora: [], model: "tuned" })).content).toBe(
      (await post("/completion", body)).content,
    );
    const refused = await tiny.post("/completion", { ...body, lora: [{ id: 1 }] });
    expect(refused.status).toBe(400);
  });
});
