/** Attention for training on every target, forward and backward, compared with the reference. */
import { describe, expect, it } from "vitest";
import {
  kernelMachines,
  runKernelOutputs,
  runReferenceOutputs,
} from "../../../../../test/support/kernel-harness.ts";
import { Random } from "../../../../base/random.ts";
import { Graph, type Node } from "../../../graph/graph.ts";
import { OPS } from "../../../graph/ops/table.ts";
import { TRAINING_ATTENTION_ROWS } from "./index.ts";

const machines = kernelMachines(1 << 25);
/** Ten times the measured error; large scores lose digits in the exponent. */
const LIMIT = 1e-11;
const LIMIT_OF_LARGE_SCORES = 1e-9;

/** Squared error relative to the square of the result, or to a typical square of its elements if they all cancel. */
function errorOf(actual: Float32Array, expected: Float32Array): number {
  const squares = (of: (i: number) => number) => expected.reduce((sum, _, i) => sum + of(i) ** 2, 0);
  const floor = 0.01 * expected.length;
  return (
    squares((i) => actual[i] - expected[i]) /
    Math.max(
      floor,
      squares((i) => expected[i]),
    )
  );
}

interface Shape {
  readonly rows: number;
  readonly nHeads: number;
  readonly nKvHeads: number;
  readonly headDim: number;
}

/** What rows see: everything before, one of several documents, a window, only itself, anything. */
const STARTS = {
  whole: () => 0,
  documents: (row: number) => [0, 5, 40, 41, 100].findLast((start) => start <= row) as number,
  window: (row: number) => Math.max(0, row - 6),
  alone: (row: number) => row,
  "later than the row": (row: number) => row + 3,
  mixed: (row: number) => (row * 7919) % (row + 1),
} as const;

const SHAPES: readonly Shape[] = [
  { rows: 1, nHeads: 1, nKvHeads: 1, headDim: 4 },
  { rows: 31, nHeads: 2, nKvHeads: 1, headDim: 10 },
  { rows: 33, nHeads: 3, nKvHeads: 3, headDim: 16 },
  { rows: 70, nHeads: 6, nKvHeads: 2, headDim: 48 },
  { rows: 130, nHeads: 4, nKvHeads: 1, headDim: 33 },
  { rows: 200, nHeads: 2, nKvHeads: 2, headDim: 128 },
];

interface Case {
  readonly shape: Shape;
  readonly sees: keyof typeof STARTS;
  /** Multiplies queries: large scores. */
  readonly magnitude?: number;
}

const CASES: readonly Case[] = [
  ...SHAPES.map((shape) => ({ shape, sees: "whole" as const })),
  ...(Object.keys(STARTS) as (keyof typeof STARTS)[]).map((sees) => ({ shape: SHAPES[4], sees })),
  { shape: SHAPES[3], sees: "documents", magnitude: 30 },
];

const title = ({ shape: { rows, nHeads, nKvHeads, headDim }, sees, magnitude = 1 }: Case): string =>
  `${rows} rows, ${nHeads}/${nKvHeads} heads of ${headDim}, sees ${sees}, queries × ${magnitude}`;

type Data = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

function operands({ shape, sees, magnitude = 1 }: Case) {
  const { rows, nHeads, nKvHeads, headDim } = shape;
  const random = new Random(5);
  const floats = (heads: number, factor = 1) =>
    Float32Array.from({ length: rows * heads * headDim }, () => factor * random.normal());
  const [q, k, v] = [floats(nHeads, magnitude), floats(nKvHeads), floats(nKvHeads)];
  return {
    q,
    k,
    v,
    starts: Int32Array.from({ length: rows }, (_, row) => STARTS[sees](row)),
    dOut: floats(nHeads),
  };
}

type Name = "attention" | "attention_gradient_q" | "attention_gradient_kv";

/** A node of an op whose inputs have the lengths of the data. */
function nodeOf(name: Name, { shape }: Case, inputs: readonly Data[]): Node {
  const graph = new Graph();
  const { rows, nHeads, nKvHeads, headDim } = shape;
  const leaves = inputs.map((data, i) =>
    data instanceof Int32Array
      ? graph.input(`${i}`, [rows], "I32", rows)
      : graph.input(`${i}`, [rows, data.length / rows], "F32"),
  );
  return graph.apply(OPS[name], leaves, { nHeads, nKvHeads, headDim, scale: 1 / Math.sqrt(headDim) });
}

const rowOf = (name: Name) => TRAINING_ATTENTION_ROWS.find(({ op }) => op === name)!;

/** Inputs of each op, from the reference's results of those before. */
function allInputs(of: Case): Readonly<Record<Name, readonly Data[]>> {
  const { q, k, v, starts, dOut } = operands(of);
  const forward = [q, k, v, starts];
  const [out, L] = runReferenceOutputs(nodeOf("attention", of, forward), { inputs: forward }) as Data[];
  const gradientQ = [q, k, v, starts, L, out, dOut];
  const [, D] = runReferenceOutputs(nodeOf("attention_gradient_q", of, gradientQ), {
    inputs: gradientQ,
  }) as Data[];
  return {
    attention: forward,
    attention_gradient_q: gradientQ,
    attention_gradient_kv: [q, k, v, starts, L, D, dOut],
  };
}

const asFloats = (bytes: Uint8Array<ArrayBuffer>): Float32Array => new Float32Array(bytes.buffer);

describe.each(machines)("attention for training on $target.name", (machine) => {
  it.each(CASES.map((of) => [title(of), of] as const))("%s", (_, of) => {
    for (const [name, inputs] of Object.entries(allInputs(of)) as [Name, readonly Data[]][]) {
      const node = nodeOf(name, of, inputs);
      const expected = runReferenceOutputs(node, { inputs });
      const actual = runKernelOutputs(machine, rowOf(name), node, { inputs }).map(asFloats);
      expected.forEach((output, i) => {
        const limit = of.magnitude === undefined ? LIMIT : LIMIT_OF_LARGE_SCORES;
        expect(errorOf(actual[i], output as Float32Array), `${name}, output ${i}`).toBeLessThan(limit);
      });
    }
  });

  it("lets no row see another document: changes there do not change its bits", () => {
    const of: Case = { shape: SHAPES[3], sees: "documents" };
    const { headDim, nHeads, nKvHeads } = of.shape;
    for (const name of ["attention", "attention_gradient_q", "attention_gradient_kv"] as const) {
      const inputs = allInputs(of)[name];
      const changed = inputs.map((data) => data.slice());
      // Rows 5 to 39 are a document.
      for (const [i, data] of changed.entries()) {
        if (i !== 3) data.fill(3, (5 * data.length) / 70, (40 * data.length) / 70);
      }
      const run = (given: readonly Data[]) =>
        runKernelOutputs(machine, rowOf(name), nodeOf(name, of, given), { inputs: given }).map(asFloats);
      const [before, after] = [run(inputs), run(changed)];
      before.forEach((output, i) => {
        const width = output.length / 70;
        const others = (all: Float32Array) => [...all.slice(0, 5 * width), ...all.slice(40 * width)];
        expect(width % (name === "attention_gradient_kv" ? nKvHeads * headDim : nHeads)).toBe(0);
        expect(others(after[i]), `${name}, output ${i}`).toEqual(others(output));
        expect([...after[i]]).not.toEqual([...output]);
      });
    }
  });

  it("propagates a NaN to the rows that see it", () => {
    const of: Case = { shape: SHAPES[3], sees: "documents" };
    const inputs = allInputs(of).attention.map((data) => data.slice()) as Data[];
    inputs[1].fill(Number.NaN, (10 * inputs[1].length) / 70, (11 * inputs[1].length) / 70);
    const [out] = runKernelOutputs(machine, rowOf("attention"), nodeOf("attention", of, inputs), {
      inputs,
    }).map(asFloats);
    const width = out.length / 70;
    const rows = Array.from({ length: 70 }, (_, row) => out.slice(row * width, (row + 1) * width));
    rows.forEach((row, i) => {
      expect(row.every(Number.isNaN), `row ${i}`).toBe(i >= 10 && i < 40);
    });
  });
});
