/**
 * AdamW with moments of 8 bits, in blocks of 256 elements [AdamW8bit]: a block is 256 codes and its largest magnitude s as
 * f32, 260 bytes instead of 1024. Codes are spaced as fourth powers, finer near zero:
 *
 *     value = s · sign(c) · (c/127)⁴        c from −127 to 127, of second moments from 0
 *
 * A moment changes by less than half a code in most steps, so codes are rounded up or down at random, with the right mean: by
 * the hash of the element, the seed of the step, and the numbers of the parameter and the moment. A second moment that is
 * not zero never becomes zero, because a step is divided by its root. The formulas of the step are those of `adamw`, in f32.
 */
import { expectShape, type Node, type Shape } from "../graph.ts";
import { floats, integers, type Op, type Operand } from "../op.ts";
import { elementHash, HASH_BITS, streamOf } from "./dropout.ts";
import { type AdamWAttributes, RATES } from "./optimiser.ts";

/** Elements of a block, and its bytes. */
export const MOMENT_BLOCK = 256;
export const MOMENT_BLOCK_BYTES = MOMENT_BLOCK + 4;
/** Greatest code. */
export const MOST_CODE = 127;
/** A block whose largest magnitude is below this is stored as zeros. */
export const LEAST_MOMENT = 2 ** -120;

/** Shape of the moments of a parameter of this shape, in I8. */
export function smallMomentsShape(shape: Shape): number[] {
  const length = shape.reduce<number>((product, dim) => product * Number(dim), 1);
  return [Math.ceil(length / MOMENT_BLOCK), MOMENT_BLOCK_BYTES];
}

export interface SmallAdamWAttributes extends AdamWAttributes {
  /** Number of the parameter: others of the same step round differently. */
  readonly application: number;
}

const bytesOf = ({ data }: Operand): Uint8Array => data as Uint8Array;

/** The codes and the scale of block `block`. */
function blockOf(moments: Operand, block: number): { codes: Int8Array; view: DataView } {
  const { buffer, byteOffset } = bytesOf(moments);
  const start = byteOffset + block * MOMENT_BLOCK_BYTES;
  return {
    codes: new Int8Array(buffer, start, MOMENT_BLOCK),
    view: new DataView(buffer, start + MOMENT_BLOCK, 4),
  };
}

/** Decodes the moments of a block. */
export function decodeMoments(codes: Int8Array, scale: number): Float64Array {
  return Float64Array.from(codes, (c) => scale * Math.sign(c) * (c / MOST_CODE) ** 4);
}

function largest(values: Float64Array, count: number): number {
  let most = 0;
  for (let i = 0; i < count; i++) most = Math.max(most, Math.abs(values[i]));
  return most < LEAST_MOMENT ? 0 : Math.fround(most);
}

/** @param chance from 0 to below 1: how far above a code a magnitude must be to be rounded up. @param least code of magnitudes above 0. */
function encodeMoments(
  values: Float64Array,
  count: number,
  { codes, view }: ReturnType<typeof blockOf>,
  chance: (i: number) => number,
  least: 0 | 1,
): void {
  const scale = largest(values, count);
  view.setFloat32(0, scale, true);
  for (let i = 0; i < count; i++) {
    const magnitude = scale === 0 ? 0 : Math.abs(values[i]) / scale;
    const exact = MOST_CODE * Math.sqrt(Math.sqrt(magnitude));
    const code = Math.min(MOST_CODE, Math.floor(exact + chance(i)));
    codes[i] = magnitude === 0 ? 0 : Math.sign(values[i]) * Math.max(least, code);
  }
}

/** What the hash of an element is xored with, for the first and the second moments of a parameter. */
export const momentStreams = (application: number): readonly [number, number] => [
  streamOf(2 * application),
  streamOf(2 * application + 1),
];

export const ADAMW_SMALL: Op<SmallAdamWAttributes> = {
  name: "adamw_small",
  writes: [0, 1, 2],
  infer([weights, first, second, gradient, rates, factor, seed]) {
    expectShape("adamw_small", "first moments", first, smallMomentsShape(weights.shape));
    expectShape("adamw_small", "second moments", second, smallMomentsShape(weights.shape));
    expectShape("adamw_small", "a gradient", gradient, weights.shape);
    expectShape("adamw_small", "rates", rates, [RATES.length]);
    expectShape("adamw_small", "a factor", factor, [1]);
    expectShape("adamw_small", "a seed", seed, [1]);
    return [
      { shape: weights.shape, dtype: "F32" },
      { shape: first.shape, dtype: "I8" },
      { shape: second.shape, dtype: "I8" },
    ];
  },
  reference([, , , gradient, rates, factor, seed], [weights, first, second], attributes) {
    const { beta1, beta2, eps, weightDecay, application } = attributes;
    const [w, g, by] = [floats(weights), floats(gradient), floats(factor)[0]];
    if (by === 0) return;
    const [learningRate, correction1, correction2] = floats(rates);
    const [start] = integers(seed);
    const streams = momentStreams(application);
    for (let block = 0; block * MOMENT_BLOCK < w.length; block++) {
      const from = block * MOMENT_BLOCK;
      const count = Math.min(MOMENT_BLOCK, w.length - from);
      const [ofFirst, ofSecond] = [blockOf(first, block), blockOf(second, block)];
      const m = decodeMoments(ofFirst.codes, ofFirst.view.getFloat32(0, true));
      const v = decodeMoments(ofSecond.codes, ofSecond.view.getFloat32(0, true));
      for (let i = 0; i < count; i++) {
        const scaled = by * g[from + i];
        m[i] = beta1 * m[i] + (1 - beta1) * scaled;
        v[i] = beta2 * v[i] + (1 - beta2) * scaled * scaled;
        const direction = (m[i] * correction1) / (Math.sqrt(v[i] * correction2) + eps);
        w[from + i] -= learningRate * (direction + weightDecay * w[from + i]);
      }
      const chance = (stream: number) => (i: number) => elementHash(from + i, start, stream) / 2 ** HASH_BITS;
      encodeMoments(m, count, ofFirst, chance(streams[0]), 0);
      encodeMoments(v, count, ofSecond, chance(streams[1]), 1);
    }
  },
};

/** The new versions of weights and moments of 8 bits; `seed` is an input [1]. */
export function adamwSmall(
  states: { readonly weights: Node; readonly first: Node; readonly second: Node },
  gradient: Node,
  inputs: { readonly rates: Node; readonly factor: Node; readonly seed: Node },
  attributes: SmallAdamWAttributes,
): readonly Node[] {
  const { weights, first, second } = states;
  const { rates, factor, seed } = inputs;
  const nodes = [weights, first, second, gradient, rates, factor, seed];
  return weights.graph.apply(ADAMW_SMALL, nodes, attributes).outputs;
}
