/** Bits per byte of text: the cost of encoding it with a model, comparable between vocabularies. */
import { bitsPerByte, TokenBytes } from "../data/index.ts";
import { topLogprobs } from "../generation/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

/** The measured model, as returned by `load`. */
export interface Scorer {
  readonly tokenizer: Tokenizer;
  /** Logits after every token, V floats each. */
  logits(tokens: readonly number[], signal?: AbortSignal): Promise<readonly Float32Array[]>;
}

export interface ScoreOptions {
  /** Most tokens, including BOS; the text is truncated there. */
  readonly tokens: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ScoredText {
  /** −Σ ln p(token | tokens before) over all tokens except the first. */
  readonly nats: number;
  /** Number of predicted tokens. */
  readonly tokens: number;
  /** Bytes of their text. */
  readonly byteLength: number;
}

/** Bytes of the tokens of each vocabulary: counted once, not for every text. */
const bytesByTokenizer = new WeakMap<Tokenizer, TokenBytes>();

function bytesOfTokens(tokenizer: Tokenizer): TokenBytes {
  const known = bytesByTokenizer.get(tokenizer);
  if (known !== undefined) return known;
  const counted = new TokenBytes(tokenizer, { bos: tokenizer.bosId !== undefined });
  bytesByTokenizer.set(tokenizer, counted);
  return counted;
}

/** Scores the beginning of a text, after BOS if the vocabulary has one. */
export async function scoreText(
  model: Scorer,
  text: string,
  { tokens: most, signal }: ScoreOptions,
): Promise<ScoredText> {
  const { tokenizer } = model;
  const bos = tokenizer.bosId !== undefined;
  const tokens = tokenizer.encode(text, { bos, parseSpecial: false }).slice(0, most);
  const bytesOf = bytesOfTokens(tokenizer);
  const rows = await model.logits(tokens.slice(0, -1), signal);
  let [nats, byteLength] = [0, 0];
  rows.forEach((logits, i) => {
    nats -= topLogprobs(logits, tokens[i + 1], 0).logprob;
    byteLength += bytesOf.of(tokens[i + 1], i + 1);
  });
  return { nats, tokens: rows.length, byteLength };
}

/** Several texts as one. */
export function totalOf(scores: readonly ScoredText[]): ScoredText {
  return scores.reduce(
    (sum, { nats, tokens, byteLength }) => ({
      nats: sum.nats + nats,
      tokens: sum.tokens + tokens,
      byteLength: sum.byteLength + byteLength,
    }),
    { nats: 0, tokens: 0, byteLength: 0 },
  );
}

/** Bits per byte over several texts: all bits over all bytes. */
export function bitsPerByteOf(scores: readonly ScoredText[]): number {
  const { nats, byteLength } = totalOf(scores);
  return bitsPerByte(nats, byteLength);
}
