/** Decoding of packed weights on every target, compared with the op's reference: every type that is packed. */
import { describe, expect, it } from "vitest";
import {
  asFloats,
  kernelMachines,
  runKernel,
  runReference,
} from "../../../../../test/support/kernel-harness.ts";
import { normalisedError, randomBlocks } from "../../../../../test/support/random-blocks.ts";
import { type DType, dtypeInfo } from "../../../../base/dtypes.ts";
import { f32ToBf16, f32ToF16 } from "../../../../base/half.ts";
import { Random } from "../../../../base/random.ts";
import { Graph } from "../../../graph/graph.ts";
import { decodeTransposed } from "../../../graph/ops/decode-transposed.ts";
import { QUANTISED_TYPES } from "../quantised/types/table.ts";
import { DECODE_ROW } from "./index.ts";

const machines = kernelMachines();
/** Whole groups, incomplete groups, more rows than one group. */
const ROW_COUNTS = [1, 7, 16, 37, 64];

function decoded(dtype: DType, rows: number, columns: number, data: Uint8Array | Float32Array) {
  const node = decodeTransposed(new Graph().param("w", [rows, columns], dtype));
  return { node, given: { inputs: [data], firstTask: 1 } };
}

function floats(random: Random, dtype: DType, length: number): Uint8Array | Float32Array {
  const values = Float32Array.from({ length }, () => random.normal());
  if (dtype === "F32") return values;
  return new Uint8Array(Uint16Array.from(values, dtype === "F16" ? f32ToF16 : f32ToBf16).buffer);
}

describe.each(machines.map((machine) => ({ name: machine.target.name, machine })))("$name", ({ machine }) => {
  it.each([...QUANTISED_TYPES.keys()])("%s gives the decoded values, transposed", (dtype) => {
    for (const rows of ROW_COUNTS) {
      const { blockLength } = dtypeInfo(dtype);
      const columns = blockLength * (1 + (rows % 3));
      const data = randomBlocks(new Random(rows), dtype, (rows * columns) / blockLength);
      const { node, given } = decoded(dtype, rows, columns, data);
      const actual = asFloats(runKernel(machine, DECODE_ROW, node, given));
      const error = normalisedError(actual, runReference(node, given) as Float32Array);
      expect(error, `${rows} × ${columns}`).toBeLessThan(1e-13);
    }
  });

  it.each(["F32", "F16", "BF16"] as const)("%s gives exactly the values, transposed", (dtype) => {
    for (const rows of ROW_COUNTS) {
      const data = floats(new Random(rows), dtype, rows * 67);
      const { node, given } = decoded(dtype, rows, 67, data);
      expect(asFloats(runKernel(machine, DECODE_ROW, node, given))).toEqual(runReference(node, given));
    }
  });
});
