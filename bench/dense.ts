/**
 * Speed of products of two computed matrices, as in training, as a share of the precision's measured ceiling:
 *
 *     npx tsx --conditions=cria-source bench/dense.ts [--target avx2] [--threads 2] [--repeat 20] [--only NT] [--precision bf16]
 *
 * Shapes are those of a layer of 256, of 288 and of 768 columns, forward (NT), to the input (NN) and to the weight (TN). With one
 * thread, times are processor time. The best of several runs counts. The last line is one JSON object.
 */
import { Random } from "../src/base/random.ts";
import { NativeHost } from "../src/engine/backend/native/native-host.ts";
import { CallTable, type PlacedLaunch } from "../src/engine/backend/program/call-table.ts";
import { Graph, type Node } from "../src/engine/graph/graph.ts";
import { type MatmulForm, matmul } from "../src/engine/graph/ops/matmul.ts";
import type { MatmulPrecision } from "../src/engine/graph/ops/matmul-precision.ts";
import { nativeTargets } from "../src/engine/jit/features.ts";
import { DENSE_ROW } from "../src/engine/kernels/matmul/dense/product.ts";
import { measureCeilings, productCeiling } from "../src/measure/ceilings.ts";
import { openNative } from "../src/platform/node-native.ts";
import { startNativeThreads } from "../src/platform/node-native-threads.ts";
import { option } from "./options.ts";

const threads = Number(option("threads", "1"));
const repeat = Number(option("repeat", "20"));
const precision = option("precision", "f32") as MatmulPrecision;
const only = new RegExp(option("only", ""));

/** Name, form, rows, columns, terms. */
const SHAPES: readonly (readonly [string, MatmulForm, number, number, number])[] = [
  ["256 forward", "NT", 4096, 256, 256],
  ["256 to weight", "TN", 256, 256, 4096],
  ["256 gate forward", "NT", 4096, 768, 256],
  ["256 down to weight", "TN", 256, 768, 4096],
  ["256 head forward", "NT", 1024, 4096, 256],
  ["288 forward", "NT", 2048, 288, 288],
  ["288 to input", "NN", 2048, 288, 288],
  ["288 to weight", "TN", 288, 288, 2048],
  ["288 gate forward", "NT", 2048, 768, 288],
  ["288 gate to input", "NN", 2048, 288, 768],
  ["288 gate to weight", "TN", 768, 288, 2048],
  ["288 head forward", "NT", 512, 4096, 288],
  ["288 head to input", "NN", 512, 288, 4096],
  ["288 head to weight", "TN", 4096, 288, 512],
  ["768 forward", "NT", 512, 768, 768],
  ["768 to input", "NN", 512, 768, 768],
  ["768 to weight", "TN", 768, 768, 512],
  ["768 gate forward", "NT", 512, 2048, 768],
  ["768 gate to weight", "TN", 2048, 768, 512],
  ["768 head forward", "NT", 512, 32000, 768],
  ["768 head to input", "NN", 512, 768, 32000],
  ["768 head to weight", "TN", 32000, 768, 512],
];

const machine = openNative();
const [best] = nativeTargets(machine);
const wanted = option("target", best.isa);
const target = nativeTargets(machine).find(({ isa }) => isa === wanted);
if (target === undefined) throw new Error(`this machine has no ${wanted}`);
const host = new NativeHost(target, machine, startNativeThreads(threads));
const ceilings = await measureCeilings(host, { readBytes: 1 << 26, repeats: 9 });

function product(form: MatmulForm, rows: number, columns: number, depth: number): Node {
  const graph = new Graph();
  const first = form === "TN" ? [depth, rows] : [rows, depth];
  const second = form === "NT" ? [columns, depth] : [depth, columns];
  return matmul(graph.input("a", first, "F32"), graph.input("b", second, "F32"), form, { precision });
}

const random = new Random(3);
const values = Float32Array.from({ length: 1 << 20 }, () => random.normal());

async function measure(node: Node): Promise<number> {
  const launch = DENSE_ROW.launch(node, target!);
  if (launch === undefined) throw new Error("no kernel");
  const regions = [...node.inputs, node].map(({ shape }) => {
    const region = host.allocate(4 * (shape[0] as number) * (shape[1] as number));
    const bytes = region.bytes();
    const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    for (let at = 0; at < floats.length; at += values.length)
      floats.set(values.subarray(0, Math.min(values.length, floats.length - at)), at);
    return region;
  });
  const [a, b, out] = regions.map(({ address }) => address);
  const placed: PlacedLaunch = { ...launch, inputs: [a, b], outputs: [out], barrierBefore: false };
  using table = new CallTable(host, [placed]);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeat; i++) {
    const [cpu, from] = [process.cpuUsage(), performance.now()];
    await table.run(new Map());
    const { user, system } = process.cpuUsage(cpu);
    least = Math.min(least, threads === 1 ? (user + system) / 1e6 : (performance.now() - from) / 1e3);
  }
  for (const region of regions) region.dispose();
  return least;
}

const results = [];
const ceiling = productCeiling(ceilings, precision);
if (ceiling === undefined) throw new Error(`this machine has no ${precision}`);
console.log(`${target.name}, ${threads} threads, ${precision} ceiling ${ceiling.toFixed(0)} GFLOP/s`);
for (const [name, form, rows, columns, depth] of SHAPES) {
  if (!only.test(`${name} ${form}`)) continue;
  const seconds = await measure(product(form, rows, columns, depth));
  const gflops = (2 * rows * columns * depth) / seconds / 1e9;
  const share = gflops / ceiling;
  results.push({ name, form, rows, columns, depth, gflops, share });
  console.log(
    `${name.padEnd(20)} ${form} ${`${rows}×${columns}×${depth}`.padEnd(16)} ${gflops.toFixed(0).padStart(6)} GFLOP/s ${(100 * share).toFixed(0).padStart(4)} %`,
  );
}
console.log(JSON.stringify({ target: target.name, threads, precision, ceilingGflops: ceiling, results }));
host.dispose();
