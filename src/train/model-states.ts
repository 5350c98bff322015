/**
 * A model in training: weights, moments and, with several batches a step, sums of gradients, as states of a backend,
 * and the programs over them. The programs define what a step computes; this file only calls them.
 */
import { LARGEST_BLOCK_BYTES } from "../base/blocks.ts";
import { DISPOSE } from "../base/dispose.ts";
import { assert, RequestError } from "../base/errors.ts";
import { mixBits } from "../base/random.ts";
import type { ModelConfig } from "../config/config.ts";
import type { Backend, Program, StepOptions as RunOptions } from "../engine/backend/backend.ts";
import type { State } from "../engine/graph/bindings.ts";
import { SEEDS } from "../engine/graph/ops/dropout.ts";
import type { MatmulPrecision } from "../engine/graph/ops/matmul-precision.ts";
import { planGraph } from "../engine/graph/plan.ts";
import type { Batch } from "./batch.ts";
import { requirePrecision } from "./precision.ts";
import {
  batchComputation,
  evaluationComputation,
  gradientSumOf,
  type OptimiserOptions,
  type StepOptions,
  stepComputation,
  trainedPart,
  updateComputation,
} from "./program/computations.ts";
import { KEEPS, type Keep } from "./program/keep.ts";
import { firstMomentOf, momentSpec, secondMomentOf } from "./program/moments.ts";
import type { Trainable, TrainedPart } from "./program/trained-part.ts";

export interface ModelStatesOptions {
  /** Tokens per batch. */
  readonly tokens: number;
  /** Batches per step (default 1). */
  readonly batches?: number | undefined;
  readonly optimiser: OptimiserOptions;
  /** What is trained (default: every parameter). */
  readonly trained?: TrainedPart | undefined;
  /** Seed of a part that is random (default 0). */
  readonly seed?: number | undefined;
  /** Precision of matrix products (default f32); weights, sums and everything else are f32. */
  readonly precision?: MatmulPrecision | undefined;
  /** Memory limit for the activations of a batch, in bytes: the planner keeps as much of the forward pass as fits. */
  readonly activationBytes?: number | undefined;
}

export interface StepResult {
  /** Weighted sum of the losses in nats: their mean, if the weights of the batches sum to 1. */
  readonly loss: number;
  /** Norm of the gradient before clipping. If not finite, the step changed nothing. */
  readonly norm: number;
}

/**
 * The first way of keeping activations that fits into memory, and into one block of it, and its size; the last one if none
 * fits.
 */
export function chooseKeep(
  config: ModelConfig,
  options: Omit<StepOptions, "keep">,
  activationBytes = Number.POSITIVE_INFINITY,
): { readonly keep: Keep; readonly byteLength: number } {
  const most = Math.min(activationBytes, LARGEST_BLOCK_BYTES);
  let choice: { keep: Keep; byteLength: number } | undefined;
  for (const keep of KEEPS) {
    const { arenaByteLength } = planGraph(stepComputation(config, { ...options, keep }));
    choice = { keep, byteLength: arenaByteLength };
    if (arenaByteLength <= most) break;
  }
  assert(choice !== undefined, "there is no way of keeping activations");
  return choice;
}

/** Learning rate and AdamW's bias corrections at step `step`, counted from 1. */
function ratesOf(learningRate: number, step: number, { beta1, beta2 }: OptimiserOptions): Float32Array {
  return Float32Array.of(learningRate, 1 / (1 - beta1 ** step), 1 / (1 - beta2 ** step));
}

/** Weights and moments on a backend, with the programs that train and evaluate them. `dispose` frees the memory. */
export class ModelStates implements Disposable {
  readonly config: ModelConfig;
  readonly tokens: number;
  readonly batches: number;
  /** Results of the forward pass that are kept. */
  readonly keep: Keep;
  readonly trainables: readonly Trainable[];
  readonly #backend: Backend;
  readonly #optimiser: OptimiserOptions;
  readonly #evaluated: Parameters<typeof evaluationComputation>[1];
  readonly #part: TrainedPart;
  readonly #seed: number;
  readonly #states: ReadonlyMap<string, State>;
  /** One program per step, or two: one for a batch and one for the update. */
  readonly #programs: readonly Program[];
  #evaluation: Promise<Program> | undefined;

  private constructor(
    backend: Backend,
    config: ModelConfig,
    options: ModelStatesOptions,
    made: { keep: Keep; states: ReadonlyMap<string, State>; programs: readonly Program[] },
  ) {
    this.config = config;
    this.tokens = options.tokens;
    this.batches = options.batches ?? 1;
    this.keep = made.keep;
    this.#part = trainedPart(config, options);
    this.#seed = options.seed ?? 0;
    this.trainables = this.#part.trainables;
    this.#backend = backend;
    this.#optimiser = options.optimiser;
    this.#evaluated = { tokens: options.tokens, trained: this.#part };
    this.#states = made.states;
    this.#programs = made.programs;
  }

  /**
   * Weights and moments start as zeros; fill them with `weights()`.
   * @throws RequestError if the backend has no matrix products of that precision.
   */
  static async create(
    backend: Backend,
    config: ModelConfig,
    options: ModelStatesOptions,
  ): Promise<ModelStates> {
    const { tokens, batches = 1, optimiser, precision, activationBytes } = options;
    requirePrecision(backend, precision);
    const trained = trainedPart(config, options);
    const { keep } = chooseKeep(config, { tokens, optimiser, trained }, activationBytes);
    const states = new Map<string, State>();
    const programs: Program[] = [];
    try {
      for (const parameter of trained.trainables) {
        const { name, shape } = parameter;
        const moment = momentSpec(parameter, optimiser);
        const floats = batches > 1 ? [name, gradientSumOf(name)] : [name];
        for (const each of floats) states.set(each, backend.createState(shape, "F32"));
        for (const each of [firstMomentOf(name), secondMomentOf(name)])
          states.set(each, backend.createState(moment.shape, moment.dtype));
      }
      const step = { tokens, keep, optimiser, trained };
      const computations =
        batches === 1
          ? [stepComputation(config, step)]
          : [batchComputation(config, step), updateComputation(config, step)];
      for (const computation of computations)
        programs.push(await backend.compile(computation, { params: trained.params, states }));
      return new ModelStates(backend, config, options, { keep, states, programs });
    } catch (error) {
      for (const made of [...programs, ...states.values()]) made.dispose();
      throw error;
    }
  }

  /** What is trained, and how its weights are bound. */
  get part(): TrainedPart {
    return this.#part;
  }

  /** The states by name, for other programs over the same weights. */
  get states(): ReadonlyMap<string, State> {
    return this.#states;
  }

  #floats(name: string): Float32Array<ArrayBuffer> {
    const bytes = this.#state(name).bytes();
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }

  /** Views of the trained weights by name, to be read or written between steps. */
  weights(): Map<string, Float32Array<ArrayBuffer>> {
    return new Map(this.trainables.map(({ name }) => [name, this.#floats(name)]));
  }

  /** AdamW's moments, by "first." or "second." and the parameter's name. */
  moments(): Map<string, State> {
    return new Map(
      this.trainables.flatMap(({ name }) => [
        [`first.${name}`, this.#state(firstMomentOf(name))] as const,
        [`second.${name}`, this.#state(secondMomentOf(name))] as const,
      ]),
    );
  }

  #state(name: string): State {
    const state = this.#states.get(name);
    assert(state !== undefined, `there is no state ${name}`);
    return state;
  }

  /**
   * One AdamW step over `batches` batches of T tokens each.
   * @param step its number, counted from 1.
   */
  async step(
    batches: readonly Batch[],
    { step, learningRate }: { readonly step: number; readonly learningRate: number },
    options?: RunOptions,
  ): Promise<StepResult> {
    if (batches.length !== this.batches) {
      throw new RequestError({
        doing: "take a training step",
        expected: `${this.batches} batches`,
        found: `${batches.length}`,
      });
    }
    const end = { rates: ratesOf(learningRate, step, this.#optimiser), ...this.#roundingOf(step) };
    const [program, update] = this.#programs;
    if (update === undefined) {
      const { loss, norm } = await program.run(
        { ...batches[0], ...end, ...this.#seedOf(step, 0) },
        {},
        options,
      );
      return { loss: loss[0], norm: norm[0] };
    }
    let loss = 0;
    for (const [i, batch] of batches.entries()) {
      const keep = Float32Array.of(i === 0 ? 0 : 1);
      const inputs = { ...batch, keep, ...this.#seedOf(step, i) };
      loss += (await program.run(inputs, {}, options)).loss[0];
    }
    return { loss, norm: (await update.run(end, {}, options)).norm[0] };
  }

  /** The seed of a part of a step: it follows from the run's seed and the numbers of both. */
  #seedOf(step: number, part: number): { readonly seed?: Int32Array } {
    return this.#part.isRandom ? { seed: this.#random(step, part) } : {};
  }

  /** The seed of the rounding of moments. */
  #roundingOf(step: number): { readonly rounding?: Int32Array } {
    const isRounded = this.trainables.some((each) => momentSpec(each, this.#optimiser).dtype === "I8");
    return isRounded ? { rounding: this.#random(step, this.batches) } : {};
  }

  #random(step: number, part: number): Int32Array {
    return Int32Array.of(mixBits(mixBits(mixBits(this.#seed) ^ step) ^ part) % SEEDS);
  }

  /** The loss of every token of a batch, in nats, whatever its weight [T]. */
  async losses(batch: Batch, options?: RunOptions): Promise<Float32Array> {
    this.#evaluation ??= this.#backend.compile(evaluationComputation(this.config, this.#evaluated), {
      params: this.#part.params,
      states: this.#states,
    });
    const results = await (await this.#evaluation).run({ ...batch }, {}, options);
    const losses = new Float32Array(this.tokens);
    let at = 0;
    for (let i = 0; at < this.tokens; i++) {
      losses.set(results[`losses ${i}`], at);
      at += results[`losses ${i}`].length;
    }
    return losses;
  }

  dispose(): void {
    for (const program of this.#programs) program.dispose();
    void this.#evaluation?.then((program) => program.dispose());
    for (const state of this.#states.values()) state.dispose();
  }
  [DISPOSE](): void {
    this.dispose();
  }
}
