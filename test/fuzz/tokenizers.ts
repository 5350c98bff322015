/** Tokenizer files of every kind that Cria reads, and what a user does with them: open, encode, decode. */
import type { ByteSource } from "../../src/base/bytes.ts";
import { openGguf, writeGguf } from "../../src/formats/gguf/index.ts";
import { memorySink } from "../../src/platform/memory-sink.ts";
import { alphabetToBytes } from "../../src/tokenizer/byte-alphabet.ts";
import {
  ggufFromVocabulary,
  openTokenizer,
  readSpmModel,
  spmFromVocabulary,
  tokenizerFormat,
  tokenizerFromGguf,
  type Vocabulary,
  writeHfTokenizer,
  writeLlama2c,
  writeSpmModel,
} from "../../src/tokenizer/index.ts";
import { SAMPLE, smallByteLevel, smallSpm, unigramOf } from "../support/tokenizer-fixtures.ts";

function ggufWith(vocabulary: Vocabulary): Uint8Array {
  const sink = memorySink();
  writeGguf(sink, { metadata: ggufFromVocabulary(vocabulary), tensors: [] });
  sink.commit();
  return sink.bytes();
}

function tiktoken(): Uint8Array {
  const ranks = smallByteLevel().pieces.slice(0, -3);
  const lines = ranks.map(
    (piece, rank) => `${btoa(String.fromCharCode(...alphabetToBytes(piece)))} ${rank}\n`,
  );
  return new TextEncoder().encode(lines.join(""));
}

export function tokenizerSeeds(): Uint8Array[] {
  const letters = [..."▁abcdefghijklmnopqrstuvwxyz"].map((char, i) => [char, -3 - i / 8] as const);
  const unigram = unigramOf([...letters, ["▁the", -2]]);
  const vocabularies = [smallSpm(), smallByteLevel(), unigram];
  return [
    spmFromVocabulary(smallSpm()),
    spmFromVocabulary({ ...unigram, normalizer: { removeExtraWhitespaces: true } }),
    writeLlama2c(smallSpm()),
    tiktoken(),
    ...vocabularies.map(writeHfTokenizer),
    ...vocabularies.map(ggufWith),
  ];
}

/** Checks piece lengths: a rewritten file has the same bytes, or fewer if the original wasted some. */
function checkSpmLengths(bytes: Uint8Array, name: string): void {
  const again = writeSpmModel(readSpmModel(bytes, name));
  const isSame = again.byteLength === bytes.byteLength && again.every((byte, i) => byte === bytes[i]);
  if (!isSame && again.byteLength >= bytes.byteLength)
    throw new Error(`${bytes.byteLength} bytes were read as a model that takes ${again.byteLength}`);
}

export function useTokenizer(source: ByteSource): undefined {
  const bytes = source.bytes(0, source.byteLength);
  const tokenizer =
    tokenizerFormat(bytes) === "gguf"
      ? tokenizerFromGguf(openGguf(source).metadata)
      : openTokenizer(source.name, bytes);
  if (tokenizerFormat(bytes) === "sentencepiece") checkSpmLengths(bytes, source.name);
  const ids = tokenizer.encode(`${SAMPLE}<s>`, { parseSpecial: true });
  tokenizer.decode(ids, { skipSpecial: false });
}
