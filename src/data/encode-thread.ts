/** The script of an encoder's thread: it receives the vocabulary once, then batches of text. */
import { platform } from "#platform";
import { Tokenizer, type Vocabulary } from "../tokenizer/index.ts";
import { type EncodeOptions, encodeBatch } from "./encode-pool.ts";
import type { TextPart } from "./long-text.ts";

/** The thread's start data. */
export interface EncodeThreadData {
  readonly vocabulary: Vocabulary;
  readonly options: EncodeOptions;
}

platform.scripts?.serve((data) => {
  const { vocabulary, options } = data as EncodeThreadData;
  const tokenizer = new Tokenizer(vocabulary);
  return (parts) => {
    const value = encodeBatch(tokenizer, parts as readonly TextPart[], options);
    return { value, transfer: [value.ids.buffer, value.lengths.buffer] };
  };
});
