/** Recommended sampling in GGUF: read with the names of generation_config.json, written, and used. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { convertCheckpoint } from "../convert/convert.ts";
import { type GgufValue, ggufValue } from "../formats/gguf/index.ts";
import { openModel } from "../open/open-model.ts";
import { samplingEntries, samplingOf } from "./gguf-sampling.ts";

const entries = (...given: [string, GgufValue][]) =>
  new Map(given.map(([key, value]): [string, GgufValue] => [`general.sampling.${key}`, value]));

describe("sampling in GGUF metadata", () => {
  it("has the names of generation_config.json, and decimals as they were written", () => {
    const { f32, i32, u32, f64, string } = ggufValue;
    expect(samplingOf(entries(["temp", f32(0.6)], ["top_p", f32(0.95)], ["top_k", i32(20)]))).toEqual({
      temperature: 0.6,
      top_p: 0.95,
      top_k: 20,
    });
    expect(samplingOf(entries(["min_p", f64(0.05)], ["penalty_repeat", f32(1.1)]))).toEqual({
      min_p: 0.05,
      repetition_penalty: 1.1,
    });
    expect(samplingOf(entries(["top_k", i32(-1)]))).toEqual({ top_k: 0 });
    expect(samplingOf(entries(["top_k", u32(7)], ["sequence", string("x")]))).toEqual({ top_k: 7 });
    expect(samplingOf(new Map())).toBeUndefined();
  });

  it("keeps values of other types for the check that reports them", () => {
    const wrong = entries(
      ["temp", ggufValue.string("hot")],
      ["top_k", { type: "array", of: "i32", value: new Int32Array(2) }],
    );
    expect(samplingOf(wrong)).toEqual({ temperature: "hot", top_k: "an array" });
  });

  it("writes numbers only, and 0 for a model that does not sample", () => {
    expect(samplingEntries({ temperature: 0.5, top_k: 2.5, top_p: "x", min_p: Number.NaN })).toEqual([
      ["general.sampling.temp", ggufValue.f32(0.5)],
    ]);
    expect(samplingEntries({ do_sample: false })).toEqual([["general.sampling.temp", ggufValue.f32(0)]]);
    expect(samplingEntries(undefined)).toEqual([]);
  });
});

describe("conversion", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "cria-sampling-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("carries recommended sampling from a folder to GGUF and back, with the ends of texts", async () => {
    const [plain, hf, gguf, back] = ["plain.gguf", "hf", "out.gguf", "back"].map((name) =>
      join(folder, name),
    );
    writeTinyGguf(plain, tinyConfig({ vocabSize: 64 }));
    await convertCheckpoint(plain, hf, { to: "safetensors" });
    using first = openModel(hf);
    const before = first.generationConfig;
    writeFileSync(
      join(hf, "generation_config.json"),
      JSON.stringify({ ...before, temperature: 0.3, top_k: 12 }),
    );
    await convertCheckpoint(hf, gguf, { to: "gguf" });
    using written = openModel(gguf);
    expect(written.generationConfig).toEqual({ temperature: 0.3, top_k: 12 });
    await convertCheckpoint(gguf, back, { to: "safetensors" });
    using again = openModel(back);
    const { _from_model_config: _, ...ends } = before ?? {};
    expect(again.generationConfig).toEqual({ ...ends, temperature: 0.3, top_k: 12 });
  });
});
