/** Products of float weights on every target, compared with the op's reference. */
import { describe, expect, it } from "vitest";
import {
  asFloats,
  interpretingMachine,
  kernelMachines,
  runKernel,
  runReference,
} from "../../../../../test/support/kernel-harness.ts";
import { normalisedError } from "../../../../../test/support/random-blocks.ts";
import type { DType } from "../../../../base/dtypes.ts";
import { f32ToBf16, f32ToF16 } from "../../../../base/half.ts";
import { Random } from "../../../../base/random.ts";
import { Graph } from "../../../graph/graph.ts";
import { matmul } from "../../../graph/ops/matmul.ts";
import { ROUND_BF16 } from "../../../graph/ops/round-bf16.ts";
import { avx512 } from "../../../jit/target.ts";
import { multipliesIn } from "../precisions.ts";
import { FLOAT_TYPES } from "./panels.ts";
import { FLOAT_ROW } from "./product.ts";

const machines = kernelMachines();
/** Four times the measured error. */
const TOLERANCE = 4e-13;
const TOKEN_COUNTS = [0, 1, 2, 3, 7, 12, 16, 17, 33];
const SHAPES = [
  [1, 1],
  [3, 7],
  [33, 67],
  [70, 256],
  [17, 600],
  [37, 1056],
] as const;

function weights(random: Random, dtype: DType, length: number): Uint8Array | Float32Array {
  const values = Float32Array.from({ length }, () => random.normal());
  if (dtype === "F32") return values;
  const round = dtype === "F16" ? f32ToF16 : f32ToBf16;
  return new Uint8Array(Uint16Array.from(values, round).buffer);
}

function product(dtype: DType, rows: number, columns: number, tokens: number, adds = false) {
  const random = new Random(rows * 1000 + tokens);
  const graph = new Graph();
  const x = graph.input("x", [tokens, columns], "F32");
  const onto = adds ? graph.state("sum", [tokens, rows], "F32") : undefined;
  const node = matmul(x, graph.param("w", [rows, columns], dtype), "NT", { onto });
  const data = [
    Float32Array.from({ length: tokens * columns }, () => random.normal()),
    weights(random, dtype, rows * columns),
    ...(adds ? [Float32Array.from({ length: tokens * rows }, () => random.normal())] : []),
  ];
  return { node, data };
}

describe.each(machines.map((machine) => ({ name: machine.target.name, machine })))("$name", ({ machine }) => {
  const cases = [...FLOAT_TYPES.keys()].flatMap((dtype) => [
    [dtype, "equals", false] as const,
    [dtype, "added to a matrix equals", true] as const,
  ]);
  it.each(cases)("%s %s the reference", (dtype, _, adds) => {
    for (const [rows, columns] of SHAPES) {
      for (const tokens of TOKEN_COUNTS) {
        const { node, data } = product(dtype, rows, columns, tokens, adds);
        // The simulated second thread repeats tasks, which must not add twice.
        const given = { inputs: data, ...(adds ? {} : { firstTask: 1 }) };
        const actual = asFloats(runKernel(machine, FLOAT_ROW, node, given));
        const expected = runReference(node, given) as Float32Array;
        expect(normalisedError(actual, expected), `${rows} × ${columns}, ${tokens} tokens`).toBeLessThan(
          TOLERANCE,
        );
      }
    }
  });

  it.each([...FLOAT_TYPES.keys()])("%s gives a token the same bits alone and among others", (dtype) => {
    // 600 columns are read from panels, 1,120 as they are.
    for (const columns of [600, 1120]) {
      const { node, data } = product(dtype, 70, columns, 33);
      const all = asFloats(runKernel(machine, FLOAT_ROW, node, { inputs: data }));
      const x = data[0] as Float32Array;
      for (const token of [0, 11, 13, 32]) {
        const one = product(dtype, 70, columns, 1);
        const inputs = [x.slice(columns * token, columns * (token + 1)), data[1]];
        const alone = asFloats(runKernel(machine, FLOAT_ROW, one.node, { inputs }));
        expect(alone).toEqual(all.slice(70 * token, 70 * (token + 1)));
      }
    }
  });
});

const [native] = machines.filter(({ target }) => target.isa !== "wasm");
const others = [...machines.filter(({ target }) => target.isa === "avx2"), interpretingMachine(avx512())];

describe.skipIf(native === undefined).each([...FLOAT_TYPES.keys()])("%s", (dtype) => {
  it("gives the same bits with every native target, and reads nothing behind the weight", () => {
    for (const [rows, columns, tokens] of [
      [37, 288, 1],
      [32, 96, 4],
      [17, 1056, 2],
    ]) {
      const { node, data } = product(dtype, rows, columns, tokens);
      const expected = runKernel(native, FLOAT_ROW, node, { inputs: data });
      for (const other of others)
        expect(
          runKernel(other, FLOAT_ROW, node, { inputs: data, inFile: true }),
          `${other.target.name}, ${rows} rows, ${tokens} tokens`,
        ).toEqual(expected);
    }
  });
});

const rounded = (values: Float32Array) => new Uint8Array(Uint16Array.from(values, f32ToBf16).buffer);

/** The same product with activations in bf16. */
function roundedProduct(dtype: DType, rows: number, columns: number, tokens: number, adds = false) {
  const { data } = product(dtype, rows, columns, tokens, adds);
  const graph = new Graph();
  const x = graph.apply(ROUND_BF16, [graph.input("x", [tokens, columns], "F32")], undefined);
  const onto = adds ? graph.state("sum", [tokens, rows], "F32") : undefined;
  const weight = graph.param("w", [rows, columns], dtype);
  const node = matmul(x, weight, "NT", { onto, precision: "bf16" });
  return { node, data: [rounded(data[0] as Float32Array), ...data.slice(1)] };
}

const inBf16 = [
  ...machines.filter(({ target }) => multipliesIn("bf16", target)),
  interpretingMachine(avx512({ bf16: true })),
].map((machine, i) => ({ name: `${i}: ${machine.target.name}`, machine }));

describe.each(inBf16)("with activations in bf16, $name", ({ machine }) => {
  it.each([...FLOAT_TYPES.keys()])("%s equals the reference, alone and added to a matrix", (dtype) => {
    for (const [rows, columns] of [
      [8, 32],
      [37, 96],
      [17, 1056],
    ])
      for (const tokens of [1, 2, 3, 5, 12])
        for (const adds of [false, true]) {
          const { node, data } = roundedProduct(dtype, rows, columns, tokens, adds);
          const given = { inputs: data, ...(adds ? {} : { firstTask: 1 }) };
          const actual = asFloats(runKernel(machine, FLOAT_ROW, node, given));
          const expected = runReference(node, given) as Float32Array;
          expect(normalisedError(actual, expected), `${rows} × ${columns}, ${tokens}`).toBeLessThan(
            TOLERANCE,
          );
        }
  });

  it("gives a token the same bits alone and among others", () => {
    const [rows, columns] = [37, 1120];
    const { node, data } = roundedProduct("BF16", rows, columns, 14);
    const all = asFloats(runKernel(machine, FLOAT_ROW, node, { inputs: data }));
    for (const token of [0, 5, 12, 13]) {
      const one = roundedProduct("BF16", rows, columns, 1);
      const x = (data[0] as Uint8Array).slice(2 * columns * token, 2 * columns * (token + 1));
      const alone = asFloats(runKernel(machine, FLOAT_ROW, one.node, { inputs: [x, data[1]] }));
      expect(alone).toEqual(all.slice(rows * token, rows * (token + 1)));
    }
  });

  it("leaves weights with few rows or an odd number of columns to others", () => {
    for (const [rows, columns] of [
      [7, 64],
      [16, 48],
    ])
      expect(FLOAT_ROW.launch(roundedProduct("BF16", rows, columns, 3).node, machine.target)).toBeUndefined();
  });
});
