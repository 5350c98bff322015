/**
 * What a backend is: it turns a graph and its bindings into a program, and owns the memory that outlives a
 * step. It may rewrite the graph into ops of its own first; then it plans, verifies and runs. It knows nothing
 * of models or files. Every backend gives the same results as the reference within the tolerance that each of
 * its kernels states.
 */
import type { DType } from "../../base/dtypes.ts";
import type { Bindings, State } from "../graph/bindings.ts";
import type { FloatArray } from "../graph/op.ts";
import type { MatmulPrecision } from "../graph/ops/matmul-precision.ts";
import type { Computation, Precision } from "../graph/plan.ts";

export interface StepOptions {
  /** Stops the step between two kernels; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface PrepareOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of weights packed so far, and in all. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface Program extends Disposable {
  /** Gets the weights ready, if the backend keeps them in a layout of its own. The first `run` does it otherwise. */
  prepare(options?: PrepareOptions): Promise<void>;
  /**
   * Runs one step. `inputs` holds every input of the graph, `dims` the value of every symbol; both are checked
   * against the plan, every integer against its range. The results are views that the next step overwrites.
   */
  run(
    inputs: Readonly<Record<string, Int32Array | FloatArray>>,
    dims: Readonly<Record<string, number>>,
    options?: StepOptions,
  ): Promise<Readonly<Record<string, Float32Array>>>;
  dispose(): void;
}

export interface Backend extends Disposable {
  readonly name: string;
  /** One line for people: what it runs on. */
  readonly description: string;
  /** Faster ways to run that it has but cannot take here, a sentence each. */
  readonly passedOver?: readonly string[];
  /** What operands of matrix products can be rounded to. */
  readonly precisions: readonly MatmulPrecision[];
  createState(shape: readonly number[], dtype: DType): State;
  /**
   * Makes the program of a computation. Asynchronous, since some backends compile elsewhere (a GPU's driver, an
   * engine's compiler thread).
   * @param precision f64 exists to check gradients; only the reference backend has it.
   */
  compile(computation: Computation, bindings: Bindings, precision?: Precision): Promise<Program>;
  dispose(): void;
}
