/** Bits per byte against their definition, with models of known probabilities. */
import { describe, expect, it } from "vitest";
import { tinyTokenizer } from "../../test/support/tiny-tokenizer.ts";
import { bitsPerByteOf, type Scorer, scoreText } from "./bits-per-byte.ts";

const tokenizer = tinyTokenizer();
const V = tokenizer.vocabSize;
const text = "the llama sees the hill — and the hill sees nothing";
const byteLength = new TextEncoder().encode(text).byteLength;

/** Knows nothing: all tokens are equally likely. */
const ignorant: Scorer = {
  tokenizer,
  logits: async (tokens) => tokens.map(() => new Float32Array(V)),
};

/** Gives the token that follows in the text e times the odds of any other. */
const informed: Scorer = {
  tokenizer,
  async logits(tokens) {
    const all = tokenizer.encode(text, { bos: true });
    return tokens.map((_, i) => {
      const row = new Float32Array(V).fill(100);
      row[all[i + 1]] = 101;
      return row;
    });
  },
};

describe("bits per byte", () => {
  it("of a model that knows nothing are log2 V for each token, over all bytes", async () => {
    const score = await scoreText(ignorant, text, { tokens: 1000 });
    expect(score.byteLength).toBe(byteLength);
    expect(score.tokens).toBe(tokenizer.encode(text, { bos: true }).length - 1);
    expect(score.nats / score.tokens).toBeCloseTo(Math.log(V), 10);
    expect(bitsPerByteOf([score])).toBeCloseTo((score.tokens * Math.log2(V)) / byteLength, 10);
  });

  it("score what follows each token, however large the logits", async () => {
    const { nats, tokens } = await scoreText(informed, text, { tokens: 1000 });
    expect(nats / tokens).toBeCloseTo(Math.log(Math.E + V - 1) - 1, 6);
  });

  it("of a truncated text count the bytes of the scored part", async () => {
    const score = await scoreText(ignorant, text, { tokens: 9 });
    const scored = tokenizer.encode(text, { bos: true }).slice(0, 9);
    expect(score.tokens).toBe(8);
    expect(score.byteLength).toBe(new TextEncoder().encode(tokenizer.decode(scored)).byteLength);
  });

  it("of several texts weigh bytes, not texts", async () => {
    const scores = await Promise.all(
      [text, text.slice(0, 10)].map((part) => scoreText(ignorant, part, { tokens: 1000 })),
    );
    const [tokens, bytes] = [scores[0].tokens + scores[1].tokens, byteLength + 10];
    expect(bitsPerByteOf(scores)).toBeCloseTo((tokens * Math.log2(V)) / bytes, 10);
  });
});
