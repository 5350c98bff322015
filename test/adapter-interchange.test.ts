/**
 * Adapters mean the same elsewhere: over F32 weights, one that Cria trained gives Cria's logits in PyTorch and, converted,
 * in llama.cpp; one that PyTorch wrote gives PyTorch's logits in Cria.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bindAdapter, linearLayers, readAdapter, writeGgufAdapter } from "../src/adapt/index.ts";
import { convertCheckpoint } from "../src/convert/index.ts";
import { type GgufValue, ggufValue } from "../src/formats/gguf/index.ts";
import { load } from "../src/library/index.ts";
import { finetune } from "../src/tune/index.ts";
import { translateName } from "../src/weights/index.ts";
import { availableBackends } from "./support/backends.ts";
import { hasLlamaCpp, llamaCppTitle, logitsByLlamaCpp } from "./support/llama-cpp.ts";
import { adapterByTorch, logitsByTorch } from "./support/llama-torch.ts";
import { tinyVocabulary, writeTinyGguf } from "./support/tiny-checkpoint.ts";
import { tinyConfig } from "./support/tiny-model.ts";
import { hasTorch, oracleTitle } from "./support/torch.ts";

/** Grouped heads; widths that are multiples of 32, as llama.cpp's kernels expect. */
const CONFIG = tinyConfig({
  dim: 64,
  ffnDim: 96,
  nHeads: 4,
  nKvHeads: 2,
  headDim: 16,
  vocabSize: 320,
  maxSeqLen: 64,
});
const TOKENS = [1, 7, 30, 9, 44, 12, 3, 268, 21, 5, 5, 270, 16, 33];
const TOLERANCE = 1e-4;
const backends = await availableBackends();

let folder: string;
const at = (name: string): string => join(folder, name);
/** The other programs' logits by adapter; "" is none. */
const torch = new Map<string, Float32Array[]>();
const llamaCpp = new Map<string, Float32Array[]>();

/** llama.cpp requires a piece for every byte. */
function vocabulary(): [string, GgufValue][] {
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`);
  const rest = Array.from({ length: CONFIG.vocabSize - 259 }, (_, i) => (i === 0 ? "▁" : `▁${i}`));
  const pieces = ["<unk>", "<s>", "</s>", ...bytes, ...rest];
  const types = pieces.map((_, id) => [2, 3, 3][id] ?? (id < 259 ? 6 : 1));
  const own: Readonly<Record<string, GgufValue>> = {
    "tokenizer.ggml.tokens": ggufValue.strings(pieces),
    "tokenizer.ggml.token_type": ggufValue.i32s(types),
    "tokenizer.ggml.scores": ggufValue.f32s(pieces.map((_, id) => -id)),
  };
  return tinyVocabulary(CONFIG.vocabSize).map(([key, value]) => [key, own[key] ?? value]);
}

/** [out, in] of every linear layer, by Hugging Face's name. */
function modules(): Record<string, readonly [number, number]> {
  const named = [...linearLayers(CONFIG)].map(([layer, shape]) => {
    const name = translateName(`${layer}.weight`, "gguf", "hf") ?? layer;
    return [name.replace(/\.weight$/, ""), shape] as const;
  });
  return Object.fromEntries(named);
}

/** An adapter of a few steps, as a PEFT folder and as GGUF. */
async function trainAdapter(): Promise<void> {
  const letters = Array.from("abcdefghijklmnopqrstuvwxyz");
  const examples = letters.map((letter, i) => ({ prompt: `a ${letter}`, completion: letters[25 - i] }));
  writeFileSync(at("data.json"), JSON.stringify(examples));
  await finetune({
    output: at("tuned"),
    model: at("base.gguf"),
    data: { files: [at("data.json")] },
    adapter: { rank: 4, alpha: 12 },
    batch: { rows: 4, length: 64 },
    optimiser: { learningRate: 0.05 },
    stop: { steps: 12 },
    threads: 1,
  });
  writeGgufAdapter(at("tuned.gguf"), bindAdapter(readAdapter(at("tuned/adapter")), CONFIG), CONFIG);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cria-interchange-"));
  writeTinyGguf(at("base.gguf"), CONFIG, { vocabulary: false, metadata: vocabulary() });
  await convertCheckpoint(at("base.gguf"), at("base"), { to: "safetensors" });
  await trainAdapter();
  if (hasTorch) {
    adapterByTorch(at("random"), modules());
    for (const adapter of ["", "tuned/adapter", "random"])
      torch.set(adapter, logitsByTorch(at("base"), adapter && at(adapter), TOKENS));
  }
  if (!hasLlamaCpp) return;
  for (const adapter of ["", "tuned.gguf"]) {
    const adapters = adapter === "" ? [] : [{ filePath: at(adapter), scale: 1 }];
    llamaCpp.set(adapter, logitsByLlamaCpp({ model: at("base.gguf"), adapters, tokens: TOKENS }));
  }
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function logitsHere(
  backend: (typeof backends)[number]["name"],
  adapter?: string,
): Promise<Float32Array[]> {
  const adapters = adapter === undefined ? [] : [at(adapter)];
  await using model = await load(at("base.gguf"), { backend, adapters });
  return await model.logits(TOKENS);
}

function worst(a: readonly Float32Array[], b: readonly Float32Array[] = []): number {
  expect([b.length, b[0]?.length]).toEqual([a.length, a[0].length]);
  return Math.max(...a.flatMap((row, t) => [...row].map((value, i) => Math.abs(value - b[t][i]))));
}

describe.each(backends)("logits of $name", ({ name }) => {
  it("are the same with an adapter in a PEFT folder and in GGUF, and others without", async () => {
    const peft = await logitsHere(name, "tuned/adapter");
    expect(worst(peft, await logitsHere(name, "tuned.gguf"))).toBeLessThan(1e-5);
    expect(worst(peft, await logitsHere(name))).toBeGreaterThan(0.1);
  });

  it.skipIf(!hasTorch).each([
    ["no adapter", "", undefined],
    ["one that Cria trained", "tuned/adapter", "tuned/adapter"],
    ["one that PyTorch wrote", "random", "random"],
  ])(oracleTitle("are PyTorch's with %s", hasTorch, "torch"), async (_, theirs, ours) => {
    expect(worst(await logitsHere(name, ours), torch.get(theirs))).toBeLessThan(TOLERANCE);
  });

  it.skipIf(!hasLlamaCpp).each([
    ["no adapter", "", undefined],
    ["one that Cria trained, converted", "tuned.gguf", "tuned/adapter"],
  ])(llamaCppTitle("are llama.cpp's with %s"), async (_, theirs, ours) => {
    expect(worst(await logitsHere(name, ours), llamaCpp.get(theirs))).toBeLessThan(TOLERANCE);
  });
});

describe.skipIf(!hasTorch)("the adapter that PyTorch wrote", () => {
  it("changes the logits", () => {
    expect(worst(torch.get("random") ?? [], torch.get(""))).toBeGreaterThan(0.1);
  });
});
