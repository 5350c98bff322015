/** Adapters of a loaded model: the merged model's results, per text and at any scale; the base model stays as it is. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { availableBackends } from "../../test/support/backends.ts";
import { tinyAdapter } from "../../test/support/tiny-adapter.ts";
import { tinyTensors, writeTinyGguf } from "../../test/support/tiny-checkpoint.ts";
import { tinyConfig } from "../../test/support/tiny-model.ts";
import { fingerprint, writeGgufAdapter, writePeft } from "../adapt/index.ts";
import { RequestError, ShapeError } from "../base/errors.ts";
import { convertCheckpoint } from "../convert/index.ts";
import { bindParameters } from "../model/bind.ts";
import { openModel } from "../open/index.ts";
import { load } from "./load.ts";
import type { Model } from "./model.ts";
import type { AdapterSelection, ModelAdapter } from "./model-adapters.ts";

const CONFIG = tinyConfig({ dim: 64, ffnDim: 96, nHeads: 2, nKvHeads: 1, headDim: 32, vocabSize: 80 });
const TOKENS = [1, 7, 30, 9, 44, 12, 3];
let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cria-lora-"));
  writeTinyGguf(at("base.gguf"), CONFIG, { tensors: tinyTensors(CONFIG, 3) });
  writePeft(at("first"), tinyAdapter(CONFIG, { seed: 1, rank: () => 3 }), CONFIG);
  const second = tinyAdapter(CONFIG, { seed: 2, targets: ["q_proj", "down_proj"], rank: () => 8 });
  writeGgufAdapter(at("second.gguf"), second, CONFIG);
  await convertCheckpoint(at("base.gguf"), at("merged.gguf"), {
    to: "gguf",
    adapters: [{ path: at("first") }, { path: at("second.gguf"), scale: 0.5 }],
  });
  await convertCheckpoint(at("base.gguf"), at("quantised.gguf"), { to: "gguf", dtype: "Q4_0" });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function worst(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let most = 0;
  a.forEach((row, t) => {
    row.forEach((value, i) => {
      most = Math.max(most, Math.abs(value - b[t][i]));
    });
  });
  return most;
}

function both(model: Model): { first: ModelAdapter; second: AdapterSelection; all: AdapterSelection[] } {
  const first = model.loadAdapter(at("first"));
  const second = { adapter: model.loadAdapter(at("second.gguf")), scale: 0.5 };
  return { first, second, all: [first, second] };
}

describe.each(await availableBackends())("adapters on $name", ({ name: backend }) => {
  it("give the logits of the merged model, and leave the base as it was", async () => {
    await using plain = await load(at("base.gguf"), { backend });
    await using merged = await load(at("merged.gguf"), { backend });
    const before = await plain.logits(TOKENS);
    const adapted = await plain.logits(TOKENS, undefined, both(plain).all);
    const expected = await merged.logits(TOKENS);
    expect(worst(adapted, before)).toBeGreaterThan(0.05);
    expect(worst(adapted, expected)).toBeLessThan(1e-5);
    expect(await plain.logits(TOKENS)).toEqual(before);
  });

  it.each(["base.gguf", "quantised.gguf"])(
    "give each text of a batch its own, to the bit, over %s",
    async (file) => {
      await using model = await load(at(file), { backend, parallel: 6, threads: 2 });
      const { first, second, all } = both(model);
      const choices: AdapterSelection[][] = [[], [first], [second], all, [{ adapter: first, scale: -1 }], []];
      const text = (adapters: AdapterSelection[]) =>
        model.generate(TOKENS, { adapters, temperature: 0, maxTokens: 12, ignoreEos: true }).result();
      const alone: (readonly number[])[] = [];
      for (const adapters of choices) alone.push((await text(adapters)).tokens);
      const together = await Promise.all(choices.map(text));
      expect(together.map(({ tokens }) => tokens)).toEqual(alone);
      expect(new Set(alone.map((tokens) => tokens.join(" "))).size).toBeGreaterThan(2);
      const logits = (adapters: AdapterSelection[]) => model.logits(TOKENS, undefined, adapters);
      const single = await logits([second]);
      const [mixed] = await Promise.all([logits([second]), logits([first]), logits([])]);
      expect(mixed).toEqual(single);
    },
  );

  it("of the scale 0 change nothing, and several add up", async () => {
    await using model = await load(at("quantised.gguf"), { backend });
    const { first: adapter } = both(model);
    const logits = (scales: readonly number[]) =>
      model.logits(
        TOKENS,
        undefined,
        scales.map((scale) => ({ adapter, scale })),
      );
    expect(await logits([0])).toEqual(await logits([]));
    expect(await logits([0.25, 0.5])).toEqual(await logits([0.75]));
  });
});

describe("adapters of a model", () => {
  it("can be given when it is loaded, and replaced or left out per text", async () => {
    const options = { temperature: 0, maxTokens: 8, ignoreEos: true } as const;
    await using plain = await load(at("base.gguf"));
    await using model = await load(at("base.gguf"), { adapters: [{ path: at("first"), scale: 2 }] });
    const base = (await plain.generate(TOKENS, options).result()).tokens;
    const adapted = (await model.generate(TOKENS, options).result()).tokens;
    expect(adapted).not.toEqual(base);
    expect((await model.generate(TOKENS, { ...options, adapters: [] }).result()).tokens).toEqual(base);
  });

  it("do not share cached pages with other adapters or scales", async () => {
    await using model = await load(at("base.gguf"), { context: 96 });
    const adapter = model.loadAdapter(at("first"));
    const prompt = Array.from({ length: 70 }, (_, i) => (i * 7) % 60);
    const cached = async (adapters: AdapterSelection[]) =>
      (await model.generate(prompt, { adapters, maxTokens: 1, temperature: 0 }).result()).cachedTokens;
    expect(await cached([])).toBe(0);
    expect(await cached([])).toBeGreaterThan(0);
    expect(await cached([adapter])).toBe(0);
    expect(await cached([{ adapter, scale: 0.5 }])).toBe(0);
    expect(await cached([adapter])).toBeGreaterThan(0);
  });

  it("are freed when the last text that uses them ends", async () => {
    await using model = await load(at("base.gguf"));
    const adapter = model.loadAdapter(at("first"));
    const running = model.generate(TOKENS, { adapters: [adapter], maxTokens: 20, ignoreEos: true });
    adapter.dispose();
    expect(() => model.generate(TOKENS, { adapters: [adapter] })).toThrow(RequestError);
    expect((await running.result()).tokens).toHaveLength(20);
  });

  it("are refused if they belong to another model", async () => {
    const other = tinyConfig({ dim: 32, ffnDim: 96, nHeads: 1, nKvHeads: 1, headDim: 32, vocabSize: 80 });
    writePeft(at("other"), tinyAdapter(other), other);
    await using model = await load(at("base.gguf"));
    expect(() => model.loadAdapter(at("other"))).toThrow(ShapeError);
    await expect(load(at("base.gguf"), { adapters: [at("other")] })).rejects.toThrow(ShapeError);
    await using second = await load(at("base.gguf"));
    const foreign = second.loadAdapter(at("first"));
    expect(() => model.generate(TOKENS, { adapters: [foreign] })).toThrow("another model");
  });
});

describe("merging", () => {
  it("into four bits in one stream equals merging into floats first, byte for byte", async () => {
    const adapters = [{ path: at("first") }];
    await convertCheckpoint(at("base.gguf"), at("one.gguf"), { to: "gguf", dtype: "Q4_0", adapters });
    await convertCheckpoint(at("base.gguf"), at("two.gguf"), { to: "gguf", adapters });
    await convertCheckpoint(at("two.gguf"), at("both.gguf"), { to: "gguf", dtype: "Q4_0" });
    expect(readFileSync(at("one.gguf")).equals(readFileSync(at("both.gguf")))).toBe(true);
  });

  it("says when weights are quantised twice, and when an adapter changes nothing", async () => {
    const zero = tinyAdapter(CONFIG);
    for (const { b } of zero.layers.values()) b.fill(0);
    writePeft(at("zero"), zero, CONFIG);
    const report = await convertCheckpoint(at("quantised.gguf"), at("twice.gguf"), {
      to: "gguf",
      adapters: [{ path: at("zero") }],
    });
    expect(report.notes.join("\n")).toMatch(/changes nothing[\s\S]*quantised twice: Q4_0/);
  });
});

describe("an adapter of another model", () => {
  const config = tinyConfig({ dim: 64, ffnDim: 96, nHeads: 2, nKvHeads: 1, headDim: 32, vocabSize: 80 });
  const adapter = () => {
    using opened = openModel(at("base.gguf"));
    const baseId = fingerprint(bindParameters(opened));
    return tinyAdapter(config, { info: { base: "models/base.gguf", baseId } });
  };

  it.each(["peft", "gguf"])("warns, and one of this model does not (%s)", async (format) => {
    const path = at(`own-${format}`);
    if (format === "peft") writePeft(path, adapter(), config);
    else writeGgufAdapter(path, adapter(), config);
    await using own = await load(at("base.gguf"), { adapters: [path] });
    expect(own.warnings).toEqual([]);
    await using quantised = await load(at("quantised.gguf"));
    expect(quantised.warnings).toEqual([]);
    const loaded = quantised.loadAdapter(path);
    expect(loaded.warnings).toEqual([expect.stringContaining('trained on "models/base.gguf"')]);
    expect(quantised.warnings).toEqual(loaded.warnings);
    const merging = { to: "gguf", adapters: [{ path }], overwrite: true } as const;
    expect((await convertCheckpoint(at("base.gguf"), at("m.gguf"), merging)).warnings).toEqual([]);
    expect((await convertCheckpoint(at("quantised.gguf"), at("m.gguf"), merging)).warnings).toEqual(
      loaded.warnings,
    );
  });
});
