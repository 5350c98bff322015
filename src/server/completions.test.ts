/** /v1/completions without a socket, against the library's own computation; and the request shapes of lm-evaluation-harness. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf, type TinyServer, tinyServer } from "../../test/support/tiny-server.ts";
import { topLogprobs } from "../generation/logprobs.ts";

const PATH = "/v1/completions";
const ask = { prompt: "abc de", temperature: 0, ignore_eos: true, max_tokens: 6 };

let tiny: TinyServer;
beforeAll(async () => {
  tiny = await tinyServer();
});
afterAll(() => tiny[Symbol.asyncDispose]());

async function complete(body: object) {
  const response = await tiny.post(PATH, body);
  const found = await response.json();
  expect(response.status, JSON.stringify(found)).toBe(200);
  return found;
}

async function refusal(body: object) {
  const response = await tiny.post(PATH, body);
  return { status: response.status, ...(await response.json()).error };
}

async function encode(text: string): Promise<number[]> {
  const { tokenizer } = await tiny.model();
  return tokenizer.encode(text, { bos: tokenizer.addBos });
}

/** The log-probability of each token after the first, and the most likely token in its place, from plain logits. */
async function scored(tokens: readonly number[]) {
  const model = await tiny.model();
  const rows = await model.logits(tokens);
  const textOf = (id: number): string =>
    model.tokenizer.decode([id], { continued: true, skipSpecial: false });
  return rows.slice(0, -1).map((logits, i) => {
    const { logprob, top } = topLogprobs(logits, tokens[i + 1], 1);
    return { token: textOf(tokens[i + 1]), logprob, best: textOf(top[0].token), bestLogprob: top[0].logprob };
  });
}

describe("a completion", () => {
  it("continues a text, and ids the same way", async () => {
    const model = await tiny.model();
    const expected = await model
      .generate("abc de", { temperature: 0, ignoreEos: true, maxTokens: 6 })
      .result();
    const found = await complete(ask);
    expect(found).toMatchObject({
      object: "text_completion",
      choices: [{ index: 0, text: expected.text, finish_reason: "length", logprobs: null }],
      usage: { prompt_tokens: expected.promptTokens, completion_tokens: 6 },
    });
    expect((await complete({ ...ask, prompt: await encode("abc de") })).choices).toEqual(found.choices);
  });

  it("takes many prompts, and gives the answers in their order", async () => {
    const texts = ["abc", "xyz", "hello there"];
    const alone = await Promise.all(texts.map((prompt) => complete({ ...ask, prompt })));
    const together = await complete({ ...ask, prompt: texts });
    expect(together.choices.map(({ text }: { text: string }) => text)).toEqual(
      alone.map(({ choices }) => choices[0].text),
    );
    const ids = await Promise.all(texts.map(encode));
    expect((await complete({ ...ask, prompt: ids })).choices).toEqual(together.choices);
    expect(together.usage.completion_tokens).toBe(18);
    expect(together.choices.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2]);
  });

  it("starts an empty text without a prompt", async () => {
    expect((await complete({ ...ask, prompt: undefined })).usage.prompt_tokens).toBe(1);
  });

  it("returns the most likely of best_of answers", async () => {
    const random = { ...ask, temperature: 3, top_k: 0, top_p: 1, min_p: 0, seed: 3, logprobs: 0 };
    const all = (await complete({ ...random, n: 5 })).choices as {
      text: string;
      logprobs: { token_logprobs: number[] };
    }[];
    const sum = ({ logprobs }: (typeof all)[number]): number =>
      logprobs.token_logprobs.reduce((a, b) => a + b, 0);
    const ranked = [...all].sort((a, b) => sum(b) - sum(a)).map(({ text }) => text);
    const { choices, usage } = await complete({ ...random, n: 2, best_of: 5 });
    expect(choices.map(({ text }: { text: string }) => text)).toEqual(ranked.slice(0, 2));
    expect(usage.completion_tokens).toBe(30);
    expect(await refusal({ ...random, n: 3, best_of: 2 })).toMatchObject({ status: 400, param: "best_of" });
  });

  it("streams each answer to each prompt", async () => {
    const body = { ...ask, prompt: ["abc", "xyz"], n: 2, temperature: 2, seed: 1, logprobs: 1 };
    const whole = await complete(body);
    const events = await eventsOf(await tiny.post(PATH, { ...body, stream: true }));
    type Choice = (typeof whole)["choices"][number];
    const chunks = events.slice(0, -1).flatMap((event) => (event as { choices: Choice[] }).choices);
    for (const { index, text, logprobs } of whole.choices) {
      const own = chunks.filter((choice) => choice.index === index);
      expect(own.map((choice) => choice.text).join("")).toBe(text);
      expect(own.flatMap((choice) => choice.logprobs?.token_logprobs ?? [])).toEqual(logprobs.token_logprobs);
      expect(own.at(-1)?.finish_reason).toBe("length");
    }
  });

  it("repeats its prompt, whole or streamed", async () => {
    const { text } = (await complete(ask)).choices[0];
    expect((await complete({ ...ask, echo: true })).choices[0].text).toBe(ask.prompt + text);
    const events = await eventsOf(await tiny.post(PATH, { ...ask, echo: true, stream: true }));
    const pieces = events
      .slice(0, -1)
      .map((event) => (event as { choices: { text: string }[] }).choices[0].text);
    expect(pieces.join("")).toBe(ask.prompt + text);
  });
});

describe("log-probabilities", () => {
  it("are those of the logits, for the prompt and for the answer", async () => {
    const { choices } = await complete({ ...ask, echo: true, logprobs: 1 });
    const { tokens, token_logprobs, top_logprobs, text_offset } = choices[0].logprobs;
    const model = await tiny.model();
    const prompt = await encode(ask.prompt);
    const answer = (await model.generate(prompt, { temperature: 0, ignoreEos: true, maxTokens: 6 }).result())
      .tokens;
    const expected = await scored([...prompt, ...answer]);
    expect(tokens).toEqual([model.tokenizer.piece(prompt[0]), ...expected.map(({ token }) => token)]);
    expect(token_logprobs).toEqual([null, ...expected.map(({ logprob }) => logprob)]);
    expect(top_logprobs[0]).toBeNull();
    for (const [i, each] of expected.entries()) {
      const top = { [each.best]: each.bestLogprob, [each.token]: each.logprob };
      expect(top_logprobs[i + 1]).toEqual(top);
    }
    const { text } = choices[0];
    for (const [i, token] of tokens.entries()) {
      if (i > 1) expect(text.startsWith(token, text_offset[i])).toBe(true);
    }
  });

  it("of unlike tokens with one name are told apart by their bytes", async () => {
    const { tokenName } = await import("./openai/completion-logprobs.ts");
    const { tinyTokenizer } = await import("../../test/support/tiny-tokenizer.ts");
    const tokenizer = tinyTokenizer();
    expect(tokenName(tokenizer, tokenizer.idOf("<0xE2>")!)).toBe("bytes:\\xe2");
    expect(tokenName(tokenizer, tokenizer.idOf("the")!)).toBe("the");
    expect(tokenName(tokenizer, 100_000)).toBe("token_id:100000");
  });
});

/** What `local-completions` of lm-evaluation-harness sends, and how it reads the answers. */
describe("lm-evaluation-harness", () => {
  const pairs = [
    ["abc", " de fg"],
    ["hello", " world"],
    ["x y z", " a"],
  ] as const;

  it.each([0, 1])("rates continuations with max_tokens %i in one batch of ids", async (max_tokens) => {
    const prompts = await Promise.all(pairs.map(([context, rest]) => encode(context + rest)));
    const lengths = await Promise.all(pairs.map(async ([context]) => (await encode(context)).length));
    const { choices } = await complete({
      model: "tiny",
      prompt: prompts,
      temperature: 0,
      max_tokens,
      logprobs: 1,
      seed: 1234,
      echo: true,
    });
    for (const [i, { index, logprobs }] of choices.entries()) {
      expect(index).toBe(i);
      // Its parser drops the generated token.
      const end = max_tokens === 1 ? -1 : undefined;
      const sum = logprobs.token_logprobs.slice(lengths[i], end).reduce((a: number, b: number) => a + b, 0);
      const expected = (await scored(prompts[i])).slice(lengths[i] - 1);
      expect(sum).toBeCloseTo(
        expected.reduce((total, { logprob }) => total + logprob, 0),
        10,
      );
      const isGreedy = logprobs.tokens.slice(lengths[i], end).every((token: string, at: number) => {
        const top = Object.entries(logprobs.top_logprobs.slice(lengths[i], end)[at]) as [string, number][];
        return top.reduce((best, each) => (each[1] > best[1] ? each : best))[0] === token;
      });
      expect(isGreedy).toBe(expected.every(({ logprob, bestLogprob }) => logprob === bestLogprob));
    }
  });

  it("generates until one of its stop texts", async () => {
    const whole = (await complete({ ...ask, prompt: [await encode("abc")] })).choices[0].text;
    const { choices } = await complete({
      prompt: [await encode("abc")],
      model: "tiny",
      max_tokens: 6,
      temperature: 0,
      stop: [whole.slice(3, 5), "</s>"],
      seed: 1234,
      ignore_eos: true,
    });
    expect(choices[0].text).toBe(whole.slice(0, 3));
  });
});

describe("what is refused", () => {
  it.each([
    ["a text in the middle, without its tokens", { suffix: "z" }, "suffix"],
    ["ids that do not exist", { prompt: [1, 5000] }, null],
    ["an empty list", { prompt: [] }, "prompt"],
    ["too many answers", { prompt: Array(100).fill("a"), n: 3 }, "n"],
    ["streaming the best of many", { best_of: 2, stream: true }, "best_of"],
    ["a long prompt", { prompt: "x".repeat(300) }, null],
  ])("is %s", async (_, changes, param) => {
    expect(await refusal({ ...ask, ...changes })).toMatchObject({ status: 400, param });
    expect(tiny.server.context.admission.total).toBe(0);
  });
});
