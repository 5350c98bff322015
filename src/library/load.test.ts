/** Files whose norms are not F32, as in published safetensors; files read instead of mapped; recommended sampling. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { tinyTensors, writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { ggufValue } from "../formats/gguf/index.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import { decode, encode } from "../quant/index.ts";
import { load } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-load-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Vectors stored as BF16, or as the F32 of the same values. */
function withVectors(tensors: readonly TensorEntry[], dtype: "BF16" | "F32"): TensorEntry[] {
  return tensors.map((tensor) => {
    if (tensor.shape.length !== 1) return tensor;
    const length = tensor.shape[0];
    const rounded = encode("BF16", decode("F32", tensor.bytes(), length), length);
    const bytes = dtype === "BF16" ? rounded : encode("F32", decode("BF16", rounded, length), length);
    return { ...tensor, dtype, byteLength: bytes.byteLength, bytes: () => bytes };
  });
}

it.each(["reference", undefined])("runs a model whose norms are BF16 on the backend %s", async (backend) => {
  const config = tinyConfig({ vocabSize: 64 });
  const texts = [];
  for (const dtype of ["BF16", "F32"] as const) {
    const path = join(folder, `${backend}-${dtype}.gguf`);
    writeTinyGguf(path, config, { tensors: withVectors(tinyTensors(config), dtype) });
    await using model = await load(path, { backend, threads: 1 });
    texts.push((await model.generate("ab", { temperature: 0, maxTokens: 12 }).result()).tokens);
  }
  expect(texts[0]).toEqual(texts[1]);
  expect(texts[0].length).toBeGreaterThan(0);
});

it("gives the same text from a file that is read and not mapped, even once the file is truncated", async () => {
  const path = join(folder, "read.gguf");
  writeTinyGguf(path, tinyConfig({ vocabSize: 64 }));
  const texts = [];
  for (const mmap of [true, false]) {
    await using model = await load(path, { mmap, backend: "reference" });
    if (!mmap) truncateSync(path, 100);
    texts.push((await model.generate("ab", { temperature: 0, maxTokens: 8 }).result()).tokens);
  }
  expect(texts[1]).toEqual(texts[0]);
});

it("samples as generation_config.json says, unless the caller says otherwise", async () => {
  const path = join(folder, "sampled.gguf");
  writeTinyGguf(path, tinyConfig({ vocabSize: 64 }));
  const take = async (options: object) => {
    await using model = await load(path, { backend: "reference" });
    return (await model.generate("ab", { maxTokens: 12, seed: 7, ...options }).result()).tokens;
  };
  const [greedy, sampled] = [await take({ temperature: 0 }), await take({ temperature: 5 })];
  expect(sampled).not.toEqual(greedy);
  writeFileSync(join(folder, "generation_config.json"), '{"do_sample": false}');
  expect(await take({})).toEqual(greedy);
  expect(await take({ temperature: 5 })).toEqual(sampled);
  rmSync(join(folder, "generation_config.json"));
});

it("samples as GGUF metadata say; a file beside it adds what they lack, and the caller comes first", async () => {
  const path = join(folder, "advised.gguf");
  writeTinyGguf(path, tinyConfig({ vocabSize: 64 }), {
    metadata: [["general.sampling.temp", ggufValue.f32(0)]],
  });
  const take = async (options: object) => {
    await using model = await load(path, { backend: "reference" });
    return (await model.generate("ab", { maxTokens: 12, seed: 7, ...options }).result()).tokens;
  };
  const [greedy, sampled] = [await take({ temperature: 0 }), await take({ temperature: 5 })];
  expect(await take({})).toEqual(greedy);
  expect(sampled).not.toEqual(greedy);
  writeFileSync(join(folder, "generation_config.json"), '{"temperature": 5, "top_k": 3}');
  expect(await take({})).toEqual(greedy);
  expect(await take({ temperature: 5 })).toEqual(await take({ temperature: 5, topK: 3 }));
  rmSync(join(folder, "generation_config.json"));
});
