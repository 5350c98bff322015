/**
 * Speed of attention over the paged cache, as shares of ceilings measured in the same run:
 *
 *     npx tsx --conditions=cria-source bench/attention.ts [--target avx2] [--cache F32] [--threads 1] [--repeat 20]
 *         [--only REGEX]
 *
 * `fma`: operations per second (4 · slots seen · head size, per query head). `memory`: bytes of keys and values
 * per second, each counted once per sequence. Steps run one after another through a table of calls, like a
 * program's layers; their caches differ and are together larger than the processor's caches. The best of several runs
 * counts: processor time for one thread, else wall-clock time. The last line is one JSON object.
 */
import { type DType, tensorByteLength } from "../src/base/dtypes.ts";
import { Random } from "../src/base/random.ts";
import { NativeHost } from "../src/engine/backend/native/native-host.ts";
import { CallTable, type PlacedLaunch } from "../src/engine/backend/program/call-table.ts";
import { Graph, type Node } from "../src/engine/graph/graph.ts";
import { PAGED_ATTENTION, type PagedHeadLayout } from "../src/engine/graph/ops/paged-attention.ts";
import { type Kernel, writeArguments } from "../src/engine/jit/builder.ts";
import { nativeTargets } from "../src/engine/jit/features.ts";
import { PAGED_ATTENTION_ROW } from "../src/engine/kernels/attention/paged-attention.ts";
import { fmaPeak, OPERATIONS_PER_TURN, readMemory } from "../src/measure/ceiling-kernels.ts";
import { openNative } from "../src/platform/node-native.ts";
import { startNativeThreads } from "../src/platform/node-native-threads.ts";
import { option } from "./options.ts";

const dtype = option("cache", "F32") as DType;
const threads = Number(option("threads", "1"));
const repeat = Number(option("repeat", "20"));
const only = new RegExp(option("only", ""));
const PAGE_SIZE = 32;
/** Least total bytes of keys and values of consecutive steps. */
const STREAM_BYTES = 200e6;
const MOST_STEPS = 1000;

const native = openNative();
const targets = nativeTargets(native);
const target = targets.find(({ name }) => name === option("target")) ?? targets[0];
const host = new NativeHost(target, native, startNativeThreads(threads));

/** The shortest time of `run`, in seconds. */
async function best(run: () => Promise<void>): Promise<number> {
  await run();
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeat; i++) {
    const [cpu, from] = [process.cpuUsage(), performance.now()];
    await run();
    const wall = (performance.now() - from) / 1e3;
    const { user, system } = process.cpuUsage(cpu);
    least = Math.min(least, threads === 1 ? Math.min(wall, (user + system) / 1e6) : wall);
  }
  return least;
}

function fill(byteLength: number, asType: DType = "F32"): bigint {
  const memory = native.allocate(byteLength);
  // f16 ones, and small integers and scales: no subnormals, which would be slow.
  if (asType !== "F32") return new Uint16Array(memory.buffer).fill(0x3c00) && memory.address;
  const floats = new Float32Array(memory.buffer);
  for (let i = 0; i < floats.length; i++) floats[i] = ((i * 2654435761) % 1000) / 500 - 1;
  return memory.address;
}
function integers(values: Int32Array): bigint {
  const memory = native.allocate(Math.max(4, values.byteLength));
  new Int32Array(memory.buffer).set(values);
  return memory.address;
}

/** Calls a kernel on all threads at once, each with its own arguments. */
function together(kernel: Kernel, values: (thread: number) => Record<string, number | bigint>) {
  const blocks = Array.from({ length: threads }, (_, thread) => {
    const block = native.allocate(kernel.blockBytes);
    writeArguments(kernel, new DataView(block.buffer), 0, values(thread));
    return block.address;
  });
  const address = host.kernel(kernel);
  return () => host.run(address, blocks);
}

async function ceilings(): Promise<{ gflops: number; readGBs: number }> {
  const [turns, lines] = [100_000, (STREAM_BYTES / threads / 64) & ~15];
  const memory = fill(threads * 64 * lines);
  const fma = together(fmaPeak, () => ({ out: fill(4096), turns }));
  const part = (thread: number) => memory + BigInt(thread * 64 * lines);
  const read = together(readMemory, (thread) => ({ from: part(thread), out: fill(4096), lines }));
  return {
    gflops: (threads * OPERATIONS_PER_TURN(target.lanes, 2) * turns) / (await best(fma)) / 1e9,
    readGBs: (threads * 64 * lines) / (await best(read)) / 1e9,
  };
}

/** Tokens of one sequence: their number; the last is at slot `slots` − 1. */
interface Part {
  readonly tokens: number;
  readonly slots: number;
}

interface Case {
  readonly name: string;
  readonly parts: readonly Part[];
}

const seeded = new Random(7);
const one = (slots: number): Case => ({ name: `one token at ${slots}`, parts: [{ tokens: 1, slots }] });
const CASES: readonly Case[] = [
  one(512),
  one(4096),
  one(16384),
  {
    name: "16 sequences at 40 to 500",
    parts: Array.from({ length: 16 }, () => ({ tokens: 1, slots: 40 + seeded.below(461) })),
  },
  {
    name: "one sequence at 8192, 15 at 64",
    parts: Array.from({ length: 16 }, (_, i) => ({ tokens: 1, slots: i === 0 ? 8192 : 64 })),
  },
  { name: "prompt of 16", parts: [{ tokens: 16, slots: 16 }] },
  { name: "prompt of 512", parts: [{ tokens: 512, slots: 512 }] },
  { name: "prompt of 512 at 8192", parts: [{ tokens: 512, slots: 8192 }] },
];

const SHAPES = [
  { nHeads: 8, nKvHeads: 1, headDim: 128 },
  { nHeads: 32, nKvHeads: 4, headDim: 64 },
  { nHeads: 32, nKvHeads: 8, headDim: 128 },
  { nHeads: 32, nKvHeads: 32, headDim: 128 },
] as const;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const pagesOf = ({ slots }: Part): number => Math.ceil(slots / PAGE_SIZE);

function attentionNode(heads: PagedHeadLayout, parts: readonly Part[], pool: number): Node {
  const { nHeads, nKvHeads, headDim } = heads;
  const graph = new Graph();
  const T = graph.symbol("T", sum(parts.map(({ tokens }) => tokens)));
  const cache = (name: string) => graph.state(name, [pool * PAGE_SIZE, nKvHeads * headDim], dtype);
  const pages = Math.max(...parts.map(pagesOf));
  return graph.apply(
    PAGED_ATTENTION,
    [
      graph.input("q", [T, nHeads * headDim], "F32"),
      cache("keys"),
      cache("values"),
      graph.input("pages", [parts.length, pages], "I32", pool),
      graph.input("sequences", [T], "I32", parts.length),
      graph.input("positions", [T], "I32", pages * PAGE_SIZE),
    ],
    heads,
  );
}

/** Page tables of successive steps, each over other pages of the pool; growing sequences take pages alternately. */
function pageTables(parts: readonly Part[], steps: number): Int32Array[] {
  const longest = Math.max(...parts.map(pagesOf));
  let taken = 0;
  return Array.from({ length: steps }, () => {
    const table = new Int32Array(parts.length * longest);
    for (let page = 0; page < longest; page++)
      parts.forEach((part, b) => {
        if (page < pagesOf(part)) table[b * longest + page] = taken++;
      });
    return table;
  });
}

/** Seconds of one step. */
async function measure(heads: PagedHeadLayout, parts: readonly Part[], steps: number): Promise<number> {
  const pool = steps * sum(parts.map(pagesOf));
  const node = attentionNode(heads, parts, pool);
  const tokens = sum(parts.map((part) => part.tokens));
  const launch = PAGED_ATTENTION_ROW.launch(node, target);
  if (launch === undefined) throw new Error("no kernel");
  const rows = fill(4 * tokens * heads.nHeads * heads.headDim);
  const output = fill(4 * tokens * heads.nHeads * heads.headDim);
  const [keys, values] = [1, 2].map((input) => {
    const shape = node.inputs[input].shape as number[];
    return host.allocate(tensorByteLength(dtype, shape) as number);
  });
  for (const { bytes } of [keys, values].map((region) => ({ bytes: region.bytes() })))
    if (dtype === "F32") new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4).fill(0.01);
    else new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2).fill(0x3c00);
  const sequences = integers(
    Int32Array.from(parts.flatMap(({ tokens }, b) => new Array<number>(tokens).fill(b))),
  );
  const positions = integers(
    Int32Array.from(
      parts.flatMap(({ tokens, slots }) => Array.from({ length: tokens }, (_, i) => slots - tokens + i)),
    ),
  );
  const launches = pageTables(parts, steps).map((pages): PlacedLaunch => {
    const inputs = [rows, keys.address, values.address, integers(pages), sequences, positions];
    // A separate launch for each step, as for layers.
    return {
      ...(PAGED_ATTENTION_ROW.launch(node, target) ?? launch),
      inputs,
      outputs: [output],
      barrierBefore: true,
    };
  });
  using table = new CallTable(host, launches);
  const seconds = await best(() => table.run(new Map([["T", tokens]])));
  keys.dispose();
  values.dispose();
  return seconds / steps;
}

const limit = await ceilings();
console.log(
  `${target.name}, cache ${dtype}, ${threads} threads: fma ${limit.gflops.toFixed(0)} GFLOP/s, memory ${limit.readGBs.toFixed(1)} GB/s`,
);
const results: object[] = [];
for (const shape of SHAPES)
  for (const { name, parts } of CASES) {
    const { nHeads, nKvHeads, headDim } = shape;
    const title = `${nHeads}/${nKvHeads} heads of ${headDim}, ${name}`;
    if (!only.test(title)) continue;
    const heads = { ...shape, pageSize: PAGE_SIZE, window: Number.POSITIVE_INFINITY, scale: 0.1 };
    const cached = sum(parts.map(({ slots }) => slots));
    const bytes = 2 * (tensorByteLength(dtype, [cached, nKvHeads * headDim]) as number);
    const seen = sum(parts.map(({ tokens, slots }) => tokens * (slots - (tokens - 1) / 2)));
    const work = 4 * headDim * nHeads * seen;
    const steps = Math.ceil(Math.min(STREAM_BYTES / bytes, MOST_STEPS, 10e9 / work));
    const seconds = await measure(heads, parts, steps);
    const [gflops, readGBs] = [work / seconds / 1e9, bytes / seconds / 1e9];
    const [ofFma, ofMemory] = [gflops / limit.gflops, readGBs / limit.readGBs].map((share) =>
      `${(100 * share).toFixed(0)} %`.padStart(5),
    );
    console.log(
      `${title.padEnd(54)} ${(1e6 * seconds).toFixed(1).padStart(9)} µs  ${gflops.toFixed(1).padStart(6)} GFLOP/s ${ofFma} of fma  ${readGBs.toFixed(1).padStart(5)} GB/s ${ofMemory} of memory`,
    );
    results.push({ title, seconds, gflops, readGBs });
  }
console.log(JSON.stringify({ target: target.name, dtype, threads, ceilings: limit, results }));
host.dispose();
