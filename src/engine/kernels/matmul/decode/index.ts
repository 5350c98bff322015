/**
 * decode_transposed: floats of a weight, for the backward pass. It reads the layout of the forward product, so a weight is
 * packed at most once for both. Quantised types: within one rounding of the decoded value; float types exact.
 */
import { kernelRow } from "../../launch.ts";
import { FLOAT_TYPES, floatPackingOf } from "../float/panels.ts";
import { readsRows } from "../float/rows-sizes.ts";
import { packingOf } from "../layout/interleave.ts";
import { quantisedTypeOf } from "../quantised/types/table.ts";
import { floatDecoding } from "./float.ts";
import { quantisedDecoding } from "./quantised.ts";
import { rowsDecoding } from "./rows.ts";

export const DECODE_ROW = kernelRow({
  op: "decode_transposed",
  launch({ inputs: [weight] }, target) {
    if (weight.leaf?.kind !== "param") return undefined;
    const [rows, columns] = weight.shape as readonly number[];
    const float = FLOAT_TYPES.get(weight.dtype);
    if (float !== undefined)
      return (readsRows(rows, columns, target) ? rowsDecoding : floatDecoding)(float, rows, columns);
    const type = quantisedTypeOf(weight.dtype, columns);
    return type === undefined ? undefined : quantisedDecoding(type, rows, columns);
  },
  packing({ inputs: [weight] }, target) {
    const [rows, columns] = weight.shape as readonly number[];
    const float = FLOAT_TYPES.get(weight.dtype);
    const type = quantisedTypeOf(weight.dtype, columns);
    if (float !== undefined)
      return readsRows(rows, columns, target)
        ? undefined
        : { ...floatPackingOf(float, rows, columns, target), input: 0 };
    return type === undefined ? undefined : { ...packingOf(type, rows, columns, target), input: 0 };
  },
});
