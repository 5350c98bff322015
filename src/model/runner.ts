/**
 * Runs a model step by step: a step takes tokens of any number of sequences, flattened, appends them to each
 * sequence's cache and returns what is wanted of them. A prompt chunk, one token of one sequence, one token of thirty,
 * and any mix are the same program with another T.
 */
import { platform } from "#platform";
import { DISPOSE } from "../base/dispose.ts";
import { RequestError } from "../base/errors.ts";
import { CachedSequence, type CacheRoom, PagePool, PrefixTree } from "../cache/index.ts";
import type { ModelConfig } from "../config/config.ts";
import type { Backend, PrepareOptions, Program, StepOptions } from "../engine/backend/backend.ts";
import type { BoundTensor, State } from "../engine/graph/bindings.ts";
import { cacheBytes } from "./cache-size.ts";
import {
  type BindWeights,
  cacheNames,
  inferenceGraph,
  pagesPerSequence,
  type StepLimits,
  type StepWants,
  tapName,
} from "./graphs.ts";
import { type RunnerOptions, stepLimits } from "./limits.ts";
import { type Adaptation, plainWeights, trainableWeights } from "./weights.ts";

/** Of which of a part's tokens logits or hidden states are wanted. */
export type WantedRows = "none" | "last" | "all";

/** What one sequence contributes to a step. */
export interface StepPart {
  readonly sequence: CachedSequence;
  /** Token ids that follow what is cached. At least one. */
  readonly tokens: ArrayLike<number>;
  readonly rows: WantedRows;
}

/** What a step returns for one part. Lists have an entry per wanted row, copies of the model's memory. */
export interface StepResult {
  /** V floats each; empty if no logits were wanted. */
  readonly logits: readonly Float32Array[];
  /** D floats each; empty if no hidden states were wanted. */
  readonly hidden: readonly Float32Array[];
  /** By layer: its input for every token of the part, or every wanted row where the layer is "output". */
  readonly taps: ReadonlyMap<string, readonly Float32Array[]>;
}

export interface StepRequest extends StepOptions {
  /** Default: logits. */
  readonly wants?: StepWants | undefined;
}

export interface SequenceOptions {
  /**
   * Which texts may share pages with this one: those of the same name. Default: "". It must tell apart whatever
   * changes keys and values (adapters and their scales) and whoever must not learn of each other's prompts.
   */
  readonly space?: string | undefined;
  /** False: the sequence computes everything itself and leaves nothing behind. */
  readonly shares?: boolean | undefined;
}

export class LlamaRunner implements Disposable {
  readonly config: ModelConfig;
  readonly limits: StepLimits;
  readonly #room: CacheRoom;
  readonly #compile: (wants: StepWants) => Promise<Program>;
  readonly #states: readonly State[];
  /** By what is wanted. */
  readonly #programs = new Map<string, Promise<Program>>();
  #busy = false;
  #disposed = false;

  private constructor(
    config: ModelConfig,
    limits: StepLimits,
    states: readonly State[],
    compile: (wants: StepWants) => Promise<Program>,
  ) {
    this.config = config;
    this.limits = limits;
    this.#states = states;
    this.#compile = compile;
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
   * @param options.adapt binds them a second time.
   * @param options.trained states with the parameters, instead of `params`: weights that are being trained.
   */
  static async create(
    config: ModelConfig,
    params: ReadonlyMap<string, BoundTensor>,
    backend: Backend,
    options: RunnerOptions & {
      readonly adapt?: Adaptation | undefined;
      readonly trained?: ReadonlyMap<string, State> | undefined;
    } = {},
  ): Promise<LlamaRunner> {
    const limits = stepLimits(config, params, options);
    cacheBytes(config, limits, platform.memoryBytes);
    const dtypeOf = (name: string) => params.get(name)?.dtype ?? "F32";
    const { adapt, trained } = options;
    const bind: BindWeights = (graph) => {
      const plain =
        trained === undefined ? plainWeights(graph, config, dtypeOf) : trainableWeights(graph, config);
      return adapt?.wrap(graph, plain) ?? plain;
    };
    const bound = new Map([...params, ...(adapt?.params ?? [])]);
    const shape = [limits.nPages * limits.pageSize, config.nKvHeads * config.headDim];
    const names = Array.from({ length: config.nLayers }, (_, layer) =>
      Object.values(cacheNames(layer)),
    ).flat();
    const states = new Map<string, State>();
    const compile = (wants: StepWants) =>
      backend.compile(inferenceGraph(config, limits, bind, wants), {
        params: bound,
        states: new Map([...(trained ?? []), ...states]),
      });
    try {
      for (const name of names) states.set(name, backend.createState(shape, limits.cacheDtype));
      const runner = new LlamaRunner(config, limits, [...states.values()], compile);
      await runner.#program({ logits: true });
      return runner;
    } catch (error) {
      for (const state of states.values()) state.dispose();
      throw error;
    }
  }

  #program(wants: StepWants): Promise<Program> {
    const { logits = false, hidden = false, taps = [] } = wants;
    const key = JSON.stringify([logits, hidden, [...taps].sort()]);
    let program = this.#programs.get(key);
    if (program === undefined) {
      program = this.#compile({ logits, hidden, taps: [...taps].sort() });
      this.#programs.set(key, program);
    }
    return program;
  }

  /** Bytes that the cache occupies when all of it is in use. */
  get cacheByteLength(): number {
    return this.#states.reduce((sum, state) => sum + state.byteLength, 0);
  }

  /** Brings the weights into the backend's layout. The first step does it otherwise. */
  async prepare(options?: PrepareOptions): Promise<void> {
    const program = await this.#program({ logits: true });
    await program.prepare(options);
  }

  /** A new, empty sequence. Dispose it to give its pages back. */
  createSequence({ space = "", shares = true }: SequenceOptions = {}): CachedSequence {
    const root = shares ? this.#room.tree.root(space) : undefined;
    return new CachedSequence(this.#room, root, this.config.slidingWindow);
  }

  /**
   * Runs one step; steps do not overlap. On abort or error the sequences keep their former length.
   * @returns for each part what is wanted of it.
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
    const { wants = { logits: true }, ...options } = request;
    const lengths = parts.map(({ sequence }) => sequence.length);
    this.#busy = true;
    try {
      const program = await this.#program(wants);
      const { inputs, dims } = flatten(parts, this.limits);
      const outputs = await program.run(inputs, dims, options);
      for (const { sequence } of parts) sequence.commit();
      return splitResults(parts, outputs, wants);
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

  /** A step that runs comes to its end first: memory never goes under it. */
  dispose(): void {
    if (!this.#disposed && !this.#busy) this.#free();
    this.#disposed = true;
  }

  #free(): void {
    for (const program of this.#programs.values()) {
      program.then(
        (compiled) => compiled.dispose(),
        () => {}, // whoever asked for it has the error
      );
    }
    for (const state of this.#states) state.dispose();
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

function checkParts(parts: readonly StepPart[], { maxTokens, maxSequences, context }: StepLimits): void {
  const doing = "run a step";
  const total = parts.reduce((sum, { tokens }) => sum + tokens.length, 0);
  if (total > maxTokens)
    throw new RequestError({ doing, expected: `at most ${maxTokens} tokens`, found: `${total}` });
  if (parts.length > maxSequences) {
    throw new RequestError({
      doing,
      expected: `at most ${maxSequences} sequences`,
      found: `${parts.length}`,
    });
  }
  if (new Set(parts.map(({ sequence }) => sequence)).size < parts.length) {
    throw new RequestError({ doing, found: "the same sequence twice" });
  }
  for (const { sequence, tokens } of parts) {
    if (tokens.length === 0)
      throw new RequestError({ doing, expected: "at least one token of each sequence", found: "none" });
    if (sequence.length + tokens.length <= context) continue;
    const found = `${sequence.length} cached and ${tokens.length} new ones`;
    throw new RequestError({ doing, expected: `at most ${context} tokens in a sequence`, found });
  }
}

/** Lays the parts one after another. */
function flatten(parts: readonly StepPart[], limits: StepLimits) {
  const T = parts.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const pages = pagesPerSequence(limits);
  const inputs = {
    tokens: new Int32Array(T),
    positions: new Int32Array(T),
    sequences: new Int32Array(T),
    slots: new Int32Array(T),
    page_table: new Int32Array(parts.length * pages),
  };
  const rows: number[] = [];
  let at = 0;
  parts.forEach(({ sequence, tokens, rows: wanted }, b) => {
    const from = sequence.length;
    inputs.slots.set(sequence.extend(tokens), at);
    sequence.writePageTable(inputs.page_table.subarray(b * pages, (b + 1) * pages));
    for (let i = 0; i < tokens.length; i++, at++) {
      inputs.tokens[at] = tokens[i];
      inputs.positions[at] = from + i;
      inputs.sequences[at] = b;
      if (wanted === "all" || (wanted === "last" && i === tokens.length - 1)) rows.push(at);
    }
  });
  return { inputs: { ...inputs, rows: Int32Array.from(rows) }, dims: { T, B: parts.length, R: rows.length } };
}

const ROW_COUNTS: Readonly<Record<WantedRows, (tokens: number) => number>> = {
  none: () => 0,
  last: () => 1,
  all: (tokens) => tokens,
};

/** Cuts the outputs of a step into those of its parts. */
function splitResults(
  parts: readonly StepPart[],
  outputs: Readonly<Record<string, Float32Array>>,
  { taps = [] }: StepWants,
): StepResult[] {
  const tokenCounts = parts.map(({ tokens }) => tokens.length);
  const rowCounts = parts.map(({ tokens, rows }) => ROW_COUNTS[rows](tokens.length));
  const logits = splitRows(outputs.logits, rowCounts);
  const hidden = splitRows(outputs.hidden, rowCounts);
  const tapped = taps.map((layer) => {
    const counts = layer === "output" ? rowCounts : tokenCounts;
    return [layer, splitRows(outputs[tapName(layer)], counts)] as const;
  });
  return parts.map((_, i) => ({
    logits: logits[i],
    hidden: hidden[i],
    taps: new Map(tapped.map(([layer, rows]) => [layer, rows[i]])),
  }));
}

/** Copies of the rows of a matrix, so many for each part; none where there is no matrix. */
function splitRows(matrix: Float32Array | undefined, counts: readonly number[]): Float32Array[][] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (matrix === undefined || total === 0) return counts.map(() => []);
  const columns = matrix.length / total;
  let row = 0;
  return counts.map((count) =>
    Array.from({ length: count }, () => matrix.slice(row * columns, ++row * columns)),
  );
}
