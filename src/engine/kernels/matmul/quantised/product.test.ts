/** Products of quantised weights on every target, against the op's reference. */
import { describe, expect, it } from "vitest";
import {
  asFloats,
  interpretingMachine,
  kernelMachines,
  runKernel,
  runReference,
} from "../../../../../test/support/kernel-harness.ts";
import { normalisedError, randomBlocks } from "../../../../../test/support/random-blocks.ts";
import { type DType, dtypeInfo } from "../../../../base/dtypes.ts";
import { Random } from "../../../../base/random.ts";
import { Graph } from "../../../graph/graph.ts";
import {
  ACTIVATION_BLOCK,
  ACTIVATION_BLOCK_BYTES,
  activationRowBytes,
  CODE_OFFSET,
  encodeActivations,
  HALF_STARTS_OFFSET,
  SCALE_OFFSET,
  SCALED_SUM_OFFSET,
  START_OFFSET,
} from "../../../graph/ops/activation-blocks.ts";
import { MATMUL_Q8 } from "../../../graph/ops/matmul-q8.ts";
import { avx2, avx512, TUNINGS } from "../../../jit/target.ts";
import { QUANTISED_ROW } from "./product.ts";
import { QUANTISED_TYPES } from "./types/table.ts";

const machines = kernelMachines();
const types = [...QUANTISED_TYPES.keys()];
/** Rows that fill groups exactly, that leave a remainder, or that are fewer than one group. */
const ROW_COUNTS = [1, 7, 16, 37];
/** Four times the error measured with this few columns. */
const TOLERANCE = 6e-14;
/** The last one is above the least number of tokens of every form of the kernel. */
const TOKEN_COUNTS = [0, 1, 2, 3, 7, 11, 16, 17, 33, 97];

function activations(random: Random, tokens: number, columns: number): Uint8Array {
  const rowBytes = activationRowBytes(columns);
  const bytes = new Uint8Array(tokens * rowBytes);
  for (let t = 0; t < tokens; t++) {
    const row = Float32Array.from({ length: columns }, () => random.normal());
    if (t % 3 === 2) row.fill(0, 0, 32);
    encodeActivations(row, bytes, t * rowBytes);
  }
  return bytes;
}

/** Blocks whose bytes are all `value`, except that each 16-bit field is 1 as a float. */
function fillBlocks(bytes: Uint8Array, dtype: DType, value: number): void {
  const { blockBytes } = dtypeInfo(dtype);
  bytes.fill(value);
  for (let at = 0; at < bytes.byteLength; at += blockBytes)
    for (const half of QUANTISED_TYPES.get(dtype)?.halves ?? []) bytes.set([0x00, 0x3c], at + half);
}

/** Activations of the greatest magnitude: all −128, all 127, then alternating, from token to token. */
function fillActivations(bytes: Uint8Array, tokens: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.byteLength; at += ACTIVATION_BLOCK_BYTES) {
    const token = Math.floor((at * tokens) / bytes.byteLength);
    const sums = [0, 0];
    for (let i = 0; i < ACTIVATION_BLOCK; i++) {
      const q = token % 3 === 0 || (token % 3 === 2 && i % 2 === 0) ? -128 : 127;
      view.setInt8(at + i, q);
      sums[i >> 4] += q;
    }
    view.setFloat32(at + SCALE_OFFSET, 1, true);
    view.setFloat32(at + SCALED_SUM_OFFSET, sums[0] + sums[1], true);
    view.setInt32(at + START_OFFSET, -CODE_OFFSET * (sums[0] + sums[1]), true);
    sums.forEach((sum, half) => {
      view.setInt32(at + HALF_STARTS_OFFSET + 4 * half, -CODE_OFFSET * sum, true);
    });
  }
}

function product(dtype: DType, rows: number, columns: number, tokens: number, withResidual: boolean) {
  const random = new Random(rows * 1000 + tokens);
  const graph = new Graph();
  const x = graph.param("x", [tokens, activationRowBytes(columns)], "I8");
  const weight = graph.param("w", [rows, columns], dtype);
  const data: (Uint8Array | Float32Array)[] = [
    activations(random, tokens, columns),
    randomBlocks(random, dtype, (rows * columns) / dtypeInfo(dtype).blockLength),
  ];
  const inputs = [x, weight];
  if (withResidual) {
    inputs.push(graph.input("residual", [tokens, rows], "F32"));
    data.push(Float32Array.from({ length: tokens * rows }, () => random.normal()));
  }
  return { node: graph.apply(MATMUL_Q8, inputs, undefined), data };
}

describe.each(machines.map((machine) => ({ name: machine.target.name, machine })))("$name", ({ machine }) => {
  it.each(types)("%s equals the reference", (dtype) => {
    for (const rows of ROW_COUNTS) {
      const columns = dtypeInfo(dtype).blockLength * (1 + (rows % 3));
      // Over all batches together: a single sum can be near zero, and its relative error is then large.
      const [actual, expected]: number[][] = [[], []];
      for (const tokens of TOKEN_COUNTS) {
        const { node, data } = product(dtype, rows, columns, tokens, tokens % 2 === 1);
        const given = { inputs: data, firstTask: 1 };
        actual.push(...asFloats(runKernel(machine, QUANTISED_ROW, node, given)));
        expected.push(...(runReference(node, given) as Float32Array));
      }
      expect(normalisedError(actual, expected), `${rows} × ${columns}`).toBeLessThan(TOLERANCE);
    }
  });

  const scaled = types.filter((dtype) => (QUANTISED_TYPES.get(dtype)?.halves.length ?? 0) > 0);
  it.each(scaled)("%s: sums of the greatest codes and activations are exact", (dtype) => {
    for (const codes of [0xff, 0x00, 0x77])
      for (const tokens of [1, 5, 33]) {
        const { node, data } = product(dtype, 9, 512, tokens, false);
        fillBlocks(data[1] as Uint8Array, dtype, codes);
        fillActivations(data[0] as Uint8Array, tokens);
        const actual = asFloats(runKernel(machine, QUANTISED_ROW, node, { inputs: data }));
        const expected = runReference(node, { inputs: data }) as Float32Array;
        expect(normalisedError(actual, expected), `${codes} × ${tokens}`).toBeLessThan(TOLERANCE);
      }
  });

  it.each(types)("%s takes the memory that it takes in the file", (dtype) => {
    const { node, data } = product(dtype, 64, 512, 1, false);
    expect(QUANTISED_ROW.packing?.(node, machine.target)?.byteLength).toBe(data[1].byteLength);
  });

  // With many columns, a panel is multiplied in several parts.
  const WIDE = [17, 2816] as const;
  it.each([
    ...(
      "Q4_0 Q4_1 Q8_0 Q2_K Q4_K Q5_K Q6_K IQ1_M IQ2_XS IQ3_S IQ4_XS TQ1_0".split(" ") as readonly DType[]
    ).map((dtype) => [dtype, 37, 512] as const),
    ...(["Q4_0", "Q8_0", "Q6_K"] as const).map((dtype) => [dtype, ...WIDE] as const),
  ])("%s, %i × %i: a token's bits do not depend on the others", (dtype, rows, columns) => {
    const tokens = 101;
    const { node, data } = product(dtype, rows, columns, tokens, false);
    const all = asFloats(runKernel(machine, QUANTISED_ROW, node, { inputs: data }));
    const rowBytes = activationRowBytes(columns);
    for (const [from, to] of [
      [0, 1],
      [16, 17],
      [100, 101],
      [3, 9],
      [20, 60],
    ]) {
      const some = product(dtype, rows, columns, to - from, false);
      const inputs = [data[0].slice(from * rowBytes, to * rowBytes), data[1]];
      const alone = asFloats(runKernel(machine, QUANTISED_ROW, some.node, { inputs }));
      expect(alone, `tokens ${from} to ${to}`).toEqual(all.slice(from * rows, to * rows));
    }
  });
});

const native = machines.filter(({ target }) => target.isa !== "wasm");

describe.each(native.map((machine) => ({ name: machine.target.name, machine })))("$name", ({ machine }) => {
  it.each(types)("%s gives the same bits from the file's layout", (dtype) => {
    const { blockLength } = dtypeInfo(dtype);
    for (const [rows, columns] of [
      [37, blockLength],
      [7, 2 * blockLength],
      [32, Math.ceil(2816 / blockLength) * blockLength],
    ])
      for (const tokens of [1, 2, 5, 33, 97]) {
        const { node, data } = product(dtype, rows, columns, tokens, tokens === 5);
        const run = (inFile: boolean) =>
          runKernel(machine, QUANTISED_ROW, node, { inputs: data, inFile, firstTask: 1 });
        expect(run(true), `${rows} × ${columns}, ${tokens} tokens`).toEqual(run(false));
      }
  });
});

it.skipIf(native.length < 2)("every x86 target of this machine gives the same bits", () => {
  for (const dtype of types) {
    const { node, data } = product(dtype, 37, 512, 23, true);
    const [first, ...others] = native.map((machine) =>
      runKernel(machine, QUANTISED_ROW, node, { inputs: data }),
    );
    for (const other of others) expect(other, dtype).toEqual(first);
  }
});

it.skipIf(native.length === 0).each([
  ["AVX-512 with VNNI", avx512()],
  ["AVX-512 with VNNI, for Zen 5", avx512({ tuning: TUNINGS.zen5 })],
  ["AVX2 with VNNI", avx2({ vnni: true })],
] as const)("%s, interpreted, gives the same bits", (_, target) => {
  const other = interpretingMachine(target);
  for (const [dtype, columns] of [
    ...(["Q4_0", "Q4_1", "IQ4_NL"] as const).map((type) => [type, 640] as const),
    ...(["Q4_K", "Q5_K", "Q6_K", "Q3_K", "Q2_K", "IQ4_XS"] as const).map((type) => [type, 256] as const),
  ])
    for (const tokens of [1, 5, 13]) {
      const { node, data } = product(dtype, 17, columns, tokens, false);
      const [expected, actual] = [native[0], other].map((machine) =>
        runKernel(machine, QUANTISED_ROW, node, { inputs: data }),
      );
      expect(actual, `${dtype}, ${tokens} tokens`).toEqual(expected);
      const inFile = runKernel(other, QUANTISED_ROW, node, { inputs: data, inFile: true });
      expect(inFile, `${dtype}, ${tokens} tokens, from the file's layout`).toEqual(expected);
    }
});
