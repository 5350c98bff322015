/**
 * Resident memory while a model is loaded, run and disposed many times; at the end the process must exit by itself:
 *
 *     npx tsx --expose-gc --conditions=cria-source bench/lifecycle.ts MODEL [--cycles 1000] [--backend NAME]
 *
 * The last line is one JSON object.
 */
import { readdirSync } from "node:fs";
import { load } from "../src/library/load.ts";
import { median } from "../src/measure/figures.ts";
import { promptTokens } from "../src/measure/workload.ts";
import { option } from "./options.ts";

const [path] = process.argv.slice(2);
const cycles = Number(option("cycles", "1000"));
const backend = option("backend");
const collect = (globalThis as { gc?: () => void }).gc;

/** Threads of this process, from /proc. */
function threadCount(): number {
  try {
    return readdirSync("/proc/self/task").length;
  } catch {
    return 0;
  }
}

let used = "";
async function cycle(): Promise<void> {
  await using model = await load(path, { context: 64, backend });
  used = model.backend.name;
  await model
    .generate(promptTokens(4, model.config.vocabSize), {
      temperature: 0,
      ignoreEos: true,
      cachePrompt: false,
      maxTokens: 4,
    })
    .result();
}

const MIB = 2 ** 20;
const samples: { cycle: number; rssMiB: number; threads: number }[] = [];
for (let i = 1; i <= cycles; i++) {
  await cycle();
  if (i % 10 !== 0) continue;
  // Threads of the last cycle end asynchronously.
  await new Promise((done) => setTimeout(done, 20));
  collect?.();
  samples.push({ cycle: i, rssMiB: process.memoryUsage().rss / MIB, threads: threadCount() });
  if (i % 100 === 0)
    console.log(`${i} cycles: ${samples.at(-1)?.rssMiB.toFixed(1)} MiB, ${threadCount()} threads`);
}
const part = (from: number, to: number) =>
  median(samples.slice(from * samples.length, to * samples.length).map(({ rssMiB }) => rssMiB));
const growthMiB = part(0.8, 1) - part(0.2, 0.4);
console.log(`growth from the second fifth to the last: ${growthMiB.toFixed(1)} MiB`);
console.log(
  JSON.stringify({ model: path, backend: used, cycles, growthMiB, last: samples.at(-1), first: samples[0] }),
);
