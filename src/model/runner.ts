/**
 * Runs a model step by step: a step takes tokens of any number of sequences, flattened, appends them to each
 * sequence's cache and returns the logits that were asked for. A prompt chunk, one token of one sequence, one
 * token of thirty, and any mix are the same program with another T.
 */
import { RequestError } from "../base/errors.ts";
import { CachedSequence, PagePool } from "../cache/kv-cache.ts";
import type { ModelConfig } from "../config/config.ts";
import type { Backend, PrepareOptions, Program, StepOptions } from "../engine/backend/backend.ts";
import type { BoundTensor, State } from "../engine/graph/bindings.ts";
import {
  type BindWeights,
  type CacheDtype,
  cacheNames,
  inferenceGraph,
  pagesPerSequence,
  type StepLimits,
} from "./graphs.ts";
import { plainWeights } from "./weights.ts";

/** What one sequence contributes to a step. */
export interface StepPart {
  readonly sequence: CachedSequence;
  /** Token ids that follow what is cached. At least one. */
  readonly tokens: ArrayLike<number>;
  /** Which of these tokens' logits are wanted. */
  readonly logits: "none" | "last" | "all";
}

export interface RunnerOptions {
  /** Tokens of one step (default 128): longer prompts are cut into chunks by the caller. */
  readonly maxTokens?: number;
  /** Sequences that may be alive at once (default 1). */
  readonly maxSequences?: number;
  /** Tokens of one sequence (default: the model's own). */
  readonly context?: number;
  /** Slots of a cache page (default 32). */
  readonly pageSize?: number;
  /** What keys and values are stored as (default F32). Q8_0 needs heads of whole blocks of 32. */
  readonly cacheDtype?: CacheDtype;
}

export class LlamaRunner implements Disposable {
  readonly config: ModelConfig;
  readonly limits: StepLimits;
  readonly #pool: PagePool;
  readonly #program: Program;
  readonly #states: readonly State[];
  #busy = false;
  #disposed = false;

  private constructor(config: ModelConfig, limits: StepLimits, program: Program, states: readonly State[]) {
    this.config = config;
    this.limits = limits;
    this.#program = program;
    this.#states = states;
    this.#pool = new PagePool(limits.nPages, limits.pageSize);
  }

  /**
   * @param params every parameter of the model by canonical name.
   * @param bind how the graph binds them; plain by default.
   */
  static async create(
    config: ModelConfig,
    params: ReadonlyMap<string, BoundTensor>,
    backend: Backend,
    options: RunnerOptions & { readonly bind?: BindWeights } = {},
  ): Promise<LlamaRunner> {
    const limits = stepLimits(config, options);
    const dtypeOf = (name: string) => params.get(name)?.dtype ?? "F32";
    const bind = options.bind ?? ((graph) => plainWeights(graph, config, dtypeOf));
    const { graph, logits } = inferenceGraph(config, limits, bind);
    const kvDim = config.nKvHeads * config.headDim;
    const shape = [limits.nPages * limits.pageSize, kvDim];
    const names = Array.from({ length: config.nLayers }, (_, layer) =>
      Object.values(cacheNames(layer)),
    ).flat();
    const states = new Map(names.map((name) => [name, backend.createState(shape, limits.cacheDtype)]));
    try {
      const program = await backend.compile({ graph, outputs: { logits } }, { params, states });
      return new LlamaRunner(config, limits, program, [...states.values()]);
    } catch (error) {
      for (const state of states.values()) state.dispose();
      throw error;
    }
  }

  /** Bytes that the cache occupies when all of it is in use. */
  get cacheByteLength(): number {
    return this.#states.reduce((sum, state) => sum + state.byteLength, 0);
  }

  /** Brings the weights into the backend's layout. The first step does it otherwise. */
  prepare(options?: PrepareOptions): Promise<void> {
    return this.#program.prepare(options);
  }

  /** A new, empty sequence. Dispose it to give its pages back. */
  createSequence(): CachedSequence {
    return new CachedSequence(this.#pool, this.config.slidingWindow);
  }

  /**
   * Runs one step; steps do not overlap. On abort or error the sequences keep their former length.
   * @returns for each part the wanted rows of logits, copies of V floats each.
   */
  async step(parts: readonly StepPart[], options?: StepOptions): Promise<Float32Array[][]> {
    if (this.#disposed) throw new RequestError({ doing: "run a step", found: "a disposed model" });
    if (this.#busy)
      throw new RequestError({
        doing: "run a step",
        found: "another step is running",
        fix: "await it first",
      });
    checkParts(parts, this.limits);
    const lengths = parts.map(({ sequence }) => sequence.length);
    this.#busy = true;
    try {
      const { inputs, dims } = flatten(parts, this.limits);
      const { logits } = await this.#program.run(inputs, dims, options);
      for (const { sequence } of parts) sequence.releaseBehindWindow();
      return splitRows(parts, logits, this.config.vocabSize);
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
    this.#program.dispose();
    for (const state of this.#states) state.dispose();
  }
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function stepLimits(config: ModelConfig, options: RunnerOptions): StepLimits {
  const {
    maxTokens = 128,
    maxSequences = 1,
    context = config.maxSeqLen,
    pageSize = 32,
    cacheDtype = "F32",
  } = options;
  const nPages = maxSequences * pagesPerSequence({ context, pageSize });
  return {
    maxTokens: Math.max(maxTokens, maxSequences),
    maxSequences,
    context,
    pageSize,
    nPages,
    cacheDtype,
  };
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
  parts.forEach(({ sequence, tokens, logits }, b) => {
    const from = sequence.length;
    inputs.slots.set(sequence.extend(tokens.length), at);
    sequence.writePageTable(inputs.page_table.subarray(b * pages, (b + 1) * pages));
    for (let i = 0; i < tokens.length; i++, at++) {
      inputs.tokens[at] = tokens[i];
      inputs.positions[at] = from + i;
      inputs.sequences[at] = b;
      if (logits === "all" || (logits === "last" && i === tokens.length - 1)) rows.push(at);
    }
  });
  return { inputs: { ...inputs, rows: Int32Array.from(rows) }, dims: { T, B: parts.length, R: rows.length } };
}

function splitRows(parts: readonly StepPart[], logits: Float32Array, vocabSize: number): Float32Array[][] {
  let row = 0;
  return parts.map(({ tokens, logits: wanted }) => {
    const count = wanted === "all" ? tokens.length : wanted === "last" ? 1 : 0;
    return Array.from({ length: count }, () => logits.slice(row * vocabSize, ++row * vocabSize));
  });
}
