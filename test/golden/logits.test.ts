/**
 * Logits against those that llama.cpp computed for the same files (golden/logits), on every backend that this
 * machine has. llama.cpp rounds activations to f16 or bf16 for weights of those types and to 8 bits for packed
 * ones, so the bound depends on the type: it follows from that rounding, not from the measured difference.
 */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../src/engine/index.ts";
import { LlamaRunner } from "../../src/model/runner.ts";
import { openModel } from "../../src/open/open-model.ts";
import { availableBackends } from "../support/backends.ts";
import { sharedData, sharedPath } from "../support/shared-data.ts";

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
  if (/^tiny-(IQ[123]|TQ)/.test(name)) return 1.3e-3;
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

function expectedLogits(name: string): Float32Array {
  const bytes = readFileSync(sharedPath(`golden/logits/${name}.f32`));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

async function logitsOf(path: string, backend: Backend): Promise<Float32Array> {
  const golden = JSON.parse(readFileSync(sharedPath("golden/golden.json"), "utf8"));
  using opened = openModel(path);
  const params = new Map(
    [...opened.checkpoint.tensors].map(([key, tensor]) => [key, { ...tensor, bytes: tensor.bytes() }]),
  );
  using runner = await LlamaRunner.create(opened.config, params, backend, { context: 64 });
  using sequence = runner.createSequence();
  const [{ logits: rows }] = await runner.step([{ sequence, tokens: golden.logits.tokens, rows: "all" }]);
  return Float32Array.from(rows.flatMap((row) => [...row]));
}

describe.skipIf(!sharedData)("golden files (need ../shared/data)", () => {
  it("are 31 types and stories260K", () => {
    expect(files).toHaveLength(32);
  });
});

describe.skipIf(!sharedData).each(await availableBackends())(
  "logits of llama.cpp on $name (needs ../shared/data)",
  ({ start }) => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await start(2);
    });
    afterAll(() => backend.dispose());

    it.each(files)("%s", async (name, path) => {
      const found = await logitsOf(path, backend);
      const expected = expectedLogits(name);
      expect(found).toHaveLength(expected.length);
      expect(nmse(found, expected)).toBeLessThanOrEqual(bound(name));
    });
  },
);
