/**
 * A converted model computes what its source computes: the same logits in every format, in both orders of
 * rotary pairs, and in Hugging Face's implementation if it is installed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ModelConfig } from "../src/config/config.ts";
import { convertCheckpoint } from "../src/convert/index.ts";
import { load } from "../src/library/load.ts";
import { openModel } from "../src/open/open-model.ts";
import type { CheckpointFormat } from "../src/weights/index.ts";
import { sharedData, sharedPath } from "./support/shared-data.ts";
import { writeTinyGguf } from "./support/tiny-checkpoint.ts";
import { tinyConfig } from "./support/tiny-model.ts";
import { oracleTitle, runPython } from "./support/torch.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-conversion-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const TOKENS = Array.from({ length: 24 }, (_, i) => (i * 7 + 1) % 50);

async function logitsOf(path: string): Promise<Float32Array[]> {
  await using model = await load(path, { backend: "reference", context: 64 });
  return await model.logits(TOKENS); // disposal waits for it
}
function largestDifference(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (const [row, values] of a.entries()) {
    expect(values.length).toBe(b[row].length);
    for (const [i, value] of values.entries()) largest = Math.max(largest, Math.abs(value - b[row][i]));
  }
  return largest;
}

interface Variant {
  readonly changes: Partial<ModelConfig>;
  /** A model with the same weights and other logits: the result of a lossy conversion. */
  readonly without?: Partial<ModelConfig>;
}
const WIDE = { dim: 64, headDim: 16 } as const;

/** Models whose logits depend on everything that a conversion must preserve. */
const MODELS: Readonly<Record<string, Variant>> = {
  "grouped heads": { changes: {} },
  "Llama 3.1's frequencies": {
    changes: {
      ...WIDE,
      ropeTheta: 500000,
      maxSeqLen: 131072,
      ropeScaling: { kind: "llama3", factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxSeqLen: 64 },
    },
    without: { ...WIDE, ropeTheta: 500000 },
  },
  "linear scaling": { changes: { ...WIDE, ropeScaling: { kind: "linear", factor: 4 } }, without: WIDE },
  yarn: {
    changes: {
      ...WIDE,
      maxSeqLen: 256,
      ropeScaling: { kind: "yarn", factor: 4, originalMaxSeqLen: 64, betaFast: 32, betaSlow: 1 },
    },
    without: WIDE,
  },
  "Qwen2, tied": {
    changes: {
      ...WIDE,
      architecture: "qwen2",
      ropePairing: "halves",
      tied: true,
      biases: { q: true, k: true, v: true, o: false, ffn: false },
    },
  },
  "biases everywhere": { changes: { ...WIDE, biases: { q: true, k: true, v: true, o: true, ffn: true } } },
  "a sliding window": { changes: { ...WIDE, slidingWindow: 8 }, without: WIDE },
  "heads wider than the model": { changes: { dim: 48, headDim: 16 } },
};

describe("a converted model", () => {
  it.each(["gguf", "safetensors", "pth", "llama2c"] as const)(
    "computes the same as %s",
    async (to: CheckpointFormat) => {
      const source = join(folder, "source.gguf");
      writeTinyGguf(source, tinyConfig());
      const output = join(folder, "output");
      await convertCheckpoint(source, output, { to });
      expect(largestDifference(await logitsOf(source), await logitsOf(output))).toBeLessThan(1e-5);
    },
  );

  it.each(Object.entries(MODELS))(
    "keeps %s through safetensors and back",
    async (_, { changes, without }) => {
      const source = join(folder, "source.gguf");
      writeTinyGguf(source, tinyConfig(changes));
      const hf = join(folder, "hf");
      const back = join(folder, "back.gguf");
      await convertCheckpoint(source, hf, { to: "safetensors" });
      await convertCheckpoint(hf, back, { to: "gguf" });
      const logits = await logitsOf(source);
      expect(largestDifference(logits, await logitsOf(hf))).toBeLessThan(1e-5);
      expect(largestDifference(logits, await logitsOf(back))).toBeLessThan(1e-5);
      if (without === undefined) return;
      const plain = join(folder, "plain.gguf");
      writeTinyGguf(plain, tinyConfig(without));
      expect(largestDifference(logits, await logitsOf(plain))).toBeGreaterThan(1e-3);
    },
  );
});

const python = process.env.CRIA_PYTHON ?? "/usr/bin/python3";
const hasTransformers =
  spawnSync(python, ["-c", "import transformers, torch"], { stdio: "ignore" }).status === 0;

/** Logits of every folder for the same tokens, and its tokenizer's ids of one text. One start of Python for all. */
const ORACLE = `
import json, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
tokens, text = json.loads(sys.argv[1]), sys.argv[2]
for folder in sys.argv[3:]:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad(): logits = model(torch.tensor([tokens])).logits[0]
    ids = AutoTokenizer.from_pretrained(folder)(text).input_ids
    print(json.dumps({"logits": logits.tolist(), "ids": ids}))
`;
const TEXT = "Once upon a time, there was a girl.";

function byTransformers(folders: readonly string[]): { logits: Float32Array[]; ids: number[] }[] {
  const lines = runPython(ORACLE, JSON.stringify(TOKENS), TEXT, ...folders)
    .trim()
    .split("\n");
  return lines.map((line) => {
    const { logits, ids } = JSON.parse(line);
    return { logits: logits.map((row: number[]) => Float32Array.from(row)), ids };
  });
}

describe.skipIf(!hasTransformers)(
  oracleTitle("Hugging Face's implementation", hasTransformers, "transformers"),
  () => {
    it("agrees on every variant", async () => {
      const sources = Object.entries(MODELS).map(([name, { changes }]) => {
        const path = join(folder, `${name}.gguf`);
        writeTinyGguf(path, tinyConfig(changes));
        return path;
      });
      if (sharedData) sources.push(sharedPath("checkpoints/stories260Ktok512.gguf"));
      const folders = sources.map((_, i) => join(folder, `hf-${i}`));
      for (const [i, source] of sources.entries()) {
        await convertCheckpoint(source, folders[i], { to: "safetensors" });
      }
      for (const [i, { logits, ids }] of byTransformers(folders).entries()) {
        expect(largestDifference(await logitsOf(sources[i]), logits), sources[i]).toBeLessThan(1e-4);
        using model = openModel(sources[i]);
        // For Qwen2 the library prefers its own byte-level rules to any tokenizer.json.
        if (model.config.architecture === "qwen2") continue;
        expect(ids, sources[i]).toEqual(model.tokenizer?.encode(TEXT, { bos: true }));
      }
    });
  },
);

describe.skipIf(!sharedData)("stories260K", () => {
  const golden = () => JSON.parse(readFileSync(sharedPath("golden/golden.json"), "utf8")).stories260K;

  it.each(["safetensors", "pth", "llama2c", "gguf"] as const)(
    "generates its golden story from %s",
    async (to) => {
      const output = join(folder, "output");
      await convertCheckpoint(sharedPath("checkpoints/stories260K.bin"), output, { to });
      await using model = await load(output, { backend: "reference", context: 256 });
      const text = await model.generate("Once upon a time", { temperature: 0, maxTokens: 60 }).text();
      expect(golden().greedy200Steps.startsWith(`Once upon a time${text}`)).toBe(true);
      expect(text.length).toBeGreaterThan(100);
    },
  );
});
