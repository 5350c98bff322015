/**
 * Profile of a step, kernel by kernel:
 *
 *     npx tsx --conditions=cria-source bench/profile.ts MODEL [--tokens 512] [--threads N] [--backend avx512]
 *         [--repeat 5] [--sequences 1] [--at 0] [--cache F32] [--adapters 0] [--rank 16]
 *
 * A step has `--tokens` tokens for each of `--sequences` sequences, which have `--at` tokens in the cache, and use
 * `--adapters` random adapters in turn. Instead of
 * the driver, every call of the table is made alone on all threads and timed; the cost of an empty call is subtracted;
 * the least of the repeats counts. The difference to the whole step is the cost of barriers and idle threads (minus the
 * savings of overlapping phases). The last line is one JSON object.
 */

import { kernelBackend } from "../src/engine/backend/program/kernel-backend.ts";
import { nativeTargets } from "../src/engine/jit/features.ts";
import { promptTokens, workOf } from "../src/measure/workload.ts";
import type { CacheDtype } from "../src/model/defaults.ts";
import { LlamaRunner } from "../src/model/runner.ts";
import { openModel } from "../src/open/open-model.ts";
import { platform } from "../src/platform/node.ts";
import { openNative } from "../src/platform/node-native.ts";
import { startNativeThreads } from "../src/platform/node-native-threads.ts";
import { tinyAdapter } from "../test/support/tiny-adapter.ts";
import { option } from "./options.ts";
import { ProfilingHost } from "./profiling-host.ts";

const [path] = process.argv.slice(2);
const tokens = Number(option("tokens", "1"));
const threads = Number(option("threads", String(platform.coreCount)));
const repeat = Number(option("repeat", "5"));
const sequenceCount = Number(option("sequences", "1"));
const at = Number(option("at", "0"));
const cacheDtype = option("cache", "F32") as CacheDtype;
const adapterCount = Number(option("adapters", "0"));
const rank = Number(option("rank", "16"));

const machine = openNative();
const wanted = option("backend");
const target = nativeTargets(machine).find(({ isa }) => wanted === undefined || isa === wanted);
if (target === undefined) throw new Error(`this machine has no ${wanted}`);
const host = new ProfilingHost(target, machine, startNativeThreads(threads));
const backend = kernelBackend(host, target.isa, target.name);
const opened = openModel(path);
const params = new Map(
  [...opened.checkpoint.tensors].map(([name, tensor]) => {
    const { dtype, shape, address } = tensor;
    return [name, { dtype, shape, bytes: tensor.bytes(), address }] as const;
  }),
);
const context = Math.max(64, at + tokens + 8);
const runner = await LlamaRunner.create(opened.config, params, backend, {
  context,
  maxTokens: Math.max(tokens * sequenceCount, at, 8),
  maxSequences: sequenceCount,
  cacheDtype,
});
const adapters = Array.from({ length: adapterCount }, (_, seed) =>
  runner.addAdapter(tinyAdapter(opened.config, { seed, rank: () => rank, scale: () => 0.01 }).layers),
);
const usesOf = (i: number) => (adapterCount === 0 ? [] : [{ adapter: adapters[i % adapterCount], scale: 1 }]);
const sequences = Array.from({ length: sequenceCount }, (_, i) =>
  runner.createSequence({ adapters: usesOf(i) }),
);
const ids = promptTokens(Math.max(tokens, at), opened.config.vocabSize);

async function step(): Promise<number> {
  for (const sequence of sequences) sequence.truncate(at);
  const from = performance.now();
  await runner.step(sequences.map((sequence) => ({ sequence, tokens: ids.slice(0, tokens), rows: "last" })));
  return (performance.now() - from) / 1000;
}

/** Steps until several in a row pack no weights: some steps only save time for a large one. */
async function settle(): Promise<void> {
  for (let quiet = 0; quiet < 8; quiet++) {
    host.calls.clear();
    host.seconds = new Map();
    await step();
    if ([...host.calls.keys()].some((name) => name.startsWith("pack"))) quiet = 0;
  }
  host.seconds = undefined;
}

if (at > 0)
  for (const sequence of sequences) await runner.step([{ sequence, tokens: ids.slice(0, at), rows: "none" }]);
await settle();
const whole: number[] = [];
const profiles: Map<string, number>[] = [];
const empty = await host.emptyCall();
for (let i = 0; i < repeat; i++) {
  whole.push(await step());
  host.seconds = new Map();
  host.calls.clear();
  await step();
  profiles.push(host.seconds);
  host.seconds = undefined;
}
const wholeSeconds = Math.min(...whole);
const rows = [...host.calls]
  .map(([name, count]) => {
    const seconds = Math.min(...profiles.map((one) => one.get(name) ?? 0)) - count * empty;
    return { kernel: name, calls: count, seconds: Math.max(0, seconds) };
  })
  .sort((a, b) => b.seconds - a.seconds);
const sum = rows.reduce((total, { seconds }) => total + seconds, 0);
const milliseconds = (seconds: number) => (1000 * seconds).toFixed(3).padStart(10);
console.log(
  `${path}, ${sequenceCount} × ${tokens} tokens at ${at}, cache ${cacheDtype}, ${threads} threads, ${target.name}`,
);
for (const row of rows) {
  const share = ((100 * row.seconds) / sum).toFixed(1).padStart(5);
  console.log(`${milliseconds(row.seconds)} ms ${share} %  ${row.kernel} (${row.calls})`);
}
console.log(
  `${milliseconds(sum)} ms         all kernels, one by one (an empty call: ${(1e6 * empty).toFixed(1)} µs)`,
);
console.log(`${milliseconds(wholeSeconds)} ms         the whole step`);
runner.dispose();
backend.dispose();
opened.checkpoint.dispose();
const { type, bytesPerToken } = workOf(opened);
console.log(
  JSON.stringify({
    model: path,
    type,
    bytesPerToken,
    tokens,
    sequences: sequenceCount,
    at,
    adapters: adapterCount,
    cacheDtype,
    threads,
    wholeSeconds,
    sumSeconds: sum,
    emptyCallSeconds: empty,
    rows,
  }),
);
