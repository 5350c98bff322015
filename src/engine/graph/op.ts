/**
 * An op is one row of a closed table (ops/table.ts): the contract that every backend fulfils. It states the shape rule,
 * the reference semantics in plain loops, and the gradient as more graph. It does not depend on a backend. Activations
 * are matrices of rows, `[rows, columns]`, or vectors.
 */
import type { DType } from "../../base/dtypes.ts";
import { decodeBlocks } from "../../quant/index.ts";
import type { Node, ValueSpec } from "./graph.ts";

export type FloatArray = Float32Array | Float64Array;

/** One operand of a running op, its symbols resolved. */
export interface Operand {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /**
   * The elements. F32 activations are a Float32Array (Float64Array when gradients are checked), I32 an
   * Int32Array, and weights of every other type the bytes of their blocks.
   */
  readonly data: FloatArray | Int32Array | Uint8Array;
}

export interface Op<A = unknown> {
  readonly name: string;
  /** Shape rule: checks the inputs and returns the spec of the output or outputs. Throws ShapeError or DtypeError. */
  infer(inputs: readonly Node[], attributes: A): ValueSpec | readonly ValueSpec[];
  /** Simple, slow reference. Writes every element of every output; sums are accumulated in f64. */
  reference(inputs: readonly Operand[], outputs: readonly Operand[], attributes: A): void;
  /**
   * Gradient of a scalar with respect to each input, given the gradient with respect to the first output; undefined for
   * inputs without one (integers). An op without this rule cannot be differentiated. Further outputs hold values that
   * the gradient of the first one needs; they have no gradients.
   */
  readonly gradient?: (node: Node, dOut: Node, attributes: A) => readonly (Node | undefined)[];
  /**
   * For each output the number of the input into whose memory it is written; undefined for outputs with separate
   * memory. That input must be a state or a computed value, and nothing may read it afterwards.
   */
  readonly writes?: readonly (number | undefined)[];
}

/** The elements of an operand of floats. */
export function floats({ data }: Operand): FloatArray {
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  throw new Error("Internal error: expected float elements");
}

export function integers({ data }: Operand): Int32Array {
  if (data instanceof Int32Array) return data;
  throw new Error("Internal error: expected integer elements");
}

/**
 * Reads rows of a matrix of any storage type, one at a time. Float rows are returned as views; quantised rows
 * are decoded into one buffer that the next call overwrites.
 */
export function rowReader(matrix: Operand): (row: number) => FloatArray {
  const columns = matrix.shape[1];
  const { data } = matrix;
  if (data instanceof Float32Array || data instanceof Float64Array) {
    return (row) => data.subarray(row * columns, (row + 1) * columns);
  }
  if (data instanceof Int32Array) throw new Error("Internal error: expected a matrix of weights");
  const rowBytes = matrix.shape[0] === 0 ? 0 : data.byteLength / matrix.shape[0];
  const buffer = new Float32Array(columns);
  return (row) => {
    decodeBlocks(matrix.dtype, data, row * rowBytes, buffer, 0, columns);
    return buffer;
  };
}
