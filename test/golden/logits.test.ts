/**
 * Logits against those that llama.cpp computed for the same files (golden/logits). llama.cpp rounds activations
 * to f16 or bf16 for weights of those types and to 8 bits for packed ones, so the bound depends on the type:
 * it is what that rounding explains, not what we differ by.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { referenceBackend } from "../../src/engine/index.ts";
import { openModel } from "../../src/model/open.ts";
import { LlamaRunner } from "../../src/model/runner.ts";
import { sharedData, sharedPath } from "../shared-data.ts";

/** Normalised mean square error: Σ(x − y)² / Σy². */
function nmse(x: Float32Array, y: Float32Array): number {
  let error = 0;
  let power = 0;
  for (let i = 0; i < y.length; i++) {
    error += (x[i] - y[i]) ** 2;
    power += y[i] ** 2;
  }
  return error / power;
}

function bound(name: string): number {
  if (name === "stories260K" || name === "tiny-F32") return 1e-9;
  if (name === "tiny-F16") return 1e-6;
  if (name === "tiny-BF16") return 1e-4;
  return 2e-3;
}

const files: readonly (readonly [name: string, path: string])[] = sharedData
  ? [
      ["stories260K", sharedPath("checkpoints/stories260Ktok512.gguf")],
      ...readdirSync(sharedPath("golden"))
        .filter((file) => file.startsWith("tiny-"))
        .map((file) => [file.replace(".gguf", ""), sharedPath(`golden/${file}`)] as const),
    ]
  : [];

describe.skipIf(!sharedData)("logits of llama.cpp (needs ../shared/data)", () => {
  it("has all 32 types and stories260K", () => {
    expect(files).toHaveLength(32);
  });

  it.each(files)("%s", async (name, path) => {
    const golden = JSON.parse(readFileSync(sharedPath("golden/golden.json"), "utf8"));
    const expected = readFileSync(sharedPath(`golden/logits/${name}.f32`));
    const opened = openModel(path);
    using _ = opened.checkpoint;
    const params = new Map(
      [...opened.checkpoint.tensors].map(([key, tensor]) => [
        key,
        { ...tensor, dtype: tensor.dtype, shape: tensor.shape, bytes: tensor.bytes() },
      ]),
    );
    using runner = new LlamaRunner(opened.config, params, referenceBackend(), { context: 64 });
    using sequence = runner.createSequence();
    const [rows] = await runner.step([{ sequence, tokens: golden.logits.tokens, logits: "all" }]);
    const found = Float32Array.from(rows.flatMap((row) => [...row]));
    expect(found.length * 4).toBe(expected.byteLength);
    const aligned = new Float32Array(
      expected.buffer.slice(expected.byteOffset, expected.byteOffset + expected.byteLength),
    );
    expect(nmse(found, aligned)).toBeLessThanOrEqual(bound(name));
  });
});
