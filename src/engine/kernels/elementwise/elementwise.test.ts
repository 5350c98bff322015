/** Every kernel that processes single elements, rows or blocks, on every target, compared with the op's reference. */
import { describe, expect, it } from "vitest";
import {
  asFloats,
  type KernelMachine,
  kernelMachines,
  largestError,
  runKernel,
  runReference,
} from "../../../../test/support/kernel-harness.ts";
import { Random } from "../../../base/random.ts";
import { Graph, type Node } from "../../graph/graph.ts";
import type { Op, Operand } from "../../graph/op.ts";
import { ADD, ADD_BIAS, MUL, SCALE } from "../../graph/ops/elementwise.ts";
import { GATHER_ROWS } from "../../graph/ops/gather-rows.ts";
import { RMS_NORM } from "../../graph/ops/rms-norm.ts";
import { SWIGLU } from "../../graph/ops/swiglu.ts";
import type { KernelRow } from "../launch.ts";
import { STEP_ROWS } from "../step-rows.ts";

const ROWS = [0, 1, 2, 3, 7, 16, 17, 33];
const COLUMNS = [1, 6, 31, 64, 100, 2049];

function rowOf(op: string): KernelRow {
  const row = STEP_ROWS.find((candidate) => candidate.op === op);
  if (row === undefined) throw new Error(`no kernel for ${op}`);
  return row;
}

function normals(length: number, seed: number, spread = 1): Float32Array<ArrayBuffer> {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => spread * random.normal());
}

/** A node of this op over inputs of shapes [T, columns], [columns] or [T], where T is a symbol. */
function nodeOf<A>(
  op: Op<A>,
  shapes: readonly ("matrix" | "vector")[],
  columns: number,
  attributes: A,
): Node {
  const graph = new Graph();
  const T = graph.symbol("T", 512);
  const inputs = shapes.map((shape, i) =>
    graph.input(`x${i}`, shape === "matrix" ? [T, columns] : [columns], "F32"),
  );
  return graph.apply(op, inputs, attributes);
}

interface Case {
  readonly op: Op<never>;
  readonly shapes: readonly ("matrix" | "vector")[];
  readonly attributes: unknown;
  /** Largest relative error; 0 demands equality. */
  readonly tolerance: number;
}

const CASES: readonly Case[] = [
  { op: ADD, shapes: ["matrix", "matrix"], attributes: undefined, tolerance: 0 },
  { op: MUL, shapes: ["matrix", "matrix"], attributes: undefined, tolerance: 0 },
  { op: ADD_BIAS, shapes: ["matrix", "vector"], attributes: undefined, tolerance: 0 },
  { op: SCALE, shapes: ["matrix"], attributes: { factor: 0.3 }, tolerance: 2e-7 },
  { op: SWIGLU, shapes: ["matrix", "matrix"], attributes: undefined, tolerance: 1e-6 },
  { op: RMS_NORM, shapes: ["matrix", "vector"], attributes: { eps: 1e-5 }, tolerance: 1e-6 },
];

/** The largest relative error of the kernel. Also checks that results do not depend on which thread runs a task. */
function errorOf(
  machine: KernelMachine,
  node: Node,
  inputs: readonly Operand["data"][],
  rows: number,
): number {
  const given = { inputs, dims: { T: rows } };
  const row = rowOf(node.op?.name ?? "");
  const actual = runKernel(machine, row, node, given);
  expect(Buffer.compare(runKernel(machine, row, node, { ...given, firstTask: 2 }), actual)).toBe(0);
  return largestError(asFloats(actual), runReference(node, given) as Float32Array);
}

describe.each(kernelMachines().map((machine) => ({ name: machine.target.name, machine })))(
  "$name",
  ({ machine }) => {
    it.each(CASES.map((entry) => ({ name: entry.op.name, entry })))("$name", ({ entry }) => {
      const { op, shapes, attributes, tolerance } = entry;
      let worst = 0;
      for (const columns of COLUMNS) {
        const node = nodeOf(op as Op, shapes, columns, attributes);
        for (const rows of columns === 100 ? [...ROWS, 512] : ROWS) {
          const data = shapes.map((shape, i) =>
            normals((shape === "matrix" ? rows : 1) * columns, 7 * columns + rows + i, 3),
          );
          worst = Math.max(worst, errorOf(machine, node, data, rows));
        }
      }
      expect(worst).toBeLessThanOrEqual(tolerance);
    });

    it.each(["F32", "F16", "BF16"] as const)("gather_rows of %s", (dtype) => {
      for (const columns of COLUMNS) {
        const graph = new Graph();
        const T = graph.symbol("T", 512);
        const table = graph.param("table", [50, columns], dtype);
        const node = graph.apply(GATHER_ROWS, [table, graph.input("rows", [T], "I32", 50)], undefined);
        const floats = normals(50 * columns, columns);
        const halves = new Uint8Array(floats.buffer.slice(0, 2 * floats.length));
        for (const rows of ROWS) {
          const numbers = Int32Array.from({ length: rows }, (_, i) => (i * 37) % 50);
          expect(errorOf(machine, node, [dtype === "F32" ? floats : halves, numbers], rows)).toBe(0);
        }
      }
    });
  },
);
