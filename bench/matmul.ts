/**
 * Speed of the matrix products, type by type, as shares of ceilings measured in the same run:
 *
 *     npx tsx --conditions=cria-source bench/matmul.ts [--types Q4_0,F16] [--threads N] [--target avx2] [--quick] \
 *       [--resident] [--from-file]
 *
 * One token: bytes of weights per second; the weights are copies that together exceed every cache, or with --resident
 * one small matrix in the second-level cache, which shows the arithmetic's limit. With --from-file the weights stay in the
 * file's layout, as in the first steps of a process. 512 tokens:
 * operations per second. With one thread, times are processor time, which excludes other programs of a busy
 * machine; with more threads they are the best wall-clock times. --target wasm runs on this thread. The last line is
 * one JSON object.
 */
import { type DType, dtypeInfo, tensorByteLength } from "../src/base/dtypes.ts";
import { Random } from "../src/base/random.ts";
import { NativeHost } from "../src/engine/backend/native/native-host.ts";
import { CallTable, type PlacedLaunch } from "../src/engine/backend/program/call-table.ts";
import type { KernelHost, Region } from "../src/engine/backend/program/kernel-host.ts";
import { WasmHost } from "../src/engine/backend/wasm/wasm-host.ts";
import { Graph, type Node } from "../src/engine/graph/graph.ts";
import { activationRowBytes, encodeActivations } from "../src/engine/graph/ops/activation-blocks.ts";
import { matmul } from "../src/engine/graph/ops/matmul.ts";
import { MATMUL_Q8 } from "../src/engine/graph/ops/matmul-q8.ts";
import { hasRelaxedSimd, nativeTargets } from "../src/engine/jit/features.ts";
import { wasm } from "../src/engine/jit/target.ts";
import { int, type Launch, output, type Packing } from "../src/engine/kernels/launch.ts";
import { MATMUL_ROWS } from "../src/engine/kernels/matmul/index.ts";
import { QUANTISED_TYPES } from "../src/engine/kernels/matmul/quantised/types/table.ts";
import { dotPeak, fmaPeak, OPERATIONS_PER_TURN } from "../src/measure/ceiling-kernels.ts";
import { measureRead } from "../src/measure/ceilings.ts";
import { openNative } from "../src/platform/node-native.ts";
import { startNativeThreads } from "../src/platform/node-native-threads.ts";
import { wasmPlatform } from "../src/platform/node-wasm.ts";
import { randomBlocks } from "../test/support/random-blocks.ts";

const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const quick = process.argv.includes("--quick");
const resident = process.argv.includes("--resident");
const fromFile = process.argv.includes("--from-file");
const threads = Number(option("threads") ?? 1);
const REPEATS = quick ? 3 : 7;
const STREAM_BYTES = resident ? 2e9 : quick ? 96e6 : 320e6;
const SHAPES = resident
  ? [[256, 2048]]
  : quick
    ? [[2048, 2048]]
    : [
        [2048, 2048],
        [5632, 2048],
        [2048, 5632],
      ];
const TOKENS = Number(option("tokens") ?? 512);
const FLOATS: readonly DType[] = ["F32", "F16", "BF16"];
const types = (option("types")?.split(",") ?? [...QUANTISED_TYPES.keys(), ...FLOATS]) as DType[];

const native = openNative();
const targets = nativeTargets(native);
const isWasm = option("target") === "wasm";
if (isWasm) wasmPlatform.allowRelaxedSimd?.();
const target = isWasm
  ? wasm({ relaxed: hasRelaxedSimd() })
  : (targets.find(({ name }) => name === option("target")) ?? targets[0]);
const host: KernelHost = isWasm
  ? new WasmHost(target)
  : new NativeHost(target, native, startNativeThreads(threads));

/** Best seconds of a run: processor time for one thread, else wall-clock time. */
async function best(launches: readonly PlacedLaunch[]): Promise<number> {
  using table = new CallTable(host, launches);
  await table.run(new Map());
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < REPEATS; i++) {
    const [clock, processor] = [performance.now(), process.cpuUsage()];
    await table.run(new Map());
    const wall = (performance.now() - clock) / 1e3;
    const { user, system } = process.cpuUsage(processor);
    least = Math.min(least, threads === 1 ? (user + system) / 1e6 : wall);
  }
  return least;
}

const place = (launch: Launch, inputs: readonly bigint[], to: bigint): PlacedLaunch => ({
  ...launch,
  inputs,
  outputs: [to],
  barrierBefore: false,
});

async function ceilings() {
  const turns = quick ? 200_000 : 1_000_000;
  const out = host.allocate(65536);
  const peak = (kernel: typeof dotPeak) =>
    best([
      place({ kernel: kernel as never, arguments: { out: output, turns: int(turns) } }, [], out.address),
    ]);
  const dot = await peak(dotPeak);
  const fma = await peak(fmaPeak);
  const operations = (each: 8 | 2) => OPERATIONS_PER_TURN(target.lanes, each) * turns * threads;
  return {
    readGBs: await measureRead(host, { joins: true }),
    dotGops: operations(8) / dot / 1e9,
    fmaGflops: operations(2) / fma / 1e9,
  };
}

interface Operands {
  readonly node: Node;
  readonly x: Uint8Array;
}

/** Operands of a product of this type, with random activations. */
function product(dtype: DType, rows: number, columns: number, tokens: number): Operands {
  const random = new Random(1);
  const graph = new Graph();
  const weight = graph.param("w", [rows, columns], dtype);
  const values = Float32Array.from({ length: tokens * columns }, () => random.normal());
  if (FLOATS.includes(dtype))
    return {
      node: matmul(graph.input("x", [tokens, columns], "F32"), weight, "NT"),
      x: new Uint8Array(values.buffer),
    };
  const rowBytes = activationRowBytes(columns);
  const x = new Uint8Array(tokens * rowBytes);
  for (let t = 0; t < tokens; t++)
    encodeActivations(values.subarray(t * columns, (t + 1) * columns), x, t * rowBytes);
  return { node: graph.apply(MATMUL_Q8, [graph.param("x", [tokens, rowBytes], "I8"), weight], undefined), x };
}

function weightBytes(dtype: DType, rows: number, columns: number): Uint8Array {
  const random = new Random(2);
  const bytes = tensorByteLength(dtype, [rows, columns]) as number;
  if (dtype === "F32")
    return new Uint8Array(Float32Array.from({ length: rows * columns }, () => random.normal()).buffer);
  if (!FLOATS.includes(dtype)) return randomBlocks(random, dtype, bytes / dtypeInfo(dtype).blockBytes);
  // 16-bit floats of moderate size: random mantissas, exponents near that of 1.
  return new Uint8Array(
    Uint16Array.from({ length: rows * columns }, () => 0x3800 + random.below(0x400)).buffer,
  );
}

async function prepared(bytes: Uint8Array, packing: Packing | undefined): Promise<Region> {
  const source = host.allocate(bytes.byteLength);
  source.bytes().set(bytes);
  if (packing === undefined || fromFile) return source;
  const packed = host.allocate(packing.byteLength);
  using table = new CallTable(host, [place(packing.launch, [source.address], packed.address)]);
  await table.run(new Map());
  source.dispose();
  return packed;
}

async function measure(dtype: DType, rows: number, columns: number, tokens: number, bytes: Uint8Array) {
  const { node, x } = product(dtype, rows, columns, tokens);
  const row = MATMUL_ROWS.find(
    (candidate) => candidate.op === node.op?.name && candidate.launch(node, target),
  );
  const launch = row?.launch(node, target);
  if (row === undefined || launch === undefined) return undefined;
  const packing = row.packing?.(node, target);
  const weights = await prepared(bytes, packing);
  const copies =
    resident || tokens === 1 ? Math.ceil(STREAM_BYTES / weights.byteLength / (resident ? tokens : 1)) : 1;
  const rest = Array.from({ length: copies - 1 }, () => {
    if (resident) return weights;
    const copy = host.allocate(weights.byteLength);
    copy.bytes().set(weights.bytes());
    return copy;
  });
  const all = [weights, ...rest];
  const input = host.allocate(x.byteLength);
  input.bytes().set(x);
  const out = host.allocate(4 * rows * tokens);
  const seconds =
    (await best(
      all.map(({ address }) => ({
        ...place(launch, [input.address, address], out.address),
        weight: { input: 1, place: { address, inFile: fromFile } },
      })),
    )) / copies;
  for (const region of new Set([...all, input, out])) region.dispose();
  return { seconds, bytes: weights.byteLength, operations: 2 * rows * columns * tokens };
}

const limit = await ceilings();
const percent = (share: number): string => `${(100 * share).toFixed(0).padStart(3)} %`;
console.log(
  `${target.name}, ${threads} thread(s): read ${limit.readGBs.toFixed(1)} GB/s, int8 dot ${limit.dotGops.toFixed(0)} Gops, f32 fma ${limit.fmaGflops.toFixed(0)} GFLOP/s`,
);
const results: Record<string, unknown>[] = [];
for (const dtype of types) {
  for (const [rows, columns] of SHAPES) {
    const bytes = weightBytes(dtype, rows, columns);
    const one = await measure(dtype, rows, columns, 1, bytes);
    const many = await measure(dtype, rows, columns, TOKENS, bytes);
    if (one === undefined || many === undefined) continue;
    const GBs = one.bytes / one.seconds / 1e9;
    const Gops = many.operations / many.seconds / 1e9;
    const top = FLOATS.includes(dtype) ? limit.fmaGflops : limit.dotGops;
    console.log(
      `${dtype.padEnd(7)} ${rows} × ${columns}  1 token ${GBs.toFixed(1).padStart(5)} GB/s = ${percent(GBs / limit.readGBs)}   ` +
        `${TOKENS} tokens ${Gops.toFixed(0).padStart(5)} Gops = ${percent(Gops / top)}`,
    );
    results.push({
      dtype,
      rows,
      columns,
      GBs,
      readShare: GBs / limit.readGBs,
      tokens: TOKENS,
      Gops,
      share: Gops / top,
    });
  }
}
host.dispose();
console.log(JSON.stringify({ target: target.name, threads, ceilings: limit, results }));
