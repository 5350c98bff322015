/** A disposed model leaves nothing that grows, no thread, and nothing that keeps Node alive. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { load } from "../../src/library/load.ts";
import { availableBackends } from "../support/backends.ts";
import { writeTinyGguf } from "../support/tiny-checkpoint.ts";
import { tinyConfig } from "../support/tiny-model.ts";

/** Some MB of weights, so that a leak is visible. */
const CONFIG = tinyConfig({ dim: 128, ffnDim: 512, nLayers: 4, headDim: 32, vocabSize: 512 });
const CYCLES = 60;

const available = await availableBackends();

let folder: string;
let model: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-lifecycle-"));
  model = join(folder, "model.gguf");
  writeTinyGguf(model, CONFIG);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface State {
  readonly rssMiB: number;
  readonly threads: number;
  readonly mappings: number;
}

/** Runs in a separate process, which must end by itself within the time limit. */
async function runCycles(backend: string, cycles: number): Promise<{ before: State; after: State }> {
  const script = join(import.meta.dirname, "cycles.ts");
  const node = ["--import", "tsx", "--conditions=cria-source", "--expose-gc"];
  const args = [...node, script, model, backend, "15", String(cycles)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 100_000 });
  return JSON.parse(stdout) as { before: State; after: State };
}

describe("repeated loading, generating and disposing", () => {
  const backends = available.map(({ name }) => name);

  it.each(backends)("leaves memory, threads and mappings unchanged on %s, and ends", async (backend) => {
    const cycles = backend === "reference" ? 10 : CYCLES;
    const { before, after } = await runCycles(backend, cycles);
    // One set of weights per cycle would be more than four times this.
    expect(after.rssMiB - before.rssMiB).toBeLessThan(40);
    expect(after.threads).toBeLessThanOrEqual(before.threads);
    // koffi keeps three small mappings of every worker that has loaded it; leaked regions would add to these.
    expect(after.mappings - before.mappings).toBeLessThan(7 * cycles);
  });
});

describe("an abort", () => {
  it("ends a long prompt, and the model continues to work", async () => {
    await using loaded = await load(model, { context: 96 });
    const controller = new AbortController();
    const prompt = Array.from({ length: 90 }, (_, i) => 3 + (i % 400));
    const options = { temperature: 0, ignoreEos: true, maxTokens: 5 };
    const text = loaded.generate(prompt, { ...options, signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(text.result()).rejects.toThrow("enough");
    const { tokens } = await loaded.generate(prompt, options).result();
    expect(tokens).toHaveLength(5);
  });
});
