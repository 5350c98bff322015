/**
 * round_bf16: activations rounded to bf16, for products with weights in bf16. Comes from lowering (backend/program/lower.ts),
 * never from a model; it has no gradient, because training lowers nothing. Subnormal numbers become zeros, as in hardware.
 */
import { f32ToNormalBf16 } from "../../../base/half.ts";
import { expectRank } from "../graph.ts";
import { floats, type Op } from "../op.ts";

export const ROUND_BF16: Op<undefined> = {
  name: "round_bf16",
  infer([x]) {
    expectRank("round_bf16", "a matrix", x, 2);
    return { shape: x.shape, dtype: "BF16" };
  },
  reference([x], [output]) {
    const to = output.data as Uint8Array;
    const view = new DataView(to.buffer, to.byteOffset, to.byteLength);
    floats(x).forEach((value, i) => {
      view.setUint16(2 * i, f32ToNormalBf16(value), true);
    });
  },
};
