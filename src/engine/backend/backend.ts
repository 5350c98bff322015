/**
 * The interface of backends. A backend turns a graph and its bindings into a program, and owns the memory that
 * outlives a step. It may first rewrite the graph to its own ops; then it plans, verifies and runs. It knows nothing
 * of models or files. Every backend gives the same results as the reference, within the tolerances that its kernels
 * state.
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
  /** Called with the bytes of weights packed so far, and in total. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface Program extends Disposable {
  /**
   * Prepares the weights, if the backend keeps them in a packed layout. Otherwise the first `run` prepares them. Weights of a
   * mapped file may stay as they are, and be packed between later runs.
   */
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
  /** One line for users that says what it runs on. */
  readonly description: string;
  /** Faster modes that it cannot use on this machine, one sentence each. */
  readonly passedOver?: readonly string[];
  /** Whether weights at addresses are read where they are, and first when a program is prepared or runs. */
  readonly readsMappedMemory: boolean;
  /** Precisions to which it can round the operands of matrix products. */
  readonly precisions: readonly MatmulPrecision[];
  /** The precision of products with a weight of this type, if none is requested. */
  precisionFor(dtype: DType): MatmulPrecision;
  createState(shape: readonly number[], dtype: DType): State;
  /**
   * Compiles a computation to a program. Asynchronous, because some backends compile elsewhere (a GPU driver, an
   * engine's compiler thread).
   * @param precision f64 exists to check gradients; only the reference backend has it.
   */
  compile(computation: Computation, bindings: Bindings, precision?: Precision): Promise<Program>;
  dispose(): void;
}
