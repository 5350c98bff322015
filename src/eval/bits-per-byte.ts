/** Bits per byte of text: the cost of encoding it with a model, comparable between vocabularies. */
import { bitsPerByte, TokenBytes } from "../data/index.ts";
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

/** −ln softmax(logits)[token] */
function lossOf(logits: Float32Array, token: number): number {
  let greatest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > greatest) greatest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - greatest);
  return Math.log(sum) + greatest - logits[token];
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
  const bytesOf = new TokenBytes(tokenizer, { bos });
  const rows = await model.logits(tokens.slice(0, -1), signal);
  let [nats, byteLength] = [0, 0];
  rows.forEach((logits, i) => {
    nats += lossOf(logits, tokens[i + 1]);
    byteLength += bytesOf.of(tokens[i + 1], i + 1);
  });
  return { nats, tokens: rows.length, byteLength };
}

/** Bits per byte over several texts: all bits over all bytes. */
export function bitsPerByteOf(scores: readonly ScoredText[]): number {
  const sum = (of: (score: ScoredText) => number): number =>
    scores.reduce((total, score) => total + of(score), 0);
  return bitsPerByte(
    sum(({ nats }) => nats),
    sum(({ byteLength }) => byteLength),
  );
}
