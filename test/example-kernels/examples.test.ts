/** The three example kernels on every target: against the interpreter, and against plain formulas. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.ts";
import { firstDifference, runBoth, testMachines } from "../support/kernel-machines.ts";
import { matvecF32 } from "./dot.ts";
import { matmulQ4, packTile, tileBlockBytes } from "./matmul-q4.ts";
import { exactDot, interleave, randomActivations, randomRows } from "./q4-data.ts";
import { rmsnormF32 } from "./rmsnorm.ts";

const floatsAt = (bytes: Uint8Array, offset: number, length: number): Float32Array =>
  new Float32Array(bytes.slice(offset, offset + 4 * length).buffer);

function putFloats(bytes: Uint8Array, offset: number, values: ArrayLike<number>): void {
  bytes.set(new Uint8Array(Float32Array.from(values).buffer), offset);
}

describe.each(testMachines())("examples on $target.name", (machine) => {
  it.each([1, 3, 4, 15, 16, 17, 63, 64, 65, 100, 257])("matvec_f32 with %i columns", (columns) => {
    const random = new Random(columns);
    const rows = 5;
    const [weights, x] = [
      Array.from({ length: rows * columns }, () => random.normal()),
      Array.from({ length: columns }, () => random.normal()),
    ];
    // Rows with an odd number of f32 are not aligned.
    const at = { weights: 68, x: 20004, out: 40004 };
    const both = runBoth(machine, {
      kernel: matvecF32,
      arrange: (bytes) => {
        putFloats(bytes, at.weights, weights);
        putFloats(bytes, at.x, x);
        return { ...at, rows, columns };
      },
    });
    expect(firstDifference(both)).toBeUndefined();
    floatsAt(both.actual, at.out, rows).forEach((value, r) => {
      const products = x.map((v, i) => v * weights[r * columns + i]);
      const expected = products.reduce((sum, v) => sum + v, 0);
      const magnitude = products.reduce((sum, v) => sum + Math.abs(v), 0);
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(2e-7 * magnitude * Math.log2(columns + 2));
    });
  });

  it.each([1, 4, 15, 16, 31, 64, 250])("rmsnorm_f32 of %i values", (dim) => {
    const random = new Random(dim);
    const [rows, eps] = [3, 1e-5];
    const x = Array.from({ length: rows * dim }, () => random.normal() * 10);
    const weight = Array.from({ length: dim }, () => 1 + random.normal() * 0.1);
    const at = { x: 64, weight: 20004, out: 40000 };
    const both = runBoth(machine, {
      kernel: rmsnormF32,
      arrange: (bytes) => {
        putFloats(bytes, at.x, x);
        putFloats(bytes, at.weight, weight);
        return { ...at, rows, dim, eps };
      },
    });
    expect(firstDifference(both)).toBeUndefined();
    floatsAt(both.actual, at.out, rows * dim).forEach((value, i) => {
      const row = x.slice(dim * Math.floor(i / dim), dim * (Math.floor(i / dim) + 1));
      const mean = row.reduce((sum, v) => sum + v * v, 0) / dim;
      const expected = (x[i] * weight[i % dim]) / Math.sqrt(mean + eps);
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-6 * Math.abs(expected));
    });
  });

  const blocks = 5;
  const tiles = 2;
  /** Results of one run over `tokens` tokens per group, as rows of outputs per token. */
  function matmul(tokens: number, groups: number): Float32Array[] {
    const { lanes } = machine.target;
    const rows = tiles * lanes;
    const at = { weights: 256, x: 40000, scales: 60000, offsets: 70000, out: 80000 };
    const outStride = 4 * rows;
    const both = runBoth(machine, {
      kernel: kernels[tokens],
      arrange: (bytes) => {
        const data = randomRows(rows, blocks, 1);
        for (let t = 0; t < tiles; t++)
          packTile(
            data.slice(t * lanes, (t + 1) * lanes),
            blocks,
            bytes.subarray(at.weights + t * blocks * tileBlockBytes(lanes)),
          );
        for (let g = 0; g < groups; g++) {
          const own = Array.from({ length: tokens }, (_, t) => randomActivations(blocks, g * tokens + t));
          const { q, scales, offsets } = interleave(own, blocks);
          bytes.set(new Uint8Array(q.buffer), at.x + g * q.byteLength);
          bytes.set(new Uint8Array(scales.buffer), at.scales + g * scales.byteLength);
          bytes.set(new Uint8Array(offsets.buffer), at.offsets + g * offsets.byteLength);
        }
        return { ...at, outStride, tiles, blocks, groups };
      },
    });
    expect(firstDifference(both)).toBeUndefined();
    return Array.from({ length: tokens * groups }, (_, t) =>
      floatsAt(both.actual, at.out + t * outStride, rows),
    );
  }
  const kernels = Object.fromEntries([1, 2, 4].map((tokens) => [tokens, matmulQ4(tokens)]));

  it("matmul_q4_0 follows the formula of Q4_0", () => {
    const rows = randomRows(tiles * machine.target.lanes, blocks, 1);
    matmul(1, 4).forEach((outputs, t) => {
      const x = randomActivations(blocks, t);
      outputs.forEach((value, r) => {
        expect(Math.abs(value - exactDot(rows[r], x, blocks))).toBeLessThanOrEqual(1e-6);
      });
    });
  });

  it("matmul_q4_0 gives the same bits for one token and for many", () => {
    const alone = matmul(1, 4);
    expect(matmul(2, 2)).toEqual(alone);
    expect(matmul(4, 1)).toEqual(alone);
  });
});
