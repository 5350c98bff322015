/** Rounding to bf16 on every target, compared with the reference bit for bit. */
import { expect, it } from "vitest";
import { kernelMachines, runKernel, runReference } from "../../../../test/support/kernel-harness.ts";
import { bf16ToF32 } from "../../../base/half.ts";
import { Random } from "../../../base/random.ts";
import { Graph } from "../../graph/graph.ts";
import { ROUND_BF16 } from "../../graph/ops/round-bf16.ts";
import { ROUND_BF16_ROW } from "./round-bf16.ts";

const SPECIAL = [
  ...[
    0,
    -0,
    1,
    1 + 2 ** -8,
    1 + 3 * 2 ** -8,
    1 + 2 ** -8 + 2 ** -20,
    3.4e38,
    -3.4e38,
    2 ** -126,
    -(2 ** -126),
  ],
  ...[2 ** -127, -1e-40, 1e-45, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
];

const roundingOf = (rows: number, columns: number) => {
  const graph = new Graph();
  return graph.apply(ROUND_BF16, [graph.input("x", [rows, columns], "F32")], undefined);
};

it.each(kernelMachines().map((machine) => ({ name: machine.target.name, machine })))(
  "$name gives the bits of the reference",
  ({ machine }) => {
    const random = new Random(5);
    for (const [rows, columns] of [
      [0, 32],
      [1, 32],
      [3, 96],
      [17, 2048],
    ]) {
      const values = Float32Array.from({ length: rows * columns }, () => random.normal());
      values.set(SPECIAL.slice(0, values.length));
      const node = roundingOf(rows, columns);
      const actual = runKernel(machine, ROUND_BF16_ROW, node, { inputs: [values], firstTask: 1 });
      const numbers = (bytes: Uint8Array) =>
        Array.from(new Uint16Array(bytes.slice().buffer), (bits) => bf16ToF32(bits));
      expect(numbers(actual)).toEqual(numbers(runReference(node, { inputs: [values] }) as Uint8Array));
    }
  },
);

it("leaves an odd number of columns to others", () => {
  const [{ target }] = kernelMachines();
  expect(ROUND_BF16_ROW.launch(roundingOf(2, 48), target)).toBeUndefined();
});
