/**
 * rope on every target, compared with the op's reference: both pairings, parts of heads, far positions, both
 * directions.
 */
import { describe, expect, it } from "vitest";
import {
  asFloats,
  kernelMachines,
  runKernel,
  runReference,
} from "../../../../test/support/kernel-harness.ts";
import { Random } from "../../../base/random.ts";
import { Graph } from "../../graph/graph.ts";
import { ROPE, type RopePairing } from "../../graph/ops/rope.ts";
import { ROPE_ROW } from "./rope.ts";

interface Shape {
  readonly headDim: number;
  readonly rotaryDim: number;
  readonly heads: number;
}

const SHAPES: readonly Shape[] = [
  { headDim: 6, rotaryDim: 6, heads: 2 },
  { headDim: 8, rotaryDim: 8, heads: 8 },
  { headDim: 64, rotaryDim: 64, heads: 3 },
  { headDim: 80, rotaryDim: 32, heads: 2 },
  { headDim: 96, rotaryDim: 96, heads: 1 },
  { headDim: 128, rotaryDim: 128, heads: 2 },
];
const FAR = [0, 1, 2, 1000, 4095, 32767, 100003, 131071];

function errorOf(
  machine: ReturnType<typeof kernelMachines>[number],
  { headDim, rotaryDim, heads }: Shape,
  rows: number,
  pairing: RopePairing,
  direction: 1 | -1,
): number {
  const graph = new Graph();
  const T = graph.symbol("T", 64);
  const x = graph.input("x", [T, heads * headDim], "F32");
  const positions = graph.input("positions", [T], "I32", 1 << 20);
  const pairs = rotaryDim / 2;
  const frequencies = Float64Array.from({ length: pairs }, (_, i) => 10000 ** (-i / pairs));
  const attributes = { headDim, pairing, magnitude: 1.2, direction };
  const node = graph.apply(ROPE, [x, positions, graph.table(frequencies)], attributes);
  const random = new Random(headDim + rows);
  const values = Float32Array.from({ length: rows * heads * headDim }, () => random.normal());
  const where = Int32Array.from({ length: rows }, (_, i) => FAR[i % FAR.length] + i);
  const given = { inputs: [values, where, frequencies], dims: { T: rows } };
  const actual = asFloats(runKernel(machine, ROPE_ROW, node, given));
  const expected = runReference(node, given) as Float32Array;
  return actual.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i])), 0);
}

describe.each(kernelMachines().map((machine) => ({ name: machine.target.name, machine })))(
  "$name",
  ({ machine }) => {
    it.each(["interleaved", "halves"] as const)("%s", (pairing) => {
      let worst = 0;
      for (const shape of SHAPES)
        for (const rows of [0, 1, 3, 17])
          for (const direction of [1, -1] as const)
            worst = Math.max(worst, errorOf(machine, shape, rows, pairing, direction));
      if (process.env.CRIA_MEASURE !== undefined) console.log(machine.target.name, pairing, worst);
      expect(worst).toBeLessThan(1e-6);
    });
  },
);
