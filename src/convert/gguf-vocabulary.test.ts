import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tinyTensors, writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { smallSpm } from "../../test/support/tokenizer-fixtures.ts";
import { configToHf } from "../config/hf.ts";
import { ggufValue, openGguf } from "../formats/gguf/index.ts";
import { writeSafetensors } from "../formats/safetensors/index.ts";
import { openModel } from "../open/index.ts";
import { platform } from "../platform/node.ts";
import { spmFromVocabulary, vocabularyFromGguf } from "../tokenizer/index.ts";
import { translateName } from "../weights/index.ts";
import { convertCheckpoint } from "./convert.ts";
import { addEnds, fitRows } from "./gguf-vocabulary.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-vocabulary-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PIECES = smallSpm().pieces.length;

/** A Hugging Face folder whose embedding has some rows more than the tokenizer has pieces. */
function hfFolder(rows: number, generation: object = {}): string {
  const path = join(folder, "hf");
  mkdirSync(path);
  const config = tinyConfig({ vocabSize: rows });
  using sink = platform.createFile(join(path, "model.safetensors"));
  writeSafetensors(
    sink,
    tinyTensors(config).map((entry) => ({
      ...entry,
      name: translateName(entry.name, "gguf", "hf") as string,
    })),
  );
  sink.commit();
  writeFileSync(join(path, "config.json"), JSON.stringify(configToHf(config, "float32").json));
  writeFileSync(join(path, "generation_config.json"), JSON.stringify(generation));
  writeFileSync(join(path, "tokenizer.model"), spmFromVocabulary(smallSpm()));
  return path;
}

describe("a GGUF file made of another format", () => {
  it("has as many tokens as its embedding has rows, and none of them is ever chosen", async () => {
    const output = join(folder, "m.gguf");
    const { notes } = await convertCheckpoint(hfFolder(PIECES + 7), output, { to: "gguf" });
    expect(notes).toEqual([expect.stringContaining("7 unused tokens")]);
    using file = openGguf(output);
    const vocabulary = vocabularyFromGguf(file.metadata);
    expect(vocabulary.pieces.slice(-2)).toEqual([`[PAD${PIECES + 5}]`, `[PAD${PIECES + 6}]`]);
    expect(vocabulary.scores.at(-1)).toBe(-1000);
    using model = openModel(output);
    expect(model.tokenizer?.vocabSize).toBe(PIECES + 7);
    expect(model.tokenizer?.textLimit).toBe(PIECES);
  });

  it("keeps the source's end tokens, and reports those without a key", async () => {
    const output = join(folder, "m.gguf");
    const ends = [2, 300, 301, 302, 303];
    const { dropped } = await convertCheckpoint(hfFolder(PIECES, { eos_token_id: ends }), output, {
      to: "gguf",
    });
    using model = openModel(output);
    expect([...model.config.eosIds].sort((a, b) => a - b)).toEqual([2, 300, 301]);
    expect(dropped).toEqual([expect.stringContaining("the end tokens 302, 303")]);
  });

  it("reports that it has no vocabulary if the source has none", async () => {
    const source = join(folder, "plain.gguf");
    writeTinyGguf(source, tinyConfig(), { vocabulary: false });
    const report = await convertCheckpoint(source, join(folder, "m.gguf"), { to: "gguf" });
    expect(report.tokenizerMissing).toMatch(/no tokenizer/);
  });
});

describe("fitRows", () => {
  it("drops tokens beyond the rows, and special ids among them", () => {
    const { entries, dropped } = fitRows(
      [
        ["tokenizer.ggml.tokens", ggufValue.strings(["a", "b", "c"])],
        ["tokenizer.ggml.scores", ggufValue.f32s(Float32Array.of(1, 2, 3))],
        ["tokenizer.ggml.eos_token_id", ggufValue.u32(2)],
      ],
      2,
    );
    expect(
      entries.map(([key, { value }]) => [key, Array.from(value as unknown as ArrayLike<number>)]),
    ).toEqual([
      ["tokenizer.ggml.tokens", ["a", "b"]],
      ["tokenizer.ggml.scores", [1, 2]],
    ]);
    expect(dropped).toEqual([expect.stringContaining("1 tokens beyond")]);
  });
});

describe("addEnds", () => {
  it("uses only free keys, and none for end tokens that readers recognise by their text", () => {
    const { entries } = addEnds(
      [["tokenizer.ggml.eot_token_id", ggufValue.u32(5)]],
      [5, 6, 7, 8],
      new Set([6]),
    );
    expect(entries.map(([key, { value }]) => [key.split(".")[2], value])).toEqual([
      ["eot_token_id", 5],
      ["eos_token_id", 7],
      ["eom_token_id", 8],
    ]);
  });
});
