/** Recognises a tokenizer file by its content and reads it. */
import { FormatError, UnsupportedError } from "../base/errors.ts";
import { vocabularyFromHf } from "./hf-json.ts";
import { type HfFiles, readHfSettings } from "./hf-settings.ts";
import { isLlama2cTokenizer, vocabularyFromLlama2c } from "./llama2c-bin.ts";
import { vocabularyFromSpm } from "./spm-model.ts";
import { isTiktoken, type SpecialTokens, vocabularyFromTiktoken } from "./tiktoken.ts";
import { Tokenizer } from "./tokenizer.ts";
import { vocabularyFromMerges } from "./vocab-merges.ts";
import { withHfSettings } from "./with-settings.ts";

export interface OpenTokenizerOptions extends HfFiles {
  /** The model's number of pieces; a tokenizer.bin with another number is refused. */
  readonly vocabSize?: number;
  /** Special tokens after the ranks of a tiktoken file. Default: those of Llama 3.1. */
  readonly specials?: SpecialTokens;
  /** Bytes of merges.txt, for a vocab.json. */
  readonly merges?: Uint8Array;
}

export type TokenizerFormat = "sentencepiece" | "tiktoken" | "llama2c" | "huggingface" | "gguf" | "pickle";

/** The kind of tokenizer file, or undefined. */
export function tokenizerFormat(bytes: Uint8Array): TokenizerFormat | undefined {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 2048));
  if (start.startsWith("GGUF")) return "gguf";
  // A small number, a float and a smaller number: neither text nor the other formats start like this.
  if (isLlama2cTokenizer(bytes)) return "llama2c";
  if (/^(?:\u00ef\u00bb\u00bf)?\s*\{/.test(start)) return "huggingface";
  if (isTiktoken(start)) return "tiktoken";
  // A pickle of protocol 2 and later; never read.
  if (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5) return "pickle";
  // Field 1 (a piece), whose message starts with its text (field 1) or score (field 2).
  if (bytes[0] === 0x0a && (bytes[2] === 0x0a || bytes[2] === 0x15)) return "sentencepiece";
  return undefined;
}

/**
 * Opens a tokenizer file: SentencePiece `.model`, tokenizer.json, tiktoken ranks, llama2.c `tokenizer.bin`,
 * or vocab.json if the options include merges.txt.
 * @param name path or file name, for messages.
 */
export function openTokenizer(
  name: string,
  bytes: Uint8Array,
  options: OpenTokenizerOptions = {},
): Tokenizer {
  const doing = `open the tokenizer "${name}"`;
  const format = tokenizerFormat(bytes);
  const hasSettings = options.config !== undefined || options.addedTokens !== undefined;
  switch (format) {
    case "sentencepiece":
      return new Tokenizer(
        hasSettings
          ? withHfSettings(vocabularyFromSpm(bytes, name), readHfSettings(name, options))
          : vocabularyFromSpm(bytes, name),
      );
    case "tiktoken":
      return new Tokenizer(vocabularyFromTiktoken(bytes, name, options.specials));
    case "llama2c":
      return new Tokenizer(vocabularyFromLlama2c(bytes, name, options.vocabSize));
    case "huggingface":
      return new Tokenizer(
        options.merges === undefined
          ? vocabularyFromHf(bytes, name, options)
          : vocabularyFromMerges(bytes, options.merges, name, options),
      );
    case "gguf":
      throw new UnsupportedError({
        doing,
        found: "a GGUF file",
        fix: "open it as a checkpoint and use its metadata",
      });
    case "pickle":
      throw new UnsupportedError({
        doing,
        found: "a Python pickle",
        fix: "pickles are programs and are never run; export the vocabulary in another format",
      });
    default:
      throw new FormatError({
        doing,
        expected: "a SentencePiece model, tiktoken ranks, tokenizer.json, or tokenizer.bin",
        found: "none of them",
      });
  }
}
