/**
 * Loads, runs and disposes a model many times, and prints what remains: node … cycles.ts MODEL BACKEND WARM CYCLES.
 * It never exits explicitly: that the process ends by itself is part of the test.
 */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "../../src/library/load.ts";

const [path, backend, warm, cycles] = process.argv.slice(2);
const collect = (globalThis as { gc?: () => void }).gc;

async function cycle(): Promise<void> {
  await using model = await load(path, { backend, threads: 2, context: 64 });
  await model.generate([1, 5, 6], { temperature: 0, ignoreEos: true, maxTokens: 3 }).result();
}

/** State after a pause, in which threads end and finalisers run. */
async function state() {
  for (let i = 0; i < 3; i++) {
    collect?.();
    await sleep(50);
  }
  const linux = process.platform === "linux";
  return {
    rssMiB: process.memoryUsage().rss / 2 ** 20,
    threads: linux ? readdirSync("/proc/self/task").length : 0,
    mappings: linux ? readFileSync("/proc/self/maps", "utf8").split("\n").length : 0,
  };
}

for (let i = 0; i < Number(warm); i++) await cycle();
const before = await state();
for (let i = 0; i < Number(cycles); i++) await cycle();
console.log(JSON.stringify({ before, after: await state() }));
