/** Encodes batches of text on one or more threads. */

import { platform } from "#platform";
import { DISPOSE } from "../base/dispose.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { EncodeThreadData } from "./encode-thread.ts";
import { encodePart, type TextPart } from "./long-text.ts";

export interface EncodeOptions {
  /** Add BOS before each text, EOS after it. */
  readonly bos: boolean;
  readonly eos: boolean;
}

/** The tokens of several texts or parts, concatenated. */
export interface EncodedBatch {
  readonly ids: Int32Array<ArrayBuffer>;
  /** Number of tokens of each. */
  readonly lengths: Int32Array<ArrayBuffer>;
}

/** The reference: one text after another on the caller's thread. */
export function encodeBatch(
  tokenizer: Tokenizer,
  parts: readonly TextPart[],
  { bos, eos }: EncodeOptions,
): EncodedBatch {
  const encoded = parts.map((part) => [
    ...(bos && !part.continues && tokenizer.bosId !== undefined ? [tokenizer.bosId] : []),
    ...encodePart(tokenizer, part),
    ...(eos && !part.goesOn && tokenizer.eosId !== undefined ? [tokenizer.eosId] : []),
  ]);
  const lengths = Int32Array.from(encoded, ({ length }) => length);
  const ids = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const part of encoded) {
    ids.set(part, at);
    at += part.length;
  }
  return { ids, lengths };
}

/** Encodes batches; several may run at once. */
export interface Encoder extends Disposable {
  /** Number of concurrent batches that keep it busy. */
  readonly parallel: number;
  encode(parts: readonly TextPart[]): Promise<EncodedBatch>;
}

/**
 * An encoder with `threads` threads. It uses the caller's thread if `threads` is 1 or if threads cannot run the
 * script. The results are the same.
 */
export function createEncoder(tokenizer: Tokenizer, options: EncodeOptions, threads: number): Encoder {
  const script = threads > 1 ? threadScript() : undefined;
  if (script !== undefined && platform.scripts?.canRun(script) === true)
    return threadEncoder(script, { vocabulary: tokenizer.vocabulary, options }, threads);
  return {
    parallel: 1,
    encode: async (parts) => encodeBatch(tokenizer, parts, options),
    [DISPOSE]() {},
  };
}

/** The script of a thread; its relative path is the same in src/ and in dist/. A CommonJS bundle has none. */
function threadScript(): URL | undefined {
  const { url } = import.meta as { readonly url?: string };
  if (url === undefined) return undefined;
  return new URL(`../data/encode-thread${url.slice(url.lastIndexOf("."))}`, url);
}

/** Each thread has one batch in progress and one waiting. */
const BATCHES_PER_THREAD = 2;

function threadEncoder(script: URL, data: EncodeThreadData, count: number): Encoder {
  const threads = Array.from({ length: count }, () => platform.scripts!.start(script, data));
  const busy = threads.map(() => 0);
  return {
    parallel: BATCHES_PER_THREAD * count,
    async encode(parts) {
      const index = busy.indexOf(Math.min(...busy));
      busy[index]++;
      try {
        return (await threads[index].call(parts)) as EncodedBatch;
      } finally {
        busy[index]--;
      }
    },
    [DISPOSE]() {
      for (const thread of threads) thread.dispose();
    },
  };
}
