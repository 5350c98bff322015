/**
 * The limits of this machine, measured with generated kernels on the same threads as the model: bytes read from memory
 * per second, and 8-bit integer, 32-bit float and bf16 operations per second. The speed of a backend is reported as a
 * share of these.
 */
import { CallTable, type PlacedLaunch } from "../engine/backend/program/call-table.ts";
import type { KernelHost } from "../engine/backend/program/kernel-host.ts";
import type { MatmulPrecision } from "../engine/graph/ops/matmul-precision.ts";
import { type Kernel, kernel } from "../engine/jit/builder.ts";
import { forEachTask, input, int, type KernelArgument, output, tasks } from "../engine/kernels/launch.ts";
import { bf16OperationsPerTurn, bf16Peak, dotPeak, fmaPeak, OPERATIONS_PER_TURN } from "./ceiling-kernels.ts";

export interface Ceilings {
  /** 10⁹ bytes read per second from memory far larger than private caches, by all threads together. */
  readonly readGBs: number;
  /** 10¹² multiplications and additions of 8-bit integers per second. */
  readonly dotTops: number;
  /** 10⁹ multiplications and additions of 32-bit floats per second. */
  readonly fmaGflops: number;
  /** The same for bf16 numbers with sums in f32; undefined if the processor has no such products. */
  readonly bf16Gflops: number | undefined;
}

export interface CeilingOptions {
  /** Bytes that are read (default 1 GiB: shared caches of large servers hold some hundred MiB). */
  readonly readBytes?: number;
  /** Iterations of the arithmetic kernels (default 2·10⁶). */
  readonly turns?: number;
  /** Runs, of which the fastest counts, because a ceiling is the best that can be reached (default 7). */
  readonly repeats?: number;
}

const CHUNK_BYTES = 1 << 20;
const PER_TURN = 1024;

/**
 * Reads chunks of 1 MiB, shared between the threads, and writes a sum of each, so that reads are not optimised away.
 */
const READ_CHUNKS = kernel(
  "bench_read",
  { from: "ptr", out: "ptr", tasks: "ptr", count: "int" },
  (k, { from, out, tasks: counter, count }) => {
    const start = k.variable(from);
    const to = k.variable(out);
    const vector = 4 * k.lanes;
    forEachTask(k, counter, count, (task) => {
      const at = k.variable(k.offset(start, k.mul(task, CHUNK_BYTES)));
      const sums = Array.from({ length: 4 }, () => k.variable(k.constant("i32v", 0)));
      k.loop(0, CHUNK_BYTES / PER_TURN, 1, () => {
        for (let line = 0; line < PER_TURN; line += 64) k.prefetch({ base: at, disp: 1024 + line });
        for (let disp = 0; disp < PER_TURN; disp += vector) {
          const sum = sums[(disp / vector) % 4];
          sum.set(k.xor(sum, k.load("i32v", { base: at, disp })));
        }
        k.advance(at, PER_TURN);
      });
      k.store(to, k.xor(k.xor(sums[0], sums[1]), k.xor(sums[2], sums[3])));
    });
  },
);

/** A launch of any kernel. Kernels without tasks run completely on every thread. */
function launch(
  of: unknown,
  args: Record<string, KernelArgument>,
  inputs: readonly bigint[],
  out: bigint,
): PlacedLaunch {
  return { kernel: of as Kernel, arguments: args, inputs, outputs: [out], barrierBefore: false };
}

/** Seconds of the fastest run, without the first. */
async function fastest(host: KernelHost, placed: PlacedLaunch, repeats: number): Promise<number> {
  using table = new CallTable(host, [placed]);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= repeats; i++) {
    const from = performance.now();
    await table.run(new Map());
    if (i > 0) least = Math.min(least, (performance.now() - from) / 1000);
  }
  return least;
}

/** Bytes read per second, in 10⁹; `joins`: from huge pages if the system has them. */
export async function measureRead(
  host: KernelHost,
  options: Pick<CeilingOptions, "readBytes" | "repeats"> & { readonly joins?: boolean } = {},
): Promise<number> {
  const { readBytes = 1 << 30, repeats = 7, joins = false } = options;
  const count = Math.max(1, Math.floor(readBytes / CHUNK_BYTES));
  // Room for prefetches beyond the end.
  using data = host.allocate((count + 1) * CHUNK_BYTES);
  using out = host.allocate(1 << 16);
  // Pages that were never written all map to the same zero page.
  data.bytes().fill(1);
  if (joins) await host.joinPages?.(data.address, data.byteLength);
  const arguments_ = { from: input(0), out: output, tasks, count: int(count) };
  const placed = launch(READ_CHUNKS, arguments_, [data.address], out.address);
  return (count * CHUNK_BYTES) / (await fastest(host, placed, repeats)) / 1e9;
}

/** @throws DeviceError if there is not enough memory. */
export async function measureCeilings(host: KernelHost, options: CeilingOptions = {}): Promise<Ceilings> {
  const { turns = 2_000_000, repeats = 7 } = options;
  const readGBs = await measureRead(host, options);
  using out = host.allocate(1 << 16);
  const peak = (of: unknown) =>
    fastest(host, launch(of, { out: output, turns: int(turns) }, [], out.address), repeats);
  const operations = (each: 8 | 2) => OPERATIONS_PER_TURN(host.target.lanes, each) * turns * host.threadCount;
  return {
    readGBs,
    dotTops: operations(8) / (await peak(dotPeak)) / 1e12,
    fmaGflops: operations(2) / (await peak(fmaPeak)) / 1e9,
    bf16Gflops: host.target.native.has("bf16")
      ? (bf16OperationsPerTurn(host.target) * turns * host.threadCount) / (await peak(bf16Peak)) / 1e9
      : undefined,
  };
}

/** 10⁹ operations per second of matrix products in that precision; undefined if unknown. */
export function productCeiling(
  ceilings: Ceilings | undefined,
  precision: MatmulPrecision,
): number | undefined {
  return precision === "bf16" ? ceilings?.bf16Gflops : ceilings?.fmaGflops;
}
