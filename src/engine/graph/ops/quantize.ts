/**
 * Ops that produce activations of 8 bits (activation-blocks.ts): from a matrix, from its norm, and from the gated
 * unit. They come from lowering (backend/program/lower.ts), never from a model. The fused forms save a pass over the
 * row. They have no gradients, because training lowers nothing.
 */
import { expectRank, type Node, type ValueSpec } from "../graph.ts";
import { floats, type Op, type Operand } from "../op.ts";
import { activationRowBytes, encodeActivations } from "./activation-blocks.ts";
import { RMS_NORM } from "./rms-norm.ts";
import { SWIGLU } from "./swiglu.ts";

function quantizedLike(node: Node): ValueSpec {
  const [rows, columns] = expectRank("quantize", "a matrix", node, 2);
  return { shape: [rows, activationRowBytes(columns as number)], dtype: "I8" };
}

function encodeRows({ shape: [rows, columns], data }: Operand, output: Operand): void {
  const rowBytes = activationRowBytes(columns);
  for (let i = 0; i < rows; i++) {
    const row = (data as Float32Array).subarray(i * columns, (i + 1) * columns);
    encodeActivations(row, output.data as Uint8Array, i * rowBytes);
  }
}

/** Reference of a fused form: the plain op, then the rounding. */
function encodeResultOf<A>(op: Op<A>, inputs: readonly Operand[], output: Operand, attributes: A): void {
  const { shape, dtype } = inputs[0];
  const result: Operand = { shape, dtype, data: new Float32Array(floats(inputs[0]).length) };
  op.reference(inputs, [result], attributes);
  encodeRows(result, output);
}

export const QUANTIZE: Op<undefined> = {
  name: "quantize",
  infer: ([x]) => quantizedLike(x),
  reference: ([x], [output]) => encodeRows(x, output),
};

export const RMS_NORM_QUANTIZE: Op<{ readonly eps: number }> = {
  name: "rms_norm_quantize",
  infer: (inputs, attributes) => {
    RMS_NORM.infer(inputs, attributes);
    return quantizedLike(inputs[0]);
  },
  reference: (inputs, [output], attributes) => encodeResultOf(RMS_NORM, inputs, output, attributes),
};

export const SWIGLU_QUANTIZE: Op<undefined> = {
  name: "swiglu_quantize",
  infer: (inputs) => {
    SWIGLU.infer(inputs, undefined);
    return quantizedLike(inputs[0]);
  },
  reference: (inputs, [output]) => encodeResultOf(SWIGLU, inputs, output, undefined),
};
