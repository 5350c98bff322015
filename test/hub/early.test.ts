/** A model that is used while it is fetched: the same tokens, layers in order, the embedding's unused rows last. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openGguf } from "../../src/formats/gguf/index.ts";
import type { TensorEntry } from "../../src/formats/tensor-file.ts";
import { listModels, load } from "../../src/index.ts";
import { encode } from "../../src/quant/index.ts";
import { availableBackends } from "../support/backends.ts";
import { tinyTensors, writeTinyGguf } from "../support/tiny-checkpoint.ts";
import { tinyConfig } from "../support/tiny-model.ts";
import { TestHub } from "./server.ts";
import { type TestStore, testStore } from "./store.ts";

const PROMPT = "ab cd";
const GENERATE = { maxTokens: 8, temperature: 0, ignoreEos: true } as const;
const config = tinyConfig({
  dim: 256,
  ffnDim: 512,
  nHeads: 8,
  nKvHeads: 4,
  headDim: 32,
  nLayers: 6,
  vocabSize: 700,
});
const backends = await availableBackends();

/** Q8_0 matrices; the embedding lies between the layers, and the result's matrix before them. */
function writeModel(path: string): void {
  const tensors = tinyTensors(config).map((tensor): TensorEntry => {
    if (tensor.shape.length === 1) return tensor;
    const source = tensor.bytes();
    const values = new Float32Array(source.buffer, source.byteOffset, source.byteLength / 4);
    const bytes = encode("Q8_0", values, tensor.shape.at(-1) as number);
    return { ...tensor, dtype: "Q8_0", byteLength: bytes.byteLength, bytes: () => bytes };
  });
  const place = ({ name }: TensorEntry): number =>
    name === "token_embd.weight" ? 4.5 : name === "output.weight" ? -1 : Number(/\d+/.exec(name)?.[0] ?? 9);
  writeTinyGguf(path, config, { tensors: tensors.sort((a, b) => place(a) - place(b)) });
}

describe("load with early", () => {
  const folder = mkdtempSync(join(tmpdir(), "cria-early-"));
  const path = join(folder, "m.gguf");
  let bytes: Uint8Array;
  let hub: TestHub;
  let store: TestStore;
  beforeAll(() => {
    writeModel(path);
    bytes = new Uint8Array(readFileSync(path));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    hub = await TestHub.start();
    store = testStore(hub);
    hub.add("owner/name", { files: { "m.Q8_0.gguf": bytes } });
  });
  afterEach(async () => {
    store[Symbol.dispose]();
    await hub[Symbol.asyncDispose]();
  });

  const early = (backend: string, signal?: AbortSignal) =>
    load("hf:owner/name", {
      early: true,
      acceptLicence: true,
      hub: store.options.settings,
      threads: 2,
      backend,
      signal,
    });

  it.each(backends)("on $name gives the tokens of the whole file", async ({ name }) => {
    await using whole = await load(path, { threads: 2, backend: name });
    const expected = (await whole.generate(PROMPT, GENERATE).result()).tokens;
    hub.behaviour.bytesPerSecond = 3_000_000;
    await using model = await early(name);
    const isNative = model.backend.readsMappedMemory;
    expect(hub.sentBytes < bytes.byteLength).toBe(isNative);
    expect((await model.generate(PROMPT, GENERATE).result()).tokens).toEqual(expected);
    await model.arrived;
    expect((await model.generate(PROMPT, GENERATE).result()).tokens).toEqual(expected);
    expect(hub.sentBytes).toBe(bytes.byteLength);
    expect((await listModels(store.options)).map(({ reference }) => reference)).toEqual([
      "hf:owner/name:Q8_0",
    ]);
  });

  const native = backends.find(({ name }) => name.startsWith("avx"))?.name ?? "";
  const onNative = it.skipIf(native === "");
  if (native === "") console.warn("no native backend here: models are fetched before they run");

  onNative("asks for layers in order, then the result's matrix, and the embedding last", async () => {
    using file = openGguf(path);
    await using model = await early(native);
    await model.generate(PROMPT, GENERATE).result();
    await model.arrived;
    const asked = hub.requests
      .filter(({ server }) => server === "storage")
      .flatMap(({ range }) => /^bytes=(\d+)-/.exec(range ?? "")?.[1] ?? [])
      .map(Number);
    const ranges = asked.map((start) => {
      const found = [...file.tensors.values()].filter(
        ({ offset, byteLength }) => start < offset + byteLength,
      );
      return found.sort((a, b) => a.offset - b.offset)[0].name;
    });
    const layers = ranges.flatMap((name) => /^blk\.(\d+)/.exec(name)?.[1] ?? []).map(Number);
    expect(layers).toEqual([...layers].sort((a, b) => a - b));
    expect(ranges.at(-1)).toBe("token_embd.weight");
    expect(new Set(asked).size).toBe(asked.length);
  });

  onNative("reports wrong bytes, and keeps none", async () => {
    const model = await early(native);
    hub.behaviour.corrupt = true;
    await expect(model.arrived).rejects.toMatchObject({ code: "FORMAT" });
    await expect(model.generate(PROMPT, GENERATE).result()).rejects.toMatchObject({ code: "FORMAT" });
    await model.dispose();
    expect(readdirSync(join(store.cache, "models--owner--name", "blobs"))).toEqual([]);
  });

  onNative("ends texts when the transfer fails, and continues it the next time", async () => {
    const stop = new AbortController();
    hub.behaviour.bytesPerSecond = 3_000_000;
    const model = await early(native, stop.signal);
    const text = model.generate(PROMPT, GENERATE).result();
    stop.abort(new Error("enough"));
    await expect(text).rejects.toThrow("enough");
    await model.dispose();
    const before = hub.sentBytes;
    hub.behaviour = {};
    await using again = await early(native);
    await again.arrived;
    expect(hub.sentBytes - before).toBeLessThan(bytes.byteLength - 900_000);
  });

  onNative("ends the transfer when the model is disposed", async () => {
    hub.behaviour.bytesPerSecond = 3_000_000;
    const model = await early(native);
    await model.dispose();
    await expect(model.arrived).rejects.toThrow("the model was disposed");
  });
});
