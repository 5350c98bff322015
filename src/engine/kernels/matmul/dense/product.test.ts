/** Products of two computed matrices on every target, in every form, compared with the op's reference. */
import { describe, expect, it } from "vitest";
import {
  asFloats,
  type KernelMachine,
  kernelMachines,
  runKernel,
  runReference,
} from "../../../../../test/support/kernel-harness.ts";
import { normalisedError } from "../../../../../test/support/random-blocks.ts";
import { Random } from "../../../../base/random.ts";
import { Graph, type Node } from "../../../graph/graph.ts";
import { type MatmulForm, type MatmulOptions, matmul } from "../../../graph/ops/matmul.ts";
import { int, type KernelRow, type Launch } from "../../launch.ts";
import { DENSE_ROW } from "./product.ts";

const machines = kernelMachines(1 << 26);
/** Ten times the measured error. */
const LIMIT = 1e-12;

function product(
  form: MatmulForm,
  [rows, columns, depth]: readonly [number, number, number],
  { adds = false, precision }: { adds?: boolean; precision?: MatmulOptions["precision"] } = {},
): Node {
  const graph = new Graph();
  const first = form === "TN" ? [depth, rows] : [rows, depth];
  const second = form === "NT" ? [columns, depth] : [depth, columns];
  const onto = adds ? graph.state("sum", [rows, columns], "F32") : undefined;
  return matmul(graph.input("a", first, "F32"), graph.input("b", second, "F32"), form, { onto, precision });
}

function randomInputs(node: Node): Float32Array[] {
  const random = new Random(7);
  return node.inputs.map(({ shape }) =>
    Float32Array.from({ length: (shape[0] as number) * (shape[1] as number) }, () => random.normal()),
  );
}

/** Rows, columns, depth: whole tiles, odd remainders, one of each, chunks of terms, several blocks. */
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

function expectEqual(machine: KernelMachine, node: Node): void {
  const given = { inputs: randomInputs(node) };
  const expected = runReference(node, given) as Float32Array;
  const actual = asFloats(runKernel(machine, DENSE_ROW, node, given));
  expect(actual).toHaveLength(expected.length);
  expect(normalisedError(actual, expected)).toBeLessThan(LIMIT);
}

describe.each(machines)("dense product on $target.name", (machine) => {
  describe.each(["NN", "NT", "TN"] as const)("%s", (form) => {
    it.each(SHAPES)("%i × %i, %i terms", (...shape) => expectEqual(machine, product(form, shape)));

    it.each([SHAPES[4], SHAPES[6], SHAPES[7], SHAPES[9]])(
      "%i × %i, %i terms, added to a matrix",
      (...shape) => expectEqual(machine, product(form, shape, { adds: true })),
    );
  });
});

const roundingMachines = machines.filter(({ target }) => target.native.has("bf16"));

describe("dense product of bf16", () => {
  it("has no kernel on targets without bf16, and reports machines that cannot run it", () => {
    const node = product("NN", [4, 4, 4], { precision: "bf16" });
    for (const { target } of machines)
      expect(DENSE_ROW.launch(node, target) === undefined).toBe(!target.native.has("bf16"));
    if (roundingMachines.length === 0)
      console.info("bf16 products: not run on this machine, which lacks bf16");
  });
});

/** Also whole matrix tiles, with and without remaining rows and columns; half groups of terms; several chunks. */
const BF16_SHAPES: typeof SHAPES = [
  ...SHAPES,
  [32, 32, 32],
  [33, 47, 31],
  [64, 96, 64],
  [160, 64, 1100],
  [50, 130, 513],
];

describe.each(roundingMachines)("dense product of bf16 on $target.name", (machine) => {
  describe.each(["NN", "NT", "TN"] as const)("%s", (form) => {
    it.each(BF16_SHAPES)("%i × %i, %i terms", (...shape) =>
      expectEqual(machine, product(form, shape, { precision: "bf16" })),
    );

    it.each([SHAPES[4], SHAPES[7], ...BF16_SHAPES.slice(-3)])(
      "%i × %i, %i terms, added to a matrix",
      (...shape) => expectEqual(machine, product(form, shape, { precision: "bf16", adds: true })),
    );
  });
});

describe.each(machines)("a dense product on $target.name", (machine) => {
  const precisions = machine.target.native.has("bf16") ? (["f32", "bf16"] as const) : (["f32"] as const);

  it.each(precisions)("of %s has the same bits for one thread and for many", (precision) => {
    const node = product("NT", [300, 230, 600], { precision });
    const given = { inputs: randomInputs(node) };
    const cutFor = (threads: number): KernelRow => ({
      ...DENSE_ROW,
      launch(of, target) {
        const launch = DENSE_ROW.launch(of, target) as Launch;
        const fixed = Object.entries(launch.arguments).map(([name, argument]) => [
          name,
          argument.kind === "byThreads" ? int(argument.value(threads)) : argument,
        ]);
        return { ...launch, arguments: Object.fromEntries(fixed) };
      },
    });
    const [one, many] = [1, 64].map((threads) => runKernel(machine, cutFor(threads), node, given));
    expect(one).toEqual(many);
  });
});
