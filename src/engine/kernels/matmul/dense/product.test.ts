/** Products of two computed matrices on every target, in every form, against the op's reference. */
import { describe, expect, it } from "vitest";
import {
  asFloats,
  kernelMachines,
  runKernel,
  runReference,
} from "../../../../../test/support/kernel-harness.ts";
import { normalisedError } from "../../../../../test/support/random-blocks.ts";
import { Random } from "../../../../base/random.ts";
import { Graph, type Node } from "../../../graph/graph.ts";
import { type MatmulForm, matmul } from "../../../graph/ops/matmul.ts";
import { DENSE_ROW } from "./product.ts";

const machines = kernelMachines(1 << 26);
/** Ten times what was measured. */
const LIMIT = 1e-12;

function product(
  form: MatmulForm,
  [rows, columns, depth]: readonly [number, number, number],
  adds = false,
): Node {
  const graph = new Graph();
  const first = form === "TN" ? [depth, rows] : [rows, depth];
  const second = form === "NT" ? [columns, depth] : [depth, columns];
  const onto = adds ? graph.state("sum", [rows, columns], "F32") : undefined;
  return matmul(graph.input("a", first, "F32"), graph.input("b", second, "F32"), form, { onto });
}

function randomInputs(node: Node): Float32Array[] {
  const random = new Random(7);
  return node.inputs.map(({ shape }) =>
    Float32Array.from({ length: (shape[0] as number) * (shape[1] as number) }, () => random.normal()),
  );
}

/** Rows, columns, depth: whole tiles, odd rests, one of each, chunks of terms, several blocks. */
const SHAPES: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [14, 32, 4],
  [15, 33, 17],
  [3, 100, 256],
  [64, 48, 257],
  [130, 150, 300],
  [29, 7, 600],
  [2, 40, 0],
  [20, 2100, 1300],
  [5, 700, 3300],
];

describe.each(machines)("dense product on $name", (machine) => {
  describe.each(["NN", "NT", "TN"] as const)("%s", (form) => {
    const expectEqual = (node: Node): void => {
      const given = { inputs: randomInputs(node) };
      const expected = runReference(node, given) as Float32Array;
      const actual = asFloats(runKernel(machine, DENSE_ROW, node, given));
      expect(actual).toHaveLength(expected.length);
      expect(normalisedError(actual, expected)).toBeLessThan(LIMIT);
    };

    it.each(SHAPES)("%i × %i, %i terms", (...shape) => expectEqual(product(form, shape)));

    it.each([SHAPES[4], SHAPES[6], SHAPES[7], SHAPES[9]])(
      "%i × %i, %i terms, added to a matrix",
      (...shape) => expectEqual(product(form, shape, true)),
    );
  });
});
