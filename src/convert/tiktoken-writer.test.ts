import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sharedData, sharedPath } from "../../test/support/shared-data.ts";
import { GgufMetadata } from "../formats/gguf/index.ts";
import {
  ggufFromVocabulary,
  LLAMA30_SPECIALS,
  LLAMA31_SPECIALS,
  type Vocabulary,
  vocabularyFromGguf,
  vocabularyFromTiktoken,
} from "../tokenizer/index.ts";
import { tiktokenOf } from "./tiktoken-writer.ts";

/** Ranks of all bytes and a few longer pieces. */
const RANKS = [...Array.from({ length: 256 }, (_, byte) => [byte]), [104, 105], [32, 104], [32, 104, 105]]
  .map((bytes, rank) => `${btoa(String.fromCharCode(...bytes))} ${rank}\n`)
  .join("");
const FILE = new TextEncoder().encode(RANKS);

function throughGguf(vocabulary: Vocabulary): Vocabulary {
  return vocabularyFromGguf(new GgufMetadata("x.gguf", ggufFromVocabulary(vocabulary)));
}

describe("tiktokenOf", () => {
  it.each([LLAMA30_SPECIALS, LLAMA31_SPECIALS])("reproduces the file of a vocabulary", (specials) => {
    const vocabulary = vocabularyFromTiktoken(FILE, "t", specials);
    expect(tiktokenOf(vocabulary)).toEqual(FILE);
    expect(tiktokenOf(throughGguf(vocabulary))).toEqual(FILE);
  });

  it("says why other vocabularies have no such file", () => {
    const vocabulary = vocabularyFromTiktoken(FILE, "t");
    expect(tiktokenOf({ ...vocabulary, kind: "spm-bpe" })).toContain("byte-level");
    expect(tiktokenOf({ ...vocabulary, pre: "qwen2" })).toContain("pre-tokeniser");
    expect(tiktokenOf({ ...vocabulary, pieces: [...vocabulary.pieces.slice(0, -1), "<|mine|>"] })).toContain(
      "special",
    );
    expect(tiktokenOf({ ...vocabulary, merges: ["Ġ h"] })).toContain("merges");
  });

  it.skipIf(!sharedData)("reproduces Llama 3's file through GGUF's merges", () => {
    const file = new Uint8Array(readFileSync(sharedPath("tokenizers/llama3-tokenizer.tiktoken")));
    const written = tiktokenOf(throughGguf(vocabularyFromTiktoken(file, "llama3")));
    expect(typeof written === "string" ? written : Buffer.compare(written, file)).toBe(0);
  });
});
