/**
 * rope [RoPE]: rotates pairs of elements of every head by position·frequency, so that q·k depends only on the distance
 * of two tokens. The pairing is explicit; the elements of pair i are:
 *   interleaved (Meta, GGUF's llama): (2i, 2i+1)        halves (Hugging Face): (i, i + rotaryDim/2)
 * Elements beyond rotaryDim pass unchanged. The gradient is the rotation by the opposite angle.
 */
import { ShapeError } from "../../../base/errors.ts";
import { expectRank, expectShape, type Node } from "../graph.ts";
import { type FloatArray, floats, integers, type Op } from "../op.ts";

export type RopePairing = "interleaved" | "halves";

export interface Attributes {
  readonly headDim: number;
  readonly pairing: RopePairing;
  /** Factor of the result: YaRN's attention factor, 1 without it. */
  readonly magnitude: number;
  /** −1 rotates by the opposite angle, for the gradient. */
  readonly direction: 1 | -1;
}

/** Rotates all heads of one row; cosines and sines are those of its position. */
function rotateRow(
  row: FloatArray,
  cosines: FloatArray,
  sines: FloatArray,
  out: FloatArray,
  { headDim, pairing, magnitude }: Attributes,
): void {
  const pairs = cosines.length;
  const [step, apart] = pairing === "interleaved" ? [2, 1] : [1, pairs];
  for (let head = 0; head < row.length; head += headDim) {
    for (let i = 0; i < pairs; i++) {
      const at = head + i * step;
      const [a, b] = [row[at], row[at + apart]];
      out[at] = magnitude * (a * cosines[i] - b * sines[i]);
      out[at + apart] = magnitude * (a * sines[i] + b * cosines[i]);
    }
    for (let j = 2 * pairs; j < headDim; j++) out[head + j] = row[head + j];
  }
}

export const ROPE: Op<Attributes> = {
  name: "rope",
  infer([x, positions, frequencies], { headDim }) {
    const [rows, columns] = expectRank("rope", "a matrix", x, 2);
    expectShape("rope", "positions", positions, [rows]);
    const [pairs] = expectRank("rope", "frequencies", frequencies, 1);
    const fits = typeof columns === "number" && columns % headDim === 0 && 2 * (pairs as number) <= headDim;
    if (fits) return { shape: x.shape, dtype: "F32" };
    throw new ShapeError({
      doing: "apply rope",
      expected: `whole heads of ${headDim} and at most ${headDim / 2} frequencies`,
      found: `${columns} columns and ${pairs} frequencies`,
    });
  },
  reference([x, positions, frequencies], [output], attributes) {
    const columns = x.shape[1];
    const [values, f, out] = [floats(x), floats(frequencies), floats(output)];
    const cosines = new Float64Array(f.length);
    const sines = new Float64Array(f.length);
    integers(positions).forEach((position, t) => {
      for (let i = 0; i < f.length; i++) {
        const angle = attributes.direction * position * f[i];
        cosines[i] = Math.cos(angle);
        sines[i] = Math.sin(angle);
      }
      const row = values.subarray(t * columns, (t + 1) * columns);
      rotateRow(row, cosines, sines, out.subarray(t * columns, (t + 1) * columns), attributes);
    });
  },
  gradient: ({ inputs: [, positions, frequencies] }, dOut, attributes) => {
    const direction = attributes.direction === 1 ? -1 : 1;
    return [
      dOut.graph.apply(ROPE, [dOut, positions, frequencies], { ...attributes, direction }),
      undefined,
      undefined,
    ];
  },
};

export interface RopeOptions {
  readonly headDim: number;
  readonly pairing: RopePairing;
  readonly magnitude: number;
}

/** Rotates x [T, heads·headDim] by positions [T] and frequencies [rotaryDim / 2] (radians per position). */
export function rope(x: Node, positions: Node, frequencies: Node, options: RopeOptions): Node {
  return x.graph.apply(ROPE, [x, positions, frequencies], { ...options, direction: 1 });
}
