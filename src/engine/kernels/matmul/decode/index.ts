/**
 * decode_transposed: floats of a packed weight, for the backward pass. It reads the layout of the forward product, so a
 * weight is packed once for both. Quantised types: within one rounding of the decoded value; float types exact.
 */
import { kernelRow } from "../../launch.ts";
import { FLOAT_TYPES, floatPackingOf } from "../float/panels.ts";
import { packingOf } from "../layout/interleave.ts";
import { quantisedTypeOf } from "../quantised/types/table.ts";
import { floatDecoding } from "./float.ts";
import { quantisedDecoding } from "./quantised.ts";

export const DECODE_ROW = kernelRow({
  op: "decode_transposed",
  launch({ inputs: [weight] }) {
    if (weight.leaf?.kind !== "param") return undefined;
    const [rows, columns] = weight.shape as readonly number[];
    const float = FLOAT_TYPES.get(weight.dtype);
    if (float !== undefined) return floatDecoding(float, rows, columns);
    const type = quantisedTypeOf(weight.dtype, columns);
    return type === undefined ? undefined : quantisedDecoding(type, rows, columns);
  },
  packing({ inputs: [weight] }, target) {
    const [rows, columns] = weight.shape as readonly number[];
    const float = FLOAT_TYPES.get(weight.dtype);
    const type = quantisedTypeOf(weight.dtype, columns);
    if (float !== undefined) return { ...floatPackingOf(float, rows, columns, target), input: 0 };
    return type === undefined ? undefined : { ...packingOf(type, rows, columns, target), input: 0 };
  },
});
