/**
 * Runs a model step by step. A step takes the tokens of any number of sequences, flattened, appends them to the
 * caches of the sequences and returns the requested results. A prompt chunk, one token of one sequence, one token of
 * thirty, and any mix are the same program with a different T.
 */
import { platform } from "#platform";
import { DISPOSE } from "../base/dispose.ts";
import { assert, RequestError } from "../base/errors.ts";
import { CachedSequence, type CacheRoom, type PageNode, PagePool, PrefixTree } from "../cache/index.ts";
import type { ModelConfig } from "../config/config.ts";
import { unscaledLength } from "../config/rope-scaling.ts";
import type { Backend, PrepareOptions, Program, StepOptions } from "../engine/backend/backend.ts";
import type { BoundTensor, State } from "../engine/graph/bindings.ts";
import type { MatmulPrecision } from "../engine/graph/ops/matmul-precision.ts";
import { type AdapterSet, type AdapterUse, type RunnerAdapter, RunnerAdapters, usesKey } from "./adapters.ts";
import { type Arriving, StagedSteps } from "./arriving.ts";
import { cacheBytes } from "./cache-size.ts";
import {
  type BindWeights,
  cacheNames,
  inferenceGraph,
  type Stage,
  type StepLimits,
  type StepWants,
} from "./graphs.ts";
import { type RunnerOptions, stepLimits } from "./limits.ts";
import type { LowRankChanges } from "./low-rank.ts";
import { lowestPrecision, precisionsOf } from "./precision.ts";
import type { RowBuffers } from "./row-buffers.ts";
import { checkParts, flatten, type StepPart, type StepResult, splitResults } from "./step-arrays.ts";
import { type Adaptation, plainWeights, trainableWeights } from "./weights.ts";

export interface StepRequest extends StepOptions {
  /** Default: logits. */
  readonly wants?: StepWants | undefined;
  /** Where the logits of the results are; the next step with the same buffers overwrites them. Default: new memory. */
  readonly buffers?: RowBuffers | undefined;
}

export interface SequenceOptions {
  /**
   * Name of the space: only texts of the same space and with the same adapters share pages (default: ""). Use different
   * spaces for users who must not learn of each other's prompts.
   */
  readonly space?: string | undefined;
  /** Adapters of the text (default: none), from `addAdapter`. */
  readonly adapters?: readonly AdapterUse[] | undefined;
  /** False: the sequence neither uses pages of others nor publishes its own. */
  readonly shares?: boolean | undefined;
  /** True if the text is or will be longer than `shortLength`: it is rotated for the whole context (default: false). */
  readonly long?: boolean | undefined;
}

/** Compiles a step, or a stage of it. */
type Compile = (wants: StepWants, long: boolean, set: AdapterSet, stage?: Stage) => Promise<Program>;

export class LlamaRunner implements Disposable {
  readonly config: ModelConfig;
  readonly limits: StepLimits;
  /** True if the weights are bound in another way, so that results depend on more than the model's files. */
  readonly isAdapted: boolean;
  /** bf16 if some products of floats are in bf16: the cache's contents depend on it. */
  readonly precision: MatmulPrecision;
  readonly #room: CacheRoom;
  readonly #compile: Compile;
  readonly #adapters: RunnerAdapters;
  /** Weights that are still on their way. */
  readonly #staged: StagedSteps | undefined;
  /** Adapters of the sequences that have some. */
  readonly #uses = new WeakMap<CachedSequence, readonly AdapterUse[]>();
  readonly #states: readonly State[];
  /** Programs by requested results. */
  readonly #programs = new Map<string, Promise<Program>>();
  #busy = false;
  #disposed = false;

  private constructor(
    config: ModelConfig,
    limits: StepLimits,
    states: readonly State[],
    compile: Compile,
    adapters: RunnerAdapters,
    { isAdapted, precision }: Pick<LlamaRunner, "isAdapted" | "precision">,
    arriving: Arriving | undefined,
  ) {
    this.#staged = arriving === undefined ? undefined : new StagedSteps(config, arriving);
    this.isAdapted = isAdapted;
    this.precision = precision;
    this.config = config;
    this.limits = limits;
    this.#states = states;
    this.#compile = compile;
    this.#adapters = adapters;
    const pool = new PagePool(limits.nPages, limits.pageSize);
    const copyPage = (from: number, to: number): void => {
      for (const state of states) {
        const pageBytes = state.byteLength / limits.nPages;
        state.copyWithin(to * pageBytes, from * pageBytes, pageBytes);
      }
    };
    this.#room = { pool, tree: new PrefixTree(pool), copyPage };
  }

  /**
   * @param params every parameter of the model by canonical name.
   * @param options.adapt binds the parameters a second time.
   * @param options.arriving weights that are still on their way; the backend must read mapped memory.
   * @param options.trained states of training: the parameters, if there are no `params`, or what `adapt` reads.
   */
  static async create(
    config: ModelConfig,
    params: ReadonlyMap<string, BoundTensor>,
    backend: Backend,
    options: RunnerOptions & {
      readonly adapt?: Adaptation | undefined;
      readonly arriving?: Arriving | undefined;
      readonly trained?: ReadonlyMap<string, State> | undefined;
    } = {},
  ): Promise<LlamaRunner> {
    const limits = stepLimits(config, params, options);
    cacheBytes(config, limits, platform.memoryBytes);
    const dtypeOf = (name: string) => params.get(name)?.dtype ?? "F32";
    const { adapt, trained } = options;
    const precisions = precisionsOf(backend, options.precision);
    const bindBase: BindWeights = (graph) => {
      const plain =
        trained === undefined || params.size > 0
          ? plainWeights(graph, config, dtypeOf, precisions)
          : trainableWeights(graph, config);
      return adapt?.wrap(graph, plain) ?? plain;
    };
    const bound = new Map([...params, ...(adapt?.params ?? [])]);
    const adapters = new RunnerAdapters(params);
    const shape = [limits.nPages * limits.pageSize, config.nKvHeads * config.headDim];
    const names = Array.from({ length: config.nLayers }, (_, layer) =>
      Object.values(cacheNames(layer)),
    ).flat();
    const states = new Map<string, State>();
    const short = Math.min(limits.context, unscaledLength(config));
    const compile: Compile = (wants, long, set, stage) => {
      const adaptation = adapters.adaptation(set);
      const bind: BindWeights = (graph) => {
        const base = bindBase(graph);
        return adaptation?.wrap(graph, base) ?? base;
      };
      const longest = long ? limits.context : short;
      return backend.compile(inferenceGraph(config, limits, bind, wants, longest, stage), {
        params: new Map([...bound, ...(adaptation?.params ?? [])]),
        states: new Map([...(trained ?? []), ...states]),
      });
    };
    try {
      for (const name of names) states.set(name, backend.createState(shape, limits.cacheDtype));
      const runner = new LlamaRunner(
        config,
        limits,
        [...states.values()],
        compile,
        adapters,
        { isAdapted: adapt !== undefined, precision: lowestPrecision(params.values(), precisions) },
        options.arriving,
      );
      await runner.#program({ logits: true });
      return runner;
    } catch (error) {
      for (const state of states.values()) state.dispose();
      throw error;
    }
  }

  #program(wants: StepWants, long = false, set = this.#adapters.setFor([])): Promise<Program> {
    const { logits = false, hidden = false, taps = [] } = wants;
    const key = JSON.stringify([set.key, logits, hidden, [...taps].sort(), long]);
    let program = this.#programs.get(key);
    if (program === undefined) {
      program = this.#compile({ logits, hidden, taps: [...taps].sort() }, long, set);
      this.#programs.set(key, program);
    }
    return program;
  }

  /** Makes low-rank changes of linear layers available to sequences. Weights stay as they are. */
  addAdapter(changes: LowRankChanges): RunnerAdapter {
    // Programs for all adapters lack this one.
    this.#forgetPrograms((numbers) => numbers.length > 1);
    return this.#adapters.add(changes);
  }

  /** Forgets changes and frees their programs. Sequences that use them cannot take another step. */
  removeAdapter(adapter: RunnerAdapter): void {
    if (!this.#adapters.remove(adapter)) return;
    this.#forgetPrograms((numbers) => numbers.includes(String(adapter.number)));
  }

  /** Frees the programs of sets of adapters. */
  #forgetPrograms(isOld: (numbers: readonly string[]) => boolean): void {
    for (const [key, program] of this.#programs) {
      const [set] = JSON.parse(key) as [string];
      if (!isOld(set.split(" "))) continue;
      this.#programs.delete(key);
      disposeLater(program);
    }
  }

  /** Bytes that the cache occupies when all of it is in use. */
  get cacheByteLength(): number {
    return this.#states.reduce((sum, state) => sum + state.byteLength, 0);
  }

  /**
   * Converts the weights to the backend's layout. Otherwise the first step does it; steps also do it with weights that
   * are on their way, layer after layer.
   */
  async prepare(options?: PrepareOptions): Promise<void> {
    if (this.#staged !== undefined) return;
    const program = await this.#program({ logits: true });
    await program.prepare(options);
  }

  /** Most tokens of a short sequence; Infinity if the model's rotation does not depend on the length. */
  get shortLength(): number {
    const length = unscaledLength(this.config);
    return length < this.limits.context ? length : Number.POSITIVE_INFINITY;
  }

  /** Pages that texts can still take. */
  get availablePages(): number {
    return this.#room.pool.freePages + this.#room.tree.evictablePages;
  }

  /** Pages that a new text of these tokens takes, besides those that it shares with texts that use them now. */
  pagesFor(tokens: readonly number[], options: SequenceOptions): number {
    const root = this.#rootFor(options);
    const shared = root === undefined ? 0 : this.#room.tree.usedPages(root, tokens);
    return Math.ceil(tokens.length / this.limits.pageSize) - shared;
  }

  #rootFor(options: SequenceOptions): PageNode | undefined {
    const { space = "", shares = true, long = false, adapters = [] } = options;
    if (!shares) return undefined;
    const uses = this.#adapters.canonical(adapters);
    const marks = [...(uses.length === 0 ? [] : [usesKey(uses)]), ...(long ? ["long"] : [])];
    return this.#room.tree.root([space, ...marks].join("\0"));
  }

  /** A new, empty sequence. Dispose it to release its pages. */
  createSequence(options: SequenceOptions = {}): CachedSequence {
    const sequence = new CachedSequence(
      this.#room,
      this.#rootFor(options),
      this.config.slidingWindow,
      options.long,
    );
    const uses = this.#adapters.canonical(options.adapters ?? []);
    if (uses.length > 0) this.#uses.set(sequence, uses);
    return sequence;
  }

  /** Bytes of a page in each state of the cache: keys and values of each layer. */
  get pageByteLengths(): readonly number[] {
    return this.#states.map(({ byteLength }) => byteLength / this.limits.nPages);
  }

  /** Copies of page `index` of a sequence, one per state. Only this backend understands them. */
  readPage(sequence: CachedSequence, index: number): Uint8Array[] {
    return this.#pageViews(sequence, index).map((view) => view.slice());
  }

  /** Appends tokens of one page whose keys and values are known: the result of `readPage` for the same tokens. */
  restorePage(sequence: CachedSequence, tokens: readonly number[], parts: readonly Uint8Array[]): void {
    const index = sequence.length / this.limits.pageSize;
    assert(
      Number.isInteger(index) && tokens.length <= this.limits.pageSize,
      "pages are restored whole, in order",
    );
    sequence.extend(tokens);
    for (const [i, view] of this.#pageViews(sequence, index).entries()) view.set(parts[i]);
    sequence.commit();
  }

  #pageViews(sequence: CachedSequence, index: number): Uint8Array[] {
    const page = sequence.slot(index * this.limits.pageSize) / this.limits.pageSize;
    return this.#states.map((state, i) => {
      const length = this.pageByteLengths[i];
      return state.bytes().subarray(page * length, (page + 1) * length);
    });
  }

  /**
   * Runs one step; steps do not overlap. On abort or error the sequences keep their former length.
   * @returns the requested results of each part.
   */
  async step(parts: readonly StepPart[], request: StepRequest = {}): Promise<StepResult[]> {
    if (this.#disposed) throw new RequestError({ doing: "run a step", found: "a disposed model" });
    if (this.#busy)
      throw new RequestError({
        doing: "run a step",
        found: "another step is running",
        fix: "await it first",
      });
    checkParts(parts, this.limits);
    const { wants = { logits: true }, buffers, ...options } = request;
    const lengths = parts.map(({ sequence }) => sequence.length);
    this.#busy = true;
    buffers?.reuse();
    try {
      const results = new Map<StepPart, StepResult>();
      // Short and long texts are rotated differently, so they are separate steps.
      for (const long of [false, true]) {
        const group = parts.filter(({ sequence }) => sequence.long === long);
        if (group.length === 0) continue;
        const texts = group.map(({ sequence }) => this.#uses.get(sequence) ?? []);
        const set = this.#adapters.setFor(texts);
        const { inputs, dims } = flatten(group, this.limits);
        const gates = set.numbers.length === 0 ? {} : { gates: this.#adapters.gates(texts, set) };
        const isPlain = set.numbers.length === 0 && (wants.taps ?? []).length === 0;
        const run = { inputs: { ...inputs, ...gates }, dims, options };
        const outputs =
          (await this.#staged?.run(run, isPlain, (stage) => this.#compile(wants, long, set, stage))) ??
          (await (await this.#program(wants, long, set)).run(run.inputs, dims, options));
        for (const { sequence } of group) sequence.commit();
        const split = splitResults(group, outputs, wants, buffers);
        for (const [i, part] of group.entries()) results.set(part, split[i]);
      }
      return parts.map((part) => results.get(part) as StepResult);
    } catch (error) {
      parts.forEach(({ sequence }, i) => {
        if (sequence.length > lengths[i]) sequence.truncate(lengths[i]);
      });
      throw error;
    } finally {
      this.#busy = false;
      if (this.#disposed) this.#free();
    }
  }

  /** Frees the memory; a running step finishes first. */
  dispose(): void {
    if (!this.#disposed && !this.#busy) this.#free();
    this.#disposed = true;
  }

  #free(): void {
    for (const program of this.#programs.values()) disposeLater(program);
    for (const state of this.#states) state.dispose();
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

function disposeLater(program: Promise<Program>): void {
  program.then(
    (compiled) => compiled.dispose(),
    () => {}, // the caller that requested the program gets the error
  );
}
