/** Rounding to 8 bits on every target: `quantize` bit for bit, the fused forms to 1 of 127 near ties. */
import { describe, expect, it } from "vitest";
import {
  type Given,
  type KernelMachine,
  kernelMachines,
  runKernel,
  runReference,
} from "../../../../test/support/kernel-harness.ts";
import { Random } from "../../../base/random.ts";
import { Graph, type Node } from "../../graph/graph.ts";
import {
  ACTIVATION_BLOCK,
  ACTIVATION_BLOCK_BYTES,
  CODE_OFFSET,
  SCALE_OFFSET,
  SCALED_SUM_OFFSET,
  SMALLEST,
  START_OFFSET,
} from "../../graph/ops/activation-blocks.ts";
import { QUANTIZE, RMS_NORM_QUANTIZE, SWIGLU_QUANTIZE } from "../../graph/ops/quantize.ts";
import { QUANTIZE_ROWS } from "./quantize.ts";

const machines = kernelMachines().map((machine) => ({ name: machine.target.name, machine }));
const ROWS = [0, 1, 2, 3, 7, 16, 17, 33];
const COLUMNS = [32, 64, 96, 320, 2048];

function rowOf(op: string) {
  const row = QUANTIZE_ROWS.find((candidate) => candidate.op === op);
  if (row === undefined) throw new Error(`no kernel for ${op}`);
  return row;
}

function normals(length: number, seed: number): Float32Array<ArrayBuffer> {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => 3 * random.normal());
}

/** Blocks of all kinds: zeros, tiny, just large enough, huge, one outlier, exact ties. */
function awkward(columns: number, rows: number): Float32Array<ArrayBuffer> {
  const values = normals(rows * columns, columns + rows);
  const kinds: ((i: number) => number)[] = [
    () => 0,
    (i) => (i % 2 === 0 ? 1e-40 : -1e-41),
    (i) => SMALLEST * (1 - (i % 5) / 8),
    (i) => SMALLEST * (1 - 2 ** -20) * (i % 3),
    (i) => 3e38 * (i % 2 === 0 ? 1 : -0.3),
    (i) => (i === 5 ? 1e6 : 0.01 * i),
    (i) => (i === 0 ? 127 : i - 15.5),
    () => -0,
  ];
  for (let block = 0; block < values.length / ACTIVATION_BLOCK; block++) {
    const kind = kinds[block % 11];
    if (kind === undefined) continue;
    for (let i = 0; i < ACTIVATION_BLOCK; i++) values[block * ACTIVATION_BLOCK + i] = kind(i);
  }
  return values;
}

function runs(machine: KernelMachine, node: Node, given: Given) {
  const row = rowOf(node.op?.name ?? "");
  const actual = runKernel(machine, row, node, given);
  const split = runKernel(machine, row, node, { ...given, firstTask: 1 });
  expect(Buffer.compare(split, actual)).toBe(0);
  return { actual, expected: runReference(node, given) as Uint8Array };
}

/** Compares a block with the reference's: counts different integers, or describes another error. */
function compareBlock(actual: DataView, expected: DataView, at: number): number | string {
  const sums = [0, 0];
  let moved = 0;
  for (let i = 0; i < ACTIVATION_BLOCK; i++) {
    const q = actual.getInt8(at + i);
    sums[i >> 4] += q;
    const apart = Math.abs(q - expected.getInt8(at + i));
    if (apart > 1) return `q ${q} differs by ${apart} from the reference`;
    moved += apart;
  }
  const scale = actual.getFloat32(at + SCALE_OFFSET, true);
  const wanted = expected.getFloat32(at + SCALE_OFFSET, true);
  if (!(Math.abs(scale - wanted) <= 1e-6 * wanted)) return `scale ${scale} instead of ${wanted}`;
  const sum = sums[0] + sums[1];
  if (actual.getFloat32(at + SCALED_SUM_OFFSET, true) !== Math.fround(scale * sum)) return "scaled sum";
  const starts = [sum, ...sums].map((s) => -CODE_OFFSET * s);
  const same = starts.every((s, i) => actual.getInt32(at + START_OFFSET + 4 * i, true) === s);
  return same ? moved : "starts do not match the integers";
}

function compared(result: number | string): number {
  if (typeof result === "number") return result;
  throw new Error(result);
}

describe.each(machines)("$name", ({ machine }) => {
  it("quantize equals the reference bit for bit", () => {
    for (const columns of COLUMNS) {
      const graph = new Graph();
      const T = graph.symbol("T", 512);
      const node = graph.apply(QUANTIZE, [graph.input("x", [T, columns], "F32")], undefined);
      for (const rows of columns === 96 ? [...ROWS, 512] : ROWS) {
        const given = { inputs: [awkward(columns, rows)], dims: { T: rows } };
        const { actual, expected } = runs(machine, node, given);
        expect(Buffer.compare(actual, expected)).toBe(0);
      }
    }
  });

  it.each(["rms_norm_quantize", "swiglu_quantize"])("%s rounds what the plain op computes", (name) => {
    let [moved, count] = [0, 0];
    for (const columns of COLUMNS) {
      const graph = new Graph();
      const T = graph.symbol("T", 512);
      const norm = name === "rms_norm_quantize";
      const x = graph.input("x", [T, columns], "F32");
      const other = graph.input("y", norm ? [columns] : [T, columns], "F32");
      const node = norm
        ? graph.apply(RMS_NORM_QUANTIZE, [x, other], { eps: 1e-5 })
        : graph.apply(SWIGLU_QUANTIZE, [x, other], undefined);
      for (const rows of ROWS) {
        const inputs = [normals(rows * columns, rows), normals((norm ? 1 : rows) * columns, columns)];
        const { actual, expected } = runs(machine, node, { inputs, dims: { T: rows } });
        const view = new DataView(actual.buffer);
        const wanted = new DataView(expected.buffer);
        for (let at = 0; at < actual.length; at += ACTIVATION_BLOCK_BYTES)
          moved += compared(compareBlock(view, wanted, at));
        count += rows * columns;
      }
    }
    // The floats differ by some 1e-7: about one value in 10⁴ is that close to a tie.
    expect(moved / count).toBeLessThan(5e-4);
  });
});
