/**
 * Small vocabularies that the tests make themselves: byte-pair merges counted on a short text, as a SentencePiece
 * BPE vocabulary with byte pieces and as a byte-level one; and a unigram vocabulary of given pieces.
 */
import { bytesToAlphabet } from "../../src/tokenizer/byte-alphabet.ts";
import { addedByType, bytePiece, findEnds, PIECE, type Vocabulary } from "../../src/tokenizer/vocabulary.ts";

export const SAMPLE =
  "Once upon a time, there was a little llama named Cria. She loved to play outside, and she ate green grass. " +
  "One day the little llama saw a big, big ball. It's 12 or 345; they'll play there all day! Zażółć gęślą jaźń.\n";

/** Repeatedly merges the most frequent pair, the first in code-point order on ties. */
function countMerges(words: string[][], count: number): [string, string][] {
  const merges: [string, string][] = [];
  while (merges.length < count) {
    const counts = new Map<string, number>();
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        const pair = `${word[i]} ${word[i + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const [best] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    if (best === undefined || best[1] < 2) break;
    const [left, right] = best[0].split(" ");
    merges.push([left, right]);
    for (const word of words) {
      for (let i = 0; i + 1 < word.length; i++) {
        if (word[i] === left && word[i + 1] === right) word.splice(i, 2, left + right);
      }
    }
  }
  return merges;
}

const common = {
  added: [],
  addEos: false,
  normalizer: { removeExtraWhitespaces: false },
  spacePrefixAfterAdded: true,
};

/** `<unk> <s> </s>`, 256 bytes, merged pieces, characters. */
export function smallSpm(): Vocabulary {
  const words = SAMPLE.split(" ").map((word) => Array.from(`▁${word}`));
  const characters = [...new Set(words.flat())].sort();
  const merged = [...new Set(countMerges(words, 120).map(([left, right]) => left + right))];
  const pieces = ["<unk>", "<s>", "</s>"];
  for (let byte = 0; byte < 256; byte++) pieces.push(bytePiece(byte));
  pieces.push(...merged, ...characters);
  const types = Uint8Array.from(pieces, (_, id) =>
    id > 258 ? PIECE.normal : id > 2 ? PIECE.byte : PIECE.control,
  );
  types[0] = PIECE.unknown;
  return {
    ...common,
    kind: "spm-bpe",
    name: "small-spm",
    pieces,
    scores: Float32Array.from(pieces, (_, id) => (id > 258 ? 259 - id : 0)),
    types,
    ignoreMerges: false,
    added: addedByType(pieces, types),
    unkId: 0,
    bosId: 1,
    eosId: 2,
    ...findEnds(pieces, types, { eosId: 2 }),
    addBos: true,
    addSpacePrefix: true,
  };
}

/** 256 bytes, merged pieces, then `<|begin_of_text|> <|end_of_text|> <|eot_id|>`. */
export function smallByteLevel(): Vocabulary {
  const encoder = new TextEncoder();
  const words = SAMPLE.split(/(?= )/).map((word) => Array.from(bytesToAlphabet(encoder.encode(word))));
  const pairs = countMerges(words, 150);
  const bytes = Array.from({ length: 256 }, (_, byte) => bytesToAlphabet(Uint8Array.of(byte)));
  const pieces = [...new Set([...bytes, ...pairs.map(([left, right]) => left + right)])];
  const first = pieces.length;
  pieces.push("<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>");
  const types = Uint8Array.from(pieces, (_, id) => (id < first ? PIECE.normal : PIECE.control));
  return {
    ...common,
    kind: "byte-bpe",
    name: "small-byte-level",
    pieces,
    scores: new Float32Array(pieces.length),
    types,
    merges: pairs.map(([left, right]) => `${left} ${right}`),
    ignoreMerges: true,
    pre: "llama-bpe",
    added: addedByType(pieces, types),
    bosId: first,
    eosId: first + 1,
    ...findEnds(pieces, types, { eosId: first + 1 }),
    addBos: true,
    addSpacePrefix: false,
  };
}

/** `<unk>` and the given pieces. */
export function unigramOf(entries: readonly (readonly [string, number])[]): Vocabulary {
  const pieces = ["<unk>", ...entries.map(([piece]) => piece)];
  return {
    ...common,
    kind: "unigram",
    name: "small-unigram",
    pieces,
    scores: Float32Array.from([0, ...entries.map(([, score]) => score)]),
    types: Uint8Array.from(pieces, (_, id) => (id === 0 ? PIECE.unknown : PIECE.normal)),
    ignoreMerges: false,
    unkId: 0,
    eogIds: [],
    addBos: false,
    addSpacePrefix: true,
  };
}
