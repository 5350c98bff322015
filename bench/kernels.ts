/**
 * Single-thread speed of the example kernels, as shares of ceilings measured by generated kernels on the same
 * machine: npx tsx --conditions=cria-source bench/kernels.ts [--quick]. The last line is one JSON object.
 */

import { Random } from "../src/base/random.ts";
import { type Kernel, type Parameters, writeArguments } from "../src/engine/jit/builder.ts";
import { compileModule, instantiateKernels, mapKernels } from "../src/engine/jit/execution.ts";
import { detectFeatures, nativeTargets } from "../src/engine/jit/features.ts";
import type { Program } from "../src/engine/jit/ir.ts";
import { type Target, wasm } from "../src/engine/jit/target.ts";
import { dotPeak, fmaPeak, OPERATIONS_PER_TURN, readMemory } from "../src/measure/ceiling-kernels.ts";
import type { NativeMachine } from "../src/platform/native.ts";
import { openNative } from "../src/platform/node-native.ts";
import { matvecF32 } from "../test/example-kernels/dot.ts";
import { BLOCK, matmulQ4, packTile, tileBlockBytes } from "../test/example-kernels/matmul-q4.ts";
import { exactDot, interleave, randomActivations, randomRows } from "../test/example-kernels/q4-data.ts";

const quick = process.argv.includes("--quick");
const REPEATS = quick ? 3 : 9;
/** Weights far larger than any cache, and a smaller set for many tokens. */
const STREAM_BYTES = quick ? 256e6 : 768e6;
const COLUMNS = 2048;
const BLOCKS = COLUMNS / BLOCK;

interface Bench {
  readonly target: Target;
  readonly bytes: Uint8Array;
  readonly base: bigint;
  prepare(program: Program): (block: bigint) => void;
}

function nativeBench(native: NativeMachine, target: Target, byteLength: number): Bench {
  const memory = native.allocate(byteLength);
  return {
    target,
    bytes: new Uint8Array(memory.buffer),
    base: memory.address,
    prepare: (program) => {
      const kernels = mapKernels(native, target, [program]);
      return (block) => kernels.run(0, block);
    },
  };
}

function wasmBench(target: Target, byteLength: number): Bench {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(byteLength / 65536) });
  return {
    target,
    bytes: new Uint8Array(memory.buffer),
    base: 0n,
    prepare: (program) => {
      const kernels = instantiateKernels(compileModule([program], false), [program.name], { memory });
      return (block) => kernels.run(0, Number(block));
    },
  };
}

/** Processor time of this process in seconds; unlike the clock, it excludes other programs. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Median seconds of one call. */
function time(run: () => void): number {
  run();
  const seconds = Array.from({ length: REPEATS }, () => {
    const start = processorSeconds();
    run();
    return processorSeconds() - start;
  }).sort((a, b) => a - b);
  return seconds[seconds.length >> 1];
}

const BLOCK_OFFSET = 0;
const X = 4096;

function call<P extends Parameters>(
  bench: Bench,
  kernel: Kernel<P>,
  values: Record<keyof P & string, number>,
): () => void {
  const run = bench.prepare(kernel.build(bench.target));
  const view = new DataView(bench.bytes.buffer);
  const placed = Object.fromEntries(
    Object.entries(kernel.parameters).map(([name, kind]) => [
      name,
      kind === "ptr" ? BigInt(values[name]) + bench.base : values[name],
    ]),
  );
  writeArguments(kernel as Kernel, view, BLOCK_OFFSET, placed as Record<string, number | bigint>);
  return () => run(bench.base + BigInt(BLOCK_OFFSET));
}

interface Ceilings {
  readonly readGBs: number;
  readonly dotTops: number;
  readonly fmaGflops: number;
}

const TURNS = 200_000;

/** Integer operations per second of dot products only, in units of 10^12. */
function dotTops(bench: Bench): number {
  const seconds = time(call(bench, dotPeak, { out: X, turns: TURNS }));
  return (OPERATIONS_PER_TURN(bench.target.lanes, 8) * TURNS) / seconds / 1e12;
}

function ceilings(bench: Bench, streamBytes: number): Ceilings {
  const { lanes } = bench.target;
  const lines = streamBytes >> 6;
  const read = time(call(bench, readMemory, { from: DATA, out: X, lines: lines - (lines % 16) }));
  const fma = time(call(bench, fmaPeak, { out: X, turns: TURNS }));
  return {
    readGBs: streamBytes / read / 1e9,
    dotTops: dotTops(bench),
    fmaGflops: (OPERATIONS_PER_TURN(lanes, 2) * TURNS) / fma / 1e9,
  };
}

/** Weights begin here; activations and results are stored below. */
const DATA = 16 << 20;
const SCALES = X + (4 << 20);
const OFFSETS = SCALES + (2 << 20);
const OUT = OFFSETS + (2 << 20);

/** Fills the whole region with copies of some random tiles, and returns their rows for the check. */
function fillWeights(bench: Bench, streamBytes: number): Uint8Array[] {
  const { lanes } = bench.target;
  const rows = randomRows(16 * lanes, BLOCKS, 1);
  const tileBytes = BLOCKS * tileBlockBytes(lanes);
  for (let t = 0; t < 16; t++)
    packTile(rows.slice(t * lanes, (t + 1) * lanes), BLOCKS, bench.bytes.subarray(DATA + t * tileBytes));
  const patternBytes = 16 * tileBytes;
  for (let at = patternBytes; at + patternBytes <= streamBytes; at += patternBytes)
    bench.bytes.copyWithin(DATA + at, DATA, DATA + patternBytes);
  return rows;
}

/** Normal numbers: arbitrary bits would be full of subnormals, which are slow. */
function fillFloats(bench: Bench, streamBytes: number): void {
  const random = new Random(2);
  const floats = Float32Array.from({ length: 1 << 18 }, () => random.normal());
  const pattern = new Uint8Array(floats.buffer);
  for (let at = 0; at + pattern.byteLength <= streamBytes; at += pattern.byteLength)
    bench.bytes.set(pattern, DATA + at);
  bench.bytes.set(pattern.subarray(0, 4 * COLUMNS), X);
}

function setActivations(bench: Bench, tokens: number, groups: number): void {
  for (let g = 0; g < groups; g++) {
    const own = Array.from({ length: tokens }, (_, t) => randomActivations(BLOCKS, g * tokens + t));
    const { q, scales, offsets } = interleave(own, BLOCKS);
    bench.bytes.set(new Uint8Array(q.buffer), X + g * q.byteLength);
    bench.bytes.set(new Uint8Array(scales.buffer), SCALES + g * scales.byteLength);
    bench.bytes.set(new Uint8Array(offsets.buffer), OFFSETS + g * offsets.byteLength);
  }
}

interface MatmulRun {
  readonly tokens: number;
  readonly groups: number;
  readonly tiles: number;
}

/** Median seconds of a matmul; throws if a result is wrong. */
function matmul(bench: Bench, rows: readonly Uint8Array[], { tokens, groups, tiles }: MatmulRun): number {
  const { lanes } = bench.target;
  setActivations(bench, tokens, groups);
  const outStride = 4 * tiles * lanes;
  const run = call(bench, matmulQ4(tokens), {
    weights: DATA,
    x: X,
    scales: SCALES,
    offsets: OFFSETS,
    out: OUT,
    outStride,
    tiles,
    blocks: BLOCKS,
    groups,
  });
  const median = time(run);
  const view = new DataView(bench.bytes.buffer);
  const last = tokens * groups - 1;
  for (const row of [0, 1, 16 * lanes - 1]) {
    const expected = exactDot(rows[row], randomActivations(BLOCKS, last), BLOCKS);
    const actual = view.getFloat32(OUT + last * outStride + 4 * row, true);
    if (!(Math.abs(actual - expected) <= 1e-5 * (1 + Math.abs(expected))))
      throw new Error(`${bench.target.name}: row ${row} is ${actual}, expected ${expected}`);
  }
  return median;
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

function report(bench: Bench, streamBytes: number, tokenCounts: readonly number[]): Record<string, unknown> {
  const { target } = bench;
  const rows = fillWeights(bench, streamBytes);
  const limit = ceilings(bench, streamBytes);
  const tileBytes = BLOCKS * tileBlockBytes(target.lanes);
  const streamTiles = Math.floor(streamBytes / tileBytes / 16) * 16;
  // Few enough rows that the results of many tokens fit their memory.
  const one = matmul(bench, rows, { tokens: 1, groups: 1, tiles: streamTiles });
  const oneGBs = (streamTiles * tileBytes) / one / 1e9;
  console.log(
    `${target.name}: read ${limit.readGBs.toFixed(1)} GB/s, int8 dot ${limit.dotTops.toFixed(2)} Tops,`,
  );
  console.log(`  f32 fma ${limit.fmaGflops.toFixed(0)} GFLOP/s`);
  console.log(
    `  Q4_0, 1 token: ${oneGBs.toFixed(1)} GB/s of weights = ${percent(oneGBs / limit.readGBs)} of read`,
  );
  const many = tokenCounts.map((tokens) => {
    const groups = Math.floor(192 / tokens);
    const tiles = 2048 / target.lanes;
    const seconds = matmul(bench, rows, { tokens, groups, tiles });
    const gops = (2 * tokens * groups * tiles * target.lanes * COLUMNS) / seconds / 1e9;
    // Clock rates change with the load: compare with a ceiling measured at the same time.
    const share = gops / 1000 / dotTops(bench);
    console.log(
      `  Q4_0, ${tokens * groups} tokens, ${tokens} at once: ${gops.toFixed(0)} Gops = ${percent(share)} of dot`,
    );
    return { tokens, gops, share };
  });
  const f32Rows = Math.floor(streamBytes / (4 * COLUMNS));
  fillFloats(bench, streamBytes);
  const matvec = time(
    call(bench, matvecF32, { weights: DATA, x: X, out: OUT, rows: f32Rows, columns: COLUMNS }),
  );
  const f32GBs = (f32Rows * 4 * COLUMNS) / matvec / 1e9;
  console.log(`  F32 matvec: ${f32GBs.toFixed(1)} GB/s = ${percent(f32GBs / limit.readGBs)} of read`);
  return {
    ceilings: limit,
    q4OneToken: { gbs: oneGBs, share: oneGBs / limit.readGBs },
    q4ManyTokens: many,
    f32Matvec: { gbs: f32GBs, share: f32GBs / limit.readGBs },
  };
}

function main(): void {
  const results: Record<string, unknown> = {};
  let cpu = "unknown";
  try {
    const native = openNative();
    cpu = detectFeatures(native).name;
    for (const target of nativeTargets(native)) {
      const bench = nativeBench(native, target, DATA + STREAM_BYTES + (1 << 20));
      results[target.isa] = report(bench, STREAM_BYTES, target.isa === "avx512" ? [8, 12, 13] : [3, 4, 5]);
    }
  } catch (error) {
    console.log(`native code cannot run here: ${(error as Error).message}`);
  }
  results.wasm = report(wasmBench(wasm(), DATA + STREAM_BYTES + (1 << 20)), STREAM_BYTES, [2, 4, 6]);
  console.log(JSON.stringify({ cpu, columns: COLUMNS, results }));
}

main();
