/**
 * Launches in memory: the table that the driver walks, an argument block and a task counter for each launch, and a
 * block for each thread. Numbers that depend on the step are filled in before every run.
 */

import { platform } from "#platform";
import { DISPOSE } from "../../../base/dispose.ts";
import { assert } from "../../../base/errors.ts";
import type { Dim } from "../../graph/graph.ts";
import { type KernelArgument, type Launch, moreCounters, tokenDimOf } from "../../kernels/launch.ts";
import { CALL_BYTES, DRIVER, STOP_OFFSET, SYNC_BYTES } from "./driver.ts";
import { KernelChoice } from "./kernel-choice.ts";
import type { KernelHost, Region } from "./kernel-host.ts";
import type { WeightPlace } from "./weight-store.ts";

/** A launch whose operands have addresses. */
export interface PlacedLaunch extends Launch {
  readonly inputs: readonly bigint[];
  readonly outputs: readonly bigint[];
  readonly barrierBefore: boolean;
  /** The input that is a weight, which can move between two steps. */
  readonly weight?: { readonly input: number; readonly place: WeightPlace };
}

/** Milliseconds of kernels after which the calling thread, if kernels run on it, yields to the event loop. */
const SLICE_MS = 12;
const NEVER = 1n << 62n;

interface Patch {
  readonly offset: number;
  readonly symbol: string;
}

type Values = ReadonlyMap<string, number>;

/** An address that can change from step to step: of a weight that moves, of a kernel that depends on the number of tokens. */
interface ChangingAddress {
  readonly offset: number;
  readonly value: (values: Values) => bigint;
}

interface Layout {
  readonly calls: number;
  /** Offset of the counters of the first launch, and of each launch. */
  readonly counters: number;
  readonly countersOf: readonly number[];
  readonly sync: number;
  readonly threads: number;
  readonly blocks: readonly number[];
  /** Offsets of the tables and of the working memory that arguments request. */
  readonly constants: ReadonlyMap<KernelArgument, number>;
  readonly scratch: ReadonlyMap<Launch, number>;
  readonly byteLength: number;
}

const alignUp = (value: number): number => Math.ceil(value / 64) * 64;

const equals = (a: Values, b: Values): boolean =>
  a.size === b.size && [...a].every(([symbol, value]) => b.get(symbol) === value);

type Constant = Extract<KernelArgument, { kind: "constant" }>;
type FileKernel = Extract<KernelArgument, { kind: "fileKernel" }>;

function sizeOf(dim: Dim, values: Values): number {
  const size = typeof dim === "number" ? dim : values.get(dim);
  assert(size !== undefined, `symbol ${dim} has no value`);
  return size;
}

/** Assigns memory to tables; arguments with the same table object share it. Returns the offset of each, and the end. */
function layConstants(launches: readonly Launch[], start: number) {
  const offsets = new Map<Constant["values"], number>();
  const constants = new Map<KernelArgument, number>();
  let end = start;
  for (const argument of launches.flatMap((launch) => Object.values(launch.arguments))) {
    if (argument.kind !== "constant") continue;
    if (!offsets.has(argument.values)) {
      offsets.set(argument.values, end);
      end = alignUp(end + argument.values.byteLength);
    }
    constants.set(argument, offsets.get(argument.values) as number);
  }
  return { constants, end };
}

/**
 * The counters of each launch have separate cache lines, so that threads in different launches do not disturb each
 * other.
 */
function layCounters(launches: readonly Launch[], start: number) {
  let end = start;
  const countersOf = launches.map((launch) => {
    const at = end;
    end += alignUp(4 * (2 + moreCounters(launch)));
    return at;
  });
  return { countersOf, end };
}

/** Launches between two barriers may run at once and get separate memory; later launches reuse it. */
function layScratch(launches: readonly PlacedLaunch[], threadCount: number, start: number) {
  const scratch = new Map<Launch, number>();
  let [at, end] = [start, start];
  for (const launch of launches) {
    if (launch.barrierBefore) at = start;
    for (const argument of Object.values(launch.arguments)) {
      if (argument.kind !== "scratch") continue;
      assert(!scratch.has(launch), `${launch.kernel.name} requests working memory twice`);
      scratch.set(launch, at);
      at = alignUp(at + argument.sharedBytes + argument.bytesPerThread * threadCount);
    }
    end = Math.max(end, at);
  }
  return { scratch, end };
}

function layoutOf(launches: readonly PlacedLaunch[], threadCount: number): Layout {
  const counters = alignUp(launches.length * CALL_BYTES);
  const { countersOf, end: sync } = layCounters(launches, counters);
  const threads = sync + SYNC_BYTES;
  let end = alignUp(threads + threadCount * DRIVER.blockBytes);
  const blocks = launches.map(({ kernel }) => {
    const start = end;
    end += Math.max(8, kernel.blockBytes);
    return start;
  });
  const { constants, end: constantsEnd } = layConstants(launches, alignUp(end));
  const { scratch, end: byteLength } = layScratch(launches, threadCount, constantsEnd);
  return { calls: 0, counters, countersOf, sync, threads, blocks, constants, scratch, byteLength };
}

/** A series of launches in memory that can be run repeatedly. */
export class CallTable implements Disposable {
  readonly #host: KernelHost;
  readonly #region: Region;
  readonly #layout: Layout;
  readonly #launchCount: number;
  readonly #patches: Patch[] = [];
  /** The choice of a launch's kernel comes before its arguments, which may depend on it. */
  readonly #changing: ChangingAddress[] = [];
  readonly #choices: KernelChoice[] = [];
  readonly #moves: () => number;
  /** The step whose numbers and addresses are in the table. */
  #written: { readonly values: Values; readonly moves: number } | undefined;
  /** Numbers of tokens of the products with weights. */
  readonly #tokenCounts: ReadonlySet<Dim>;
  readonly #driver: bigint;
  /** Time at which the calling thread last yielded, in any step. */
  #rested = 0;

  /** @param moves how often weights have moved so far; needed if some can move. */
  constructor(host: KernelHost, launches: readonly PlacedLaunch[], moves: () => number = () => 0) {
    this.#host = host;
    this.#moves = moves;
    this.#launchCount = launches.length;
    this.#layout = layoutOf(launches, host.threadCount);
    const products = launches.filter(({ weight }) => weight !== undefined);
    this.#tokenCounts = new Set(products.flatMap((launch) => tokenDimOf(launch) ?? []));
    // Kernels that have short forms are compiled when a step needs them.
    for (const { kernel, short } of launches) if (short === undefined) host.kernel(kernel);
    for (const argument of launches.flatMap((launch) => Object.values(launch.arguments)))
      if (argument.kind === "kernel") host.kernel(argument.kernel);
    this.#driver = host.kernel(DRIVER);
    this.#region = host.allocate(this.#layout.byteLength);
    launches.forEach((launch, i) => {
      this.#writeLaunch(launch, i);
    });
    for (let thread = 0; thread < host.threadCount; thread++) this.#writeThread(thread);
    for (const [argument, offset] of this.#layout.constants) {
      if (argument.kind !== "constant") continue;
      const { buffer, byteOffset, byteLength } = argument.values;
      this.#region.bytes(offset, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }

  get #view(): DataView {
    const bytes = this.#region.bytes();
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  #address(offset: number): bigint {
    return this.#region.address + BigInt(offset);
  }

  #writeLaunch(launch: PlacedLaunch, index: number): void {
    const view = this.#view;
    const call = this.#layout.calls + index * CALL_BYTES;
    const block = this.#layout.blocks[index];
    const choice = launch.short && this.#choiceOf(launch, call);
    if (choice === undefined) view.setBigInt64(call, this.#host.kernel(launch.kernel), true);
    view.setBigInt64(call + 8, this.#address(block), true);
    view.setBigInt64(call + 16, launch.barrierBefore ? 1n : 0n, true);
    Object.keys(launch.kernel.parameters).forEach((name, slot) => {
      const argument = launch.arguments[name];
      assert(argument !== undefined, `${launch.kernel.name} lacks its argument ${name}`);
      if (argument.kind === "fileKernel")
        this.#addFileKernel(block + 8 * slot, argument, launch, () => choice?.uses(name) ?? true);
      else this.#writeArgument(view, block + 8 * slot, argument, launch, index);
    });
  }

  /** Chooses the launch's kernel for each step, and writes its address to the call at offset `call`. */
  #choiceOf(launch: PlacedLaunch, call: number): KernelChoice {
    const choice = new KernelChoice(this.#host, launch);
    this.#choices.push(choice);
    const tokens = tokenDimOf(launch);
    assert(tokens !== undefined, `${launch.kernel.name} has short kernels but no tokens`);
    const value = (values: Values): bigint => {
      choice.choose(sizeOf(tokens, values), launch.weight?.place.inFile === true);
      return choice.address;
    };
    this.#changing.push({ offset: call, value });
    return choice;
  }

  #writeArgument(
    view: DataView,
    at: number,
    argument: Exclude<KernelArgument, FileKernel>,
    launch: PlacedLaunch,
    index: number,
  ): void {
    switch (argument.kind) {
      case "input":
        view.setBigInt64(at, launch.inputs[argument.input], true);
        if (launch.weight?.input === argument.input) {
          const { place } = launch.weight;
          this.#changing.push({ offset: at, value: () => place.address });
        }
        break;
      case "output":
        view.setBigInt64(at, launch.outputs[argument.output], true);
        break;
      case "tasks":
        view.setBigInt64(at, this.#address(this.#layout.countersOf[index]), true);
        break;
      case "byThreads":
        view.setBigInt64(at, BigInt(argument.value(this.#host.threadCount)), true);
        break;
      case "kernel":
        view.setBigInt64(at, this.#host.kernel(argument.kernel), true);
        break;
      case "yield":
        view.setBigInt64(at, this.#host.yieldAddress, true);
        break;
      case "f32":
        view.setFloat32(at, argument.value, true);
        break;
      case "constant":
        view.setBigInt64(at, this.#address(this.#layout.constants.get(argument) as number), true);
        break;
      case "scratch":
        view.setBigInt64(at, this.#address(this.#layout.scratch.get(launch) as number), true);
        break;
      case "int":
        if (typeof argument.value === "number") view.setBigInt64(at, BigInt(argument.value), true);
        else this.#patches.push({ offset: at, symbol: argument.value });
    }
  }

  /** The region is zeroed: for a weight that is packed from the start the argument is 0. */
  #addFileKernel(
    offset: number,
    { kernel, mostTokens }: FileKernel,
    launch: PlacedLaunch,
    isUsed: () => boolean,
  ): void {
    const place = launch.weight?.place;
    if (place?.inFile !== true) return;
    let address: bigint | undefined;
    const tokens = tokenDimOf(launch);
    const fits = (values: Values): boolean =>
      mostTokens === Number.POSITIVE_INFINITY ||
      (tokens !== undefined && sizeOf(tokens, values) <= mostTokens);
    const value = (values: Values): bigint => {
      if (!place.inFile || !isUsed() || !fits(values)) return 0n;
      address ??= this.#host.kernel(kernel);
      return address;
    };
    this.#changing.push({ offset, value });
  }

  #writeThread(thread: number): void {
    const view = this.#view;
    const at = this.#layout.threads + thread * DRIVER.blockBytes;
    view.setBigInt64(at, this.#address(this.#layout.calls), true);
    view.setBigInt64(at + 8, BigInt(this.#launchCount * CALL_BYTES), true);
    view.setBigInt64(at + 16, this.#address(this.#layout.sync), true);
    view.setBigInt64(at + 24, thread === 0 ? 1n : 0n, true);
    view.setBigInt64(at + 32, this.#host.yieldAddress, true);
    view.setBigInt64(at + 40, this.#host.yieldAddress === 0n ? NEVER : this.#host.spins, true);
  }

  /** Whether a product with a weight has several tokens in a step with these values of symbols. */
  hasSeveralTokens(values: Values): boolean {
    return [...this.#tokenCounts].some((dim) => sizeOf(dim, values) > 1);
  }

  /** Writes the numbers and addresses of a step. One like the last, such as a text's next token, finds them written. */
  #writeStep(values: Values): void {
    const moves = this.#moves();
    if (this.#written?.moves === moves && equals(this.#written.values, values)) return;
    this.#written = undefined;
    const view = this.#view;
    for (const { offset, symbol } of this.#patches)
      view.setBigInt64(offset, BigInt(sizeOf(symbol, values)), true);
    for (const { offset, value } of this.#changing) view.setBigInt64(offset, value(values), true);
    const isFinal = this.#choices.every((choice) => choice.isFinal);
    this.#written = isFinal ? { values: new Map(values), moves } : undefined;
  }

  /** Runs every launch on all threads. `values` of symbols must have been checked. */
  async run(values: Values, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { counters, sync, threads, blocks } = this.#layout;
    this.#region.bytes(counters, threads - counters).fill(0);
    this.#writeStep(values);
    if (blocks.length === 0) return;
    const stop = (): void => {
      const bytes = this.#region.bytes(sync + STOP_OFFSET, 4);
      Atomics.store(new Int32Array(bytes.buffer, bytes.byteOffset, 1), 0, 1);
    };
    signal?.addEventListener("abort", stop);
    try {
      if (this.#host.runsOnCaller) return await this.#runInSlices(signal);
      const each = Array.from({ length: this.#host.threadCount }, (_, i) =>
        this.#address(threads + i * DRIVER.blockBytes),
      );
      await this.#host.run(this.#driver, each, stop);
    } finally {
      signal?.removeEventListener("abort", stop);
    }
    signal?.throwIfAborted();
  }

  /** Runs one launch at a time; the calling thread yields between slices. */
  async #runInSlices(signal: AbortSignal | undefined): Promise<void> {
    const { calls, threads } = this.#layout;
    for (let launch = 0; launch < this.#launchCount; launch++) {
      if (performance.now() - this.#rested >= SLICE_MS) {
        await platform.yieldToEventLoop();
        signal?.throwIfAborted();
        this.#rested = performance.now();
      }
      const view = this.#view;
      view.setBigInt64(threads, this.#address(calls + launch * CALL_BYTES), true);
      view.setBigInt64(threads + 8, BigInt(CALL_BYTES), true);
      await this.#host.run(this.#driver, [this.#address(threads)]);
    }
  }

  dispose(): void {
    this.#region.dispose();
  }
  [DISPOSE](): void {
    this.dispose();
  }
}
