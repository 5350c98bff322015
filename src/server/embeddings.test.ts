/** Vectors and ranking without a socket, against the library. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TinyServer, tinyServer } from "../../test/support/tiny-server.ts";
import { scaled } from "./openai/embeddings.ts";

let tiny: TinyServer;
beforeAll(async () => {
  tiny = await tinyServer();
});
afterAll(() => tiny[Symbol.asyncDispose]());

async function post(path: string, body: object) {
  const response = await tiny.post(path, body);
  return { status: response.status, ...(await response.json()) };
}

describe("/v1/embeddings", () => {
  it("gives the library's vectors, for texts and ids, in order", async () => {
    const model = await tiny.model();
    const expected = await Promise.all(["abc", "xyz"].map((text) => model.embed(text)));
    const { data, usage } = await post("/v1/embeddings", { input: ["abc", "xyz"] });
    expect(data.map(({ embedding }: { embedding: number[] }) => embedding)).toEqual(
      expected.map((each) => [...each]),
    );
    const ids = ["abc", "xyz"].map((text) => model.tokenizer.encode(text, { bos: model.tokenizer.addBos }));
    const other = await post("/v1/embeddings", { input: ids });
    expect(other.data).toEqual(data);
    expect(usage).toEqual({ prompt_tokens: ids.flat().length, total_tokens: ids.flat().length });
  });

  it("encodes as base64, cuts to dimensions, and pools as asked", async () => {
    const { data } = await post("/v1/embeddings", { input: "abc", dimensions: 5, pooling: "last" });
    const whole = await (await tiny.model()).embed("abc", { pooling: "last", normalise: false });
    const size = Math.hypot(...whole.subarray(0, 5));
    for (const [i, value] of data[0].embedding.entries()) expect(value).toBeCloseTo(whole[i] / size, 6);
    const coded = await post("/v1/embeddings", {
      input: "abc",
      dimensions: 5,
      pooling: "last",
      encoding_format: "base64",
    });
    const bytes = Buffer.from(coded.data[0].embedding, "base64");
    expect(Array.from({ length: 5 }, (_, i) => bytes.readFloatLE(4 * i))).toEqual(data[0].embedding);
  });

  it("refuses empty texts, too many dimensions and texts that do not fit", async () => {
    expect(await post("/v1/embeddings", { input: [] })).toMatchObject({ status: 400 });
    expect(await post("/v1/embeddings", { input: "abc", dimensions: 4000 })).toMatchObject({
      status: 400,
      error: { param: "dimensions" },
    });
    expect(await post("/v1/embeddings", { input: "x".repeat(400) })).toMatchObject({
      status: 400,
      error: { code: "context_length_exceeded" },
    });
  });
});

describe("/embedding", () => {
  it("scales with the norm that is asked for", async () => {
    const response = await tiny.post("/embedding", { content: "abc", embd_normalize: -1 });
    const [{ embedding }] = await response.json();
    expect(embedding[0]).toEqual([...(await (await tiny.model()).embed("abc", { normalise: false }))]);
    const vector = Float32Array.of(3, -4);
    expect([...scaled(vector, 2)]).toEqual([Math.fround(0.6), Math.fround(-0.8)]);
    expect(scaled(vector, 1)[1]).toBeCloseTo(-4 / 7, 6);
    expect(scaled(vector, 0)[1]).toBeCloseTo(-32760, 1);
    expect(scaled(vector, 3)[0]).toBeCloseTo(3 / (27 + 64) ** (1 / 3), 6);
    expect([...scaled(Float32Array.of(0, 0), 2)]).toEqual([0, 0]);
  });
});

describe("/v1/rerank", () => {
  const documents = ["abc abc", { text: "what is a llama" }, "zzz"];

  it("orders by the likelihood of the question after the text", async () => {
    const { results, usage } = await post("/v1/rerank", {
      query: "llama",
      documents,
      return_documents: true,
    });
    const scores = results.map((each: { relevance_score: number }) => each.relevance_score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(new Set(results.map(({ index }: { index: number }) => index))).toEqual(new Set([0, 1, 2]));
    const model = await tiny.model();
    const before = "Passage: zzz\nPlease write a question based on this passage.\nQuestion:";
    const question = model.tokenizer.encode(" llama");
    const prompt = [...model.tokenizer.encode(before, { bos: model.tokenizer.addBos }), ...question];
    const { promptLogprobs } = await model.generate(prompt, { maxTokens: 0, promptLogprobs: 0 }).result();
    const own = promptLogprobs!.slice(-question.length).map((each) => each!.logprob);
    const expected = Math.exp(own.reduce((a, b) => a + b, 0) / own.length);
    const zzz = results.find(({ index }: { index: number }) => index === 2);
    expect(zzz).toMatchObject({ relevance_score: expected, document: { text: "zzz" } });
    expect(usage.total_tokens).toBeGreaterThan(0);
  });

  it("orders by the cosine of embeddings, and returns the first", async () => {
    const { results } = await post("/rerank", { query: "zzz", documents, method: "embedding", top_n: 2 });
    expect(results).toHaveLength(2);
    expect(results[0]).toMatchObject({ index: 2 });
    expect(results[0].relevance_score).toBeCloseTo(1, 5);
  });
});
