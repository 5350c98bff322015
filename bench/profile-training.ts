/**
 * Profile of a training step, kernel by kernel, on one thread in processor time (the machine may be shared):
 *
 *     npx tsx --conditions=cria-source bench/profile-training.ts [--shape d288] [--target avx512] [--repeat 3] \
 *       [--precision bf16]
 *
 * The least of the repeats counts. The share of the ceiling is that of the whole step's operations; for products it is
 * also given per kernel. The last line is one JSON object.
 */
import { kernelBackend } from "../src/engine/backend/program/kernel-backend.ts";
import type { MatmulPrecision } from "../src/engine/graph/ops/matmul-precision.ts";
import { nativeTargets } from "../src/engine/jit/features.ts";
import { measureCeilings, productCeiling } from "../src/measure/ceilings.ts";
import { BENCH_OPTIMISER, benchBatch, trainingShape } from "../src/measure/training.ts";
import { openNative } from "../src/platform/node-native.ts";
import { startNativeThreads } from "../src/platform/node-native-threads.ts";
import { flopsPerToken, initialiseWeights, ModelStates } from "../src/train/index.ts";
import { option } from "./options.ts";
import { ProfilingHost } from "./profiling-host.ts";

const shape = option("shape", "d288");
const repeat = Number(option("repeat", "3"));
const precision = option("precision", "f32") as MatmulPrecision;
const length = option("length");
const machine = openNative();
const wanted = option("target");
const target = nativeTargets(machine).find(({ isa }) => wanted === undefined || isa === wanted);
if (target === undefined) throw new Error(`this machine has no ${wanted}`);
const host = new ProfilingHost(target, machine, startNativeThreads(1));
host.usesProcessorTime = true;
const ceilings = await measureCeilings(host, { readBytes: 1 << 26, repeats: 9 });
const ceiling = productCeiling(ceilings, precision) ?? Number.NaN;
const backend = kernelBackend(host, target.isa, target.name);
const sizes = trainingShape(shape, length === undefined ? undefined : Number(length));
const tokens = sizes.rows * sizes.length;
const model = await ModelStates.create(backend, sizes.config, {
  tokens,
  optimiser: BENCH_OPTIMISER,
  precision,
});
initialiseWeights(sizes.config, model.weights(), 1);
const batch = benchBatch(sizes);
let step = 0;
const run = () => model.step([batch], { step: ++step, learningRate: 1e-4 });
await run();
const profiles: Map<string, number>[] = [];
for (let i = 0; i < repeat; i++) {
  host.seconds = new Map();
  host.calls.clear();
  await run();
  profiles.push(host.seconds);
}
host.seconds = undefined;
const least = new Map(
  [...profiles[0].keys()].map((name) => [
    name,
    Math.min(...profiles.map((profile) => profile.get(name) ?? Number.POSITIVE_INFINITY)),
  ]),
);
const total = [...least.values()].reduce((sum, seconds) => sum + seconds, 0);
const operations = tokens * flopsPerToken(sizes.config, sizes.length);
for (const [name, seconds] of [...least].sort(([, a], [, b]) => b - a)) {
  const share = ((100 * seconds) / total).toFixed(1).padStart(5);
  console.log(
    `${name.padEnd(28)} ${String(host.calls.get(name)).padStart(4)} × ${(1000 * seconds).toFixed(1).padStart(8)} ms ${share} %`,
  );
}
const gflops = operations / total / 1e9;
console.log(
  `all ${(1000 * total).toFixed(1)} ms, ${(tokens / total).toFixed(0)} tokens/s, ${gflops.toFixed(1)} of ${ceiling.toFixed(1)} GFLOP/s`,
);
console.log(
  JSON.stringify({
    bench: "profile-training",
    shape,
    target: target.name,
    tokensPerSecond: tokens / total,
    gflops,
    ceilingGflops: ceiling,
    shareOfCeiling: gflops / ceiling,
    keep: model.keep,
    seconds: Object.fromEntries(least),
  }),
);
process.exit(0);
