/** The weights that a run starts from, in the form that a method trains. */
import { platform } from "#platform";
import { type DType, dtypeInfo, rowByteLength } from "../base/dtypes.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import { decode, encode } from "../quant/index.ts";

const LAYER_MATRIX = /^blk\.\d+\.(?:attn_(?:q|k|v|output)|ffn_(?:gate|up|down))\.weight$/;

/**
 * The weights with the float matrices of the layers in four bits [QLoRA]; quantised ones, the embedding and the head stay.
 * @param onProgress called with the number of matrices done, and of all.
 */
export async function inFourBits(
  params: ReadonlyMap<string, BoundTensor>,
  dtype: DType = "Q4_0",
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Map<string, BoundTensor>> {
  const isWanted = ([name, tensor]: readonly [string, BoundTensor]): boolean =>
    LAYER_MATRIX.test(name) &&
    dtypeInfo(tensor.dtype).kind === "float" &&
    rowByteLength(dtype, tensor.shape[1]) !== undefined;
  const wanted = [...params].filter(isWanted);
  const rounded = new Map(params);
  for (const [i, [name, tensor]] of wanted.entries()) {
    const { shape } = tensor;
    const values = decode(tensor.dtype, tensor.bytes, shape[0] * shape[1]);
    rounded.set(name, { dtype, shape, bytes: encode(dtype, values, shape[1]) });
    tensor.release?.();
    onProgress(i + 1, wanted.length);
    await platform.yieldToEventLoop();
  }
  return rounded;
}
