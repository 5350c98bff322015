/** Random Q4_0 weights and quantised activations for the tests and the bench of matmul-q4, and the expected results. */
import { f16ToF32, f32ToF16 } from "../../src/base/half.ts";
import { Random } from "../../src/base/random.ts";
import { BLOCK } from "./matmul-q4.ts";

/** `rows` rows of Q4_0 blocks, as stored in files. */
export function randomRows(rows: number, blocks: number, seed: number): Uint8Array[] {
  const random = new Random(seed);
  return Array.from({ length: rows }, () => {
    const row = new Uint8Array(18 * blocks).map(() => random.below(256));
    const view = new DataView(row.buffer);
    for (let b = 0; b < blocks; b++) view.setUint16(18 * b, f32ToF16(random.normal() * 0.02), true);
    return row;
  });
}

export interface Activations {
  readonly q: Int8Array;
  readonly scales: Float32Array;
  readonly offsets: Int32Array;
}

/** int8 values with their scales and offsets, for one token. */
export function randomActivations(blocks: number, seed: number): Activations {
  const random = new Random(seed);
  const q = new Int8Array(BLOCK * blocks).map(() => random.below(255) - 127);
  const scales = new Float32Array(blocks).map(() => Math.abs(random.normal()) * 0.01);
  const offsets = new Int32Array(blocks).map(
    (_, b) => -8 * q.subarray(BLOCK * b, BLOCK * (b + 1)).reduce((s, v) => s + v, 0),
  );
  return { q, scales, offsets };
}

/** Activations of a group of tokens, in the order that the kernel reads. */
export function interleave(tokens: readonly Activations[], blocks: number): Activations {
  const n = tokens.length;
  const result = {
    q: new Int8Array(BLOCK * blocks * n),
    scales: new Float32Array(blocks * n),
    offsets: new Int32Array(blocks * n),
  };
  tokens.forEach((token, t) => {
    for (let b = 0; b < blocks; b++) {
      result.q.set(token.q.subarray(BLOCK * b, BLOCK * (b + 1)), BLOCK * (b * n + t));
      result.scales[b * n + t] = token.scales[b];
      result.offsets[b * n + t] = token.offsets[b];
    }
  });
  return result;
}

/** Σ weight · activation by the formula of Q4_0, in f64. */
export function exactDot(row: Uint8Array, x: Activations, blocks: number): number {
  const view = new DataView(row.buffer, row.byteOffset);
  let sum = 0;
  for (let b = 0; b < blocks; b++) {
    let products = 0;
    for (let i = 0; i < 16; i++) {
      const byte = row[18 * b + 2 + i];
      products += ((byte & 15) - 8) * x.q[BLOCK * b + i] + ((byte >> 4) - 8) * x.q[BLOCK * b + 16 + i];
    }
    sum += products * f16ToF32(view.getUint16(18 * b, true)) * x.scales[b];
  }
  return sum;
}
