/**
 * Llama 3's tokenizer.model (tiktoken ranks: base64 of a piece's bytes, a space, its rank) of a byte-level
 * vocabulary. The file contains neither merges nor special tokens: merges must follow from the ranks, and
 * special tokens must be Llama 3's, which readers have built in.
 */
import { alphabetToBytes } from "../tokenizer/byte-alphabet.ts";
import { LLAMA30_SPECIALS, LLAMA31_SPECIALS, PIECE, type Vocabulary } from "../tokenizer/index.ts";
import { mergesFromRanks } from "../tokenizer/merge-rules.ts";

/** The file's bytes, or the reason why the format cannot express the vocabulary. */
export function tiktokenOf(vocabulary: Vocabulary): Uint8Array | string {
  const { kind, pieces, types, merges, pre } = vocabulary;
  if (kind !== "byte-bpe") return "it is not a byte-level vocabulary";
  if (pre !== LLAMA31_SPECIALS.pre) return "its pre-tokeniser is not Llama 3's";
  const ranks = types.findIndex((type) => type !== PIECE.normal);
  const specials = pieces.slice(Math.max(0, ranks));
  const known = [LLAMA30_SPECIALS, LLAMA31_SPECIALS].some(
    ({ names }) =>
      ranks > 0 && names.length === specials.length && names.every((name, i) => name === specials[i]),
  );
  if (!known) return "its special tokens are not Llama 3's";
  if (merges !== undefined && !sameList(merges, mergesFromRanks(vocabulary))) {
    return "its merges do not follow from the order of its pieces";
  }
  const lines = pieces.slice(0, ranks).map((piece, rank) => `${base64(alphabetToBytes(piece))} ${rank}\n`);
  return new TextEncoder().encode(lines.join(""));
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
