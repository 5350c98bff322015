/**
 * Speed of attention over the paged cache on one thread, as shares of ceilings measured in the same run:
 *
 *     npx tsx --conditions=cria-source bench/attention.ts [--target avx2] [--cache F16] [--quick]
 *
 * A prompt: operations per second (4 · slots seen · head size, per query head). One token: bytes of keys and
 * values per second; caches change from call to call, together larger than the processor's caches. Times are
 * the best of several runs of processor time. The last line is one JSON object.
 */
import { type DType, tensorByteLength } from "../src/base/dtypes.ts";
import { Graph, type Node } from "../src/engine/graph.ts";
import { type Kernel, writeArguments } from "../src/engine/kernel/builder.ts";
import { fmaPeak, OPERATIONS_PER_TURN, readMemory } from "../src/engine/kernel/examples/ceilings.ts";
import { mapKernels } from "../src/engine/kernel/execution.ts";
import { nativeTargets } from "../src/engine/kernel/features.ts";
import { PAGED_ATTENTION_ROW } from "../src/engine/kernels/attention/paged-attention.ts";
import type { KernelArgument } from "../src/engine/kernels/launch.ts";
import { PAGED_ATTENTION, type PagedHeadLayout } from "../src/engine/ops/paged-attention.ts";
import { openNative } from "../src/platform/node-native.ts";

const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const wanted = option("target");
const dtype = (option("cache") ?? "F32") as DType;
const quick = process.argv.includes("--quick");
const REPEATS = quick ? 5 : 20;
const STREAM_BYTES = quick ? 400e6 : 800e6;
const PAGE_SIZE = 32;

const native = openNative();
const targets = nativeTargets(native);
const target = targets.find(({ name }) => name === wanted) ?? targets[0];

/** Best seconds per call of processor time, over calls long enough for its clock. */
function best(calls: number, run: (call: number) => void): number {
  run(0);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < REPEATS; i++) {
    const { user, system } = process.cpuUsage();
    for (let call = 0; call < calls; call++) run(call);
    const after = process.cpuUsage();
    least = Math.min(least, (after.user + after.system - user - system) / 1e6 / calls);
  }
  return least;
}

function compiled(kernel: Kernel): (values: Record<string, number | bigint>) => () => void {
  const kernels = mapKernels(native, target, [kernel.build(target)]);
  return (values) => {
    const block = native.allocate(kernel.blockBytes);
    writeArguments(kernel, new DataView(block.buffer), 0, values);
    return () => kernels.run(0, block.address);
  };
}

function attentionNode(heads: PagedHeadLayout, slots: number): Node {
  const { nHeads, nKvHeads, headDim } = heads;
  const graph = new Graph();
  const T = graph.symbol("T", slots);
  const cache = (name: string) => graph.state(name, [slots, nKvHeads * headDim], dtype);
  return graph.apply(
    PAGED_ATTENTION,
    [
      graph.input("q", [T, nHeads * headDim], "F32"),
      cache("keys"),
      cache("values"),
      graph.input("pages", [1, slots / PAGE_SIZE], "I32", slots),
      graph.input("sequences", [T], "I32", 1),
      graph.input("positions", [T], "I32", slots),
    ],
    heads,
  );
}

function fill(byteLength: number, asType: DType = "F32"): bigint {
  const memory = native.allocate(byteLength);
  // Halves of 1, and integers and scales of small numbers: nothing subnormal, which would be slow.
  if (asType !== "F32") return new Uint16Array(memory.buffer).fill(0x3c00) && memory.address;
  const floats = new Float32Array(memory.buffer);
  for (let i = 0; i < floats.length; i++) floats[i] = ((i * 2654435761) % 1000) / 500 - 1;
  return memory.address;
}
function integers(values: Int32Array): bigint {
  const memory = native.allocate(values.byteLength);
  new Int32Array(memory.buffer).set(values);
  return memory.address;
}

/** Seconds for `tokens` tokens that end at slot `slots`. */
function measure(heads: PagedHeadLayout, tokens: number, slots: number): number {
  const node = attentionNode(heads, slots);
  const launch = PAGED_ATTENTION_ROW.launch(node, target);
  if (launch === undefined) throw new Error("no kernel");
  const cacheBytes = tensorByteLength(dtype, node.inputs[1].shape as number[]) as number;
  const caches = tokens === 1 ? Math.max(1, Math.ceil(STREAM_BYTES / (2 * cacheBytes))) : 1;
  const q = fill(4 * tokens * heads.nHeads * heads.headDim);
  const [keys, values] = [fill(caches * cacheBytes, dtype), fill(caches * cacheBytes, dtype)];
  const pages = integers(Int32Array.from({ length: slots / PAGE_SIZE }, (_, i) => i));
  const sequences = integers(new Int32Array(tokens));
  const positions = integers(Int32Array.from({ length: tokens }, (_, i) => slots - tokens + i));
  const out = fill(4 * tokens * heads.nHeads * heads.headDim);
  const counters = native.allocate(64);
  const scratch = fill(1 << 20);
  const prepare = compiled(launch.kernel);
  const runs = Array.from({ length: caches }, (_, i) => {
    const offset = BigInt(i * cacheBytes);
    const inputs = [q, keys + offset, values + offset, pages, sequences, positions];
    const resolve = (argument: KernelArgument): number | bigint => {
      if (argument.kind === "input") return inputs[argument.input];
      if (argument.kind === "output") return out;
      if (argument.kind === "tasks") return counters.address;
      if (argument.kind === "scratch") return scratch;
      if (argument.kind === "f32") return argument.value;
      return argument.kind === "int" && typeof argument.value === "number" ? argument.value : tokens;
    };
    return prepare(
      Object.fromEntries(Object.entries(launch.arguments).map(([name, value]) => [name, resolve(value)])),
    );
  });
  const counts = new Int32Array(counters.buffer);
  return best(tokens === 1 ? caches : 1, (call) => {
    counts.fill(0);
    runs[call]();
  });
}

function ceilings(): { gflops: number; readGBs: number } {
  const out = fill(4096);
  const turns = 1_000_000;
  const fma = compiled(fmaPeak)({ out, turns });
  const lines = (STREAM_BYTES >> 6) & ~15;
  const read = compiled(readMemory)({ from: fill(STREAM_BYTES), out, lines });
  return {
    gflops: (OPERATIONS_PER_TURN(target.lanes, 2) * turns) / best(1, fma) / 1e9,
    readGBs: (64 * lines) / best(1, read) / 1e9,
  };
}

const MODELS = [
  { nHeads: 32, nKvHeads: 4, headDim: 64 },
  { nHeads: 32, nKvHeads: 32, headDim: 128 },
] as const;

const limit = ceilings();
console.log(
  `${target.name}, cache ${dtype}: fma ${limit.gflops.toFixed(0)} GFLOP/s, memory ${limit.readGBs.toFixed(1)} GB/s (one thread)`,
);
const results = MODELS.flatMap((model) => {
  const heads = { ...model, pageSize: PAGE_SIZE, window: Number.POSITIVE_INFINITY, scale: 0.1 };
  const { nHeads, nKvHeads, headDim } = heads;
  const name = `${nHeads}/${nKvHeads} heads of ${headDim}`;
  const prompt = measure(heads, 512, 512);
  const gflops = (4 * headDim * nHeads * (512 * 513)) / 2 / prompt / 1e9;
  console.log(
    `${name}, prompt 512: ${(1e3 * prompt).toFixed(2)} ms, ${gflops.toFixed(0)} GFLOP/s, ${((100 * gflops) / limit.gflops).toFixed(0)} % of fma`,
  );
  const tokens = [512, 4096].map((slots) => {
    const seconds = measure(heads, 1, slots);
    const bytes = 2 * (tensorByteLength(dtype, [slots, nKvHeads * headDim]) as number);
    const readGBs = bytes / seconds / 1e9;
    console.log(
      `${name}, one token at ${slots}: ${(1e6 * seconds).toFixed(0)} µs, ${readGBs.toFixed(1)} GB/s, ${((100 * readGBs) / limit.readGBs).toFixed(0)} % of memory`,
    );
    return { slots, seconds, readGBs };
  });
  return { name, prompt: { seconds: prompt, gflops }, tokens };
});
console.log(JSON.stringify({ target: target.name, dtype, ceilings: limit, results }));
