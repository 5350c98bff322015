import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { tinyVocabulary } from "../../test/support/tiny-tokenizer.ts";
import { FileError, FormatError } from "../base/errors.ts";
import { ggufFromVocabulary, Tokenizer, writeLlama2c } from "../tokenizer/index.ts";
import { loadTokenizer } from "./load-tokenizer.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-load-tokenizer-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

const VOCABULARY = tinyVocabulary();
const TEXT = "the ant\u00e9 to";
const IDS = new Tokenizer(VOCABULARY).encode(TEXT);

describe("loadTokenizer", () => {
  it("opens a vocabulary-only GGUF, a whole model, and tokenizers' own files alike", async () => {
    const metadata = ggufFromVocabulary(VOCABULARY);
    const config = tinyConfig({ vocabSize: VOCABULARY.pieces.length });
    writeTinyGguf(at("vocab.gguf"), config, { tensors: [], vocabulary: false, metadata });
    writeTinyGguf(at("model.gguf"), config, { vocabulary: false, metadata });
    writeFileSync(at("tokenizer.bin"), writeLlama2c(VOCABULARY));
    for (const name of ["vocab.gguf", "model.gguf", "tokenizer.bin"]) {
      expect((await loadTokenizer(at(name))).encode(TEXT), name).toEqual(IDS);
    }
  });

  it("takes the named file instead of the path's own", async () => {
    expect((await loadTokenizer("nothing", { tokenizer: at("tokenizer.bin") })).encode(TEXT)).toEqual(IDS);
  });

  it("finds a tokenizer in a folder without weights", async () => {
    mkdirSync(at("bare"));
    await expect(loadTokenizer(at("bare"))).rejects.toThrow(FileError);
    writeFileSync(at("bare/tokenizer.bin"), writeLlama2c(VOCABULARY));
    expect((await loadTokenizer(at("bare"))).encode(TEXT)).toEqual(IDS);
  });

  it("reports errors", async () => {
    writeFileSync(at("text.txt"), "no tokenizer at all");
    await expect(loadTokenizer(at("missing"))).rejects.toThrow(FileError);
    await expect(loadTokenizer(at("text.txt"))).rejects.toThrow(FormatError);
  });
});
