/** llama.cpp's routes without a socket: the requests of its server's README, and their fields. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TinyServer, tinyServer } from "../../test/support/tiny-server.ts";
import { tinyTokenizer, tinyVocabulary } from "../../test/support/tiny-tokenizer.ts";
import type { Model } from "../library/model.ts";
import { infillPrompt } from "./infill.ts";
import { onlyFields } from "./native/answers.ts";

let tiny: TinyServer;
beforeAll(async () => {
  tiny = await tinyServer();
});
afterAll(() => tiny[Symbol.asyncDispose]());

async function post(path: string, body: object) {
  const response = await tiny.post(path, body);
  const found = await response.json();
  expect(response.status, JSON.stringify(found)).toBe(200);
  return found;
}
const get = async (path: string) => (await tiny.get(path)).json();
const ask = { prompt: "abc de", temperature: 0, ignore_eos: true, n_predict: 6 };

describe("/completion", () => {
  it("answers the README's request", async () => {
    const prompt = "building a website can be done in ten simple steps:";
    const { content, tokens_predicted: count, stop } = await post("/completion", { prompt, n_predict: 12 });
    expect(count).toBeLessThanOrEqual(12);
    expect([typeof content, stop]).toEqual(["string", true]);
  });

  it("continues as the library does, and says how it ended", async () => {
    const model = await tiny.model();
    const expected = await model
      .generate("abc de", { temperature: 0, ignoreEos: true, maxTokens: 6, seed: 3 })
      .result();
    const found = await post("/completion", { ...ask, seed: 3, return_tokens: true });
    expect(found).toMatchObject({
      content: expected.text,
      tokens: expected.tokens,
      stop_type: "limit",
      stopping_word: "",
      truncated: false,
      tokens_predicted: 6,
      tokens_evaluated: expected.promptTokens,
      generation_settings: { seed: 3, n_predict: 6, temperature: 0 },
      timings: { predicted_n: 6 },
    });
    const stop = expected.text.slice(2, 4);
    expect(await post("/completion", { ...ask, stop: [stop] })).toMatchObject({
      content: expected.text.slice(0, 2),
      stop_type: "word",
      stopping_word: stop,
    });
    const full = await post("/completion", { ...ask, n_predict: -1 });
    expect(full).toMatchObject({ stop_type: "limit", truncated: true });
    expect(full.tokens_predicted + full.tokens_evaluated).toBe(128);
  });

  it("takes ids, ids and texts in turn, and several of these", async () => {
    const { tokenizer } = await tiny.model();
    const ids = tokenizer.encode("abc de", { bos: true });
    const { content } = await post("/completion", ask);
    expect((await post("/completion", { ...ask, prompt: ids })).content).toBe(content);
    const mixed = ["abc", ...tokenizer.encode(" de")];
    expect((await post("/completion", { ...ask, prompt: mixed })).tokens_evaluated).toBe(
      1 + tokenizer.encode("abc").length + tokenizer.encode(" de").length,
    );
    const several = await post("/completion", { ...ask, prompt: ["abc de", ids] });
    expect(several.map((each: { content: string }) => each.content)).toEqual([content, content]);
    expect(several.map((each: { index: number }) => each.index)).toEqual([0, 1]);
  });

  it("streams, and ends without a mark", async () => {
    const { content } = await post("/completion", ask);
    const text = await (await tiny.post("/completion", { ...ask, stream: true })).text();
    const events = text
      .trim()
      .split("\n\n")
      .map((event) => JSON.parse(event.replace(/^data: /, "")));
    expect(events.map((event) => event.content).join("")).toBe(content);
    expect(events.map(({ stop }) => stop)).toEqual([...Array(6).fill(false), true]);
    expect(events.at(-1)).toMatchObject({ stop_type: "limit", tokens_predicted: 6 });
  });

  it("reports probabilities, takes biases by id and by text, and the filters' order", async () => {
    const { completion_probabilities: list } = await post("/completion", { ...ask, n_probs: 2 });
    expect(list).toHaveLength(6);
    expect(list[0].top_logprobs).toHaveLength(2);
    expect(list[0].id).toBe(list[0].top_logprobs[0].id);
    const id = (await tiny.model()).tokenizer.idOf("q")!;
    for (const logit_bias of [
      [[id, 1000]],
      { [id]: 1000 },
      [
        ["x", false],
        [id, 900],
      ],
    ])
      expect((await post("/completion", { ...ask, logit_bias })).content).toBe("qqqqqq");
    const other = (await post("/completion", { ...ask, logit_bias: [[list[0].id, false]] })).content;
    expect(other).not.toBe((await post("/completion", ask)).content);
    const random = { ...ask, temperature: 2, seed: 4 };
    const one = await post("/completion", { ...random, samplers: ["top_k", "temperature"], top_k: 1 });
    expect(one.content).toBe((await post("/completion", ask)).content);
  });

  it("returns the wanted fields", async () => {
    const fields = ["content", "generation_settings/n_predict", "missing", "__proto__/x"];
    const found = await post("/completion", { ...ask, response_fields: fields });
    expect(Object.keys(found)).toEqual(["content", "n_predict"]);
    expect(onlyFields({ a: 1 }, [])).toEqual({ a: 1 });
  });

  it("refuses what it does not do, by name", async () => {
    for (const [field, value] of Object.entries({
      lora: [{ id: 7 }],
      n_keep: 5,
      return_progress: true,
    })) {
      const response = await tiny.post("/completion", { ...ask, [field]: value });
      expect(response.status).toBe(400);
      expect((await response.json()).error.param).toMatch(new RegExp(`^${field}`));
    }
  });
});

describe("/tokenize, /detokenize and /apply-template", () => {
  it("turn text to ids and back", async () => {
    const { tokenizer } = await tiny.model();
    const { tokens } = await post("/tokenize", { content: "abc de" });
    expect(tokens).toEqual(tokenizer.encode("abc de"));
    expect((await post("/tokenize", { content: "abc de", add_special: true })).tokens).toEqual([
      1,
      ...tokens,
    ]);
    expect((await post("/detokenize", { tokens })).content).toBe("abc de");
    const { tokens: pieces } = await post("/tokenize", { content: "ab", with_pieces: true });
    expect(pieces.map(({ piece }: { piece: string }) => piece).join("")).toBe(" ab");
  });

  it("leave special tokens text unless asked", async () => {
    expect((await post("/tokenize", { content: "</s>" })).tokens).not.toContain(2);
    expect((await post("/tokenize", { content: "</s>", parse_special: true })).tokens).toContain(2);
  });

  it("render a conversation", async () => {
    const messages = [{ role: "user", content: "hi" }];
    expect((await post("/apply-template", { messages })).prompt).toBe("<s>u hi za");
    expect((await post("/apply-template", { messages, add_generation_prompt: false })).prompt).toBe(
      "<s>u hi z",
    );
  });

  it("refuse ids that do not exist", async () => {
    expect((await tiny.post("/detokenize", { tokens: [5000] })).status).toBe(400);
  });
});

describe("/props and /slots", () => {
  it("say what the server is and does, and show no prompt", async () => {
    expect(await get("/props")).toMatchObject({ total_slots: 4, model_alias: "tiny", bos_token: "<s>" });
    const model = await tiny.model();
    const text = model.generate("a secret", { ignoreEos: true, maxTokens: 100 });
    const slots = await get("/slots");
    expect(slots.map((each: { is_processing: boolean }) => each.is_processing)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(JSON.stringify(slots)).not.toContain("secret");
    expect((await tiny.get("/slots?fail_on_no_slot=1")).status).toBe(200);
    await text.result();
    expect((await tiny.get("/props?model=none")).status).toBe(404);
  });
});

describe("/slots/ID", () => {
  it("saves the cache of a named place's text, and restores it in another process", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cria-slots-"));
    const long = { ...ask, prompt: "abc ".repeat(20), id_slot: 1 };
    const act = async (server: TinyServer, action: string, body: object) => {
      const response = await server.post(`/slots/1?action=${action}`, body);
      return { status: response.status, ...(await response.json()) };
    };
    const file = { filename: "../../mine" };
    {
      await using first = await tinyServer({ sessionFolder: folder });
      expect(await act(first, "save", file)).toMatchObject({ status: 400 });
      await first.post("/completion", long);
      const saved = await act(first, "save", file);
      expect(saved).toMatchObject({ status: 200, id_slot: 1, filename: "../../mine" });
      expect(saved.n_saved).toBeGreaterThan(60);
      expect(readdirSync(folder)).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.cache$/)]);
    }
    {
      await using second = await tinyServer({ sessionFolder: folder });
      expect(await act(second, "restore", { filename: "other" })).toMatchObject({ status: 404 });
      expect((await act(second, "restore", file)).n_restored).toBeGreaterThan(60);
      const answer = await (await second.post("/completion", long)).json();
      expect(answer.tokens_cached).toBe(answer.tokens_evaluated - 1);
      expect((await act(second, "erase", {})).n_erased).toBeGreaterThan(60);
      expect(await act(second, "shout", file)).toMatchObject({ status: 400 });
    }
    expect(await act(tiny, "save", file)).toMatchObject({ status: 400 });
    rmSync(folder, { recursive: true });
  });
});

describe("/infill", () => {
  const NAMES = ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_sep|>"];
  const base = tinyVocabulary();
  const first = base.pieces.length;
  const tokenizer = tinyTokenizer({
    pieces: [...base.pieces, ...NAMES],
    scores: Float32Array.of(...base.scores, ...NAMES.map(() => 0)),
    types: Uint8Array.of(...base.types, ...NAMES.map(() => 3)),
    added: [...base.added, ...NAMES.map((content, i) => ({ id: first + i, content, special: true }))],
  });

  it("puts files, prefix and suffix between the tokens of the model", () => {
    const [prefix, suffix, middle, file] = NAMES.map((_, i) => first + i);
    const text = (value: string): number[] => tokenizer.encode(value);
    const files = [{ filename: "a.ts", text: "the" }];
    expect(
      infillPrompt(
        { tokenizer, context: 1000 } as Model,
        { prefix: "the", suffix: "an <|fim_middle|>", begun: "to", files },
        "suffix",
      ),
    ).toEqual([
      1,
      file,
      ...text("a.ts\nthe\n"),
      prefix,
      ...text("the"),
      suffix,
      ...text("an <|fim_middle|>"),
      middle,
      ...text("to"),
    ]);
  });

  it("is refused by name without such tokens", async () => {
    const response = await tiny.post("/infill", { input_prefix: "a", input_suffix: "b" });
    expect(response.status).toBe(400);
    expect((await response.json()).error.message).toContain("no tokens for text in the middle");
  });
});
