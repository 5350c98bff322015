/** All published vectors for available vocabularies, and comparisons of files of the same vocabulary. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sharedData, sharedPath } from "../../test/support/shared-data.ts";
import { bufferSource } from "../base/bytes.ts";
import { openGguf } from "../formats/gguf/index.ts";
import { openTokenizer, readSpmModel, type Tokenizer, tokenizerFromGguf, writeSpmModel } from "./index.ts";
import { mergesFromRanks } from "./merge-rules.ts";
import { cutWords, passesOf } from "./pretokenizers.ts";

const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(sharedPath(path)));
const open = (path: string): Tokenizer => openTokenizer(path, bytesOf(path));
const openVocab = (path: string): Tokenizer =>
  tokenizerFromGguf(openGguf(bufferSource(bytesOf(path), path)).metadata);
const ggml = (name: string): string => `tokenizers/ggml-vocab/ggml-vocab-${name}.gguf`;

function vectors(name: string): { text: string; ids: number[] }[] {
  const texts = readFileSync(sharedPath(`${ggml(name)}.inp`), "utf8").split("\n__ggml_vocab_test__\n");
  const lines = readFileSync(sharedPath(`${ggml(name)}.out`), "utf8").split("\n");
  return texts.map((text, i) => ({ text, ids: lines[i].trim().split(/\s+/).filter(Boolean).map(Number) }));
}

const SPM_FILES = [
  "tokenizers/llama2-tokenizer.model",
  "tokenizers/llama2-tokenizer.bin",
  "tokenizers/llama2-tokenizer-old.bin",
];

describe.skipIf(!sharedData)("llama.cpp's vectors", () => {
  const names = [
    "llama-spm",
    "gpt-2",
    "falcon",
    "mpt",
    "starcoder",
    "refact",
    "deepseek-llm",
    "deepseek-coder",
  ];
  it.each(names)("%s: ids and text", (name) => {
    const tokenizer = openVocab(ggml(name));
    const cases = vectors(name);
    expect(cases).toHaveLength(47);
    for (const { text, ids } of cases) {
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(text);
    }
  });

  // Their vocabularies are not available: each word must become at least one id.
  it.each(["qwen2", "command-r"])("%s: as many ids as words, or more", (name) => {
    for (const { text, ids } of vectors(name)) {
      expect(ids.length).toBeGreaterThanOrEqual(cutWords(text, passesOf(name, name)).length);
      if (/^\d+$/.test(text)) expect(ids).toHaveLength(text.length);
    }
  });

  it("llama-bpe, with Meta's rank file and with llama2.c's form of it", () => {
    const files = ["tokenizers/llama3-tokenizer.tiktoken", "tokenizers/llama3-tokenizer.bin"].map(open);
    for (const { text, ids } of vectors("llama-bpe")) {
      for (const tokenizer of files) {
        expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
        expect(tokenizer.decode(ids)).toBe(text);
      }
    }
  });

  it.each(SPM_FILES)("llama-spm with %s", (file) => {
    const tokenizer = open(file);
    for (const { text, ids } of vectors("llama-spm")) expect(tokenizer.encode(text)).toEqual(ids);
  });
});

describe.skipIf(!sharedData)("Llama 2", () => {
  const files = (): Tokenizer[] => [...SPM_FILES.map(open), openVocab(ggml("llama-spm"))];

  it("encodes llama2.c's test prompts in every file", () => {
    const golden = JSON.parse(readFileSync(sharedPath("golden/golden.json"), "utf8"));
    const cases: [string, number[]][] = golden.llama2Tokenizer.withBos;
    expect(cases.length).toBeGreaterThan(3);
    for (const tokenizer of files()) {
      for (const [text, ids] of cases) expect(tokenizer.encode(text, { bos: true })).toEqual(ids);
    }
  });

  it("encodes the known words", () => {
    for (const tokenizer of files()) {
      expect(tokenizer.encode("Hello world")).toEqual([15043, 3186]);
      expect(tokenizer.encode(" Hello world")).toEqual([29871, 15043, 3186]);
      expect(tokenizer.encode("Hello, world!")).toEqual([15043, 29892, 3186, 29991]);
      expect(tokenizer.encode("🦙").slice(-4)).toEqual([243, 162, 169, 156]);
    }
  });

  it("has the same pieces, scores and types in the model and in GGUF", () => {
    const [model, , , gguf] = files().map((tokenizer) => tokenizer.vocabulary);
    expect(gguf.pieces).toEqual(model.pieces);
    expect(gguf.scores).toEqual(model.scores);
    expect(gguf.types).toEqual(model.types);
    expect([model.pieces[259], model.scores[259], model.pieces[29871], model.scores[29871]]).toEqual([
      "▁▁",
      -1e9,
      "▁",
      -1e9,
    ]);
  });

  it("never makes special ids from text", () => {
    for (const tokenizer of files()) {
      expect(tokenizer.encode("</s><s>")).not.toContain(2);
      expect(tokenizer.encode("</s><s>")).not.toContain(1);
      expect(tokenizer.encode("</s><s>", { parseSpecial: true })).toEqual([2, 1]);
      expect(tokenizer.decode(tokenizer.encode("</s><s>"))).toBe("</s><s>");
    }
  });
});

/** Expected ids from SentencePiece 0.1.97 (Debian's python3-sentencepiece): `processor.encode(text)`. */
const SENTENCEPIECE: Record<string, readonly (readonly [string, readonly number[]])[]> = JSON.parse(
  readFileSync(new URL("../../test/sentencepiece-vectors.json", import.meta.url), "utf8"),
);

describe.skipIf(!sharedData)("SentencePiece models", () => {
  it.each(Object.keys(SENTENCEPIECE))("%s: the same ids as the reference implementation", (file) => {
    const tokenizer = open(file);
    for (const [text, ids] of SENTENCEPIECE[file]) {
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
    }
  });

  it.each(Object.keys(SENTENCEPIECE))("%s: written back byte for byte", (file) => {
    const bytes = bytesOf(file);
    expect(Buffer.compare(writeSpmModel(readSpmModel(bytes, file)), bytes)).toBe(0);
  });
});

describe.skipIf(!sharedData)("tokenizer files", () => {
  it("tok512 is the same in .bin, .model and GGUF for text without double spaces", () => {
    const text = readFileSync(sharedPath("training/tinystories_sample.txt"), "utf8").slice(0, 20_000);
    const plain = text.replace(/\s+/g, " ").trim();
    const ids = open("checkpoints/tok512.bin").encode(plain);
    expect(open("checkpoints/tok512.model").encode(plain)).toEqual(ids);
    expect(openVocab("checkpoints/stories260Ktok512.gguf").encode(plain)).toEqual(ids);
    expect(open("checkpoints/tok512.bin").decode(ids)).toBe(plain);
  });

  it("tok4096 decodes encoded text to itself", () => {
    const text = readFileSync(sharedPath("training/tinystories_sample.txt"), "utf8").slice(0, 20_000);
    const tokenizer = open("tokenizers/tok4096.bin");
    expect(tokenizer.vocabSize).toBe(4096);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it("Llama 3 has its special ids, and 280,147 merges as published conversions have", () => {
    const tokenizer = open("tokenizers/llama3-tokenizer.tiktoken");
    expect(tokenizer.vocabSize).toBe(128_256);
    expect([tokenizer.bosId, tokenizer.eosId, tokenizer.eotId]).toEqual([128_000, 128_001, 128_009]);
    expect([tokenizer.idOf("<|start_header_id|>"), tokenizer.idOf("<|eom_id|>")]).toEqual([128_006, 128_008]);
    expect(tokenizer.eogIds).toEqual([128_001, 128_008, 128_009]);
    expect(tokenizer.encode("<|eot_id|>")).not.toContain(128_009);
    expect(tokenizer.encode("a<|eot_id|>", { parseSpecial: true })).toEqual([64, 128_009]);
    expect(mergesFromRanks(tokenizer.vocabulary)).toHaveLength(280_147);
  });

  it("refuses WordPiece, pickles, and a tokenizer of another size", () => {
    expect(() => openVocab(ggml("bert-bge"))).toThrow(/WordPiece/);
    expect(() => open("tokenizers/shakespeare-bpe-128.model")).toThrow(/pickle/);
    const file = "checkpoints/tok512.bin";
    expect(() => openTokenizer(file, bytesOf(file), { vocabSize: 32_000 })).toThrow(
      /expected 32000 pieces, got 512/,
    );
  });
});
