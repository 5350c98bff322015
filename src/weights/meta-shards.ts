/**
 * Meta's model-parallel shards. consolidated.NN.pth number NN holds the NN-th slice of every matrix: of rows for
 * layers that are split by output, of columns for those split by input; norms are whole in each. The token
 * embedding is split by columns in LLaMA 1 and 2, by rows in Llama 3; the shapes tell. Tensors that training
 * wrappers would name otherwise have been renamed before.
 */
import { dtypeInfo, rowByteLength } from "../base/dtypes.ts";
import { FormatError, ShapeError } from "../base/errors.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import { partOf } from "./names.ts";

export type Split = "rows" | "columns" | "none";

const SPLIT_BY_PART: Readonly<Record<string, Split>> = {
  attn_q: "rows",
  attn_k: "rows",
  attn_v: "rows",
  ffn_gate: "rows",
  ffn_up: "rows",
  output: "rows",
  attn_output: "columns",
  ffn_down: "columns",
  token_embd: "columns",
};

/** How Meta's checkpoints split a tensor of this canonical name. Embeddings: of LLaMA 1 and 2. */
export function metaSplit(canonical: string): Split {
  return SPLIT_BY_PART[partOf(canonical)] ?? "none";
}

type Part = Pick<TensorEntry, "dtype" | "shape" | "byteLength" | "bytes">;

/**
 * The whole tensor of which `parts` are the slices, in order. Its bytes are gathered when they are asked for.
 * @param dim width of the model, by which an embedding split by rows is told from one split by columns.
 * @throws ShapeError if the slices do not fit together.
 */
export function mergeParts(canonical: string, parts: readonly TensorEntry[], dim: number): TensorEntry {
  const [first] = parts;
  if (parts.length === 1) return first;
  const byRows = partOf(canonical) === "token_embd" && first.shape.at(-1) === dim;
  const split = byRows ? "rows" : metaSplit(canonical);
  if (split === "none") return first;
  checkParts(canonical, parts, split);
  const axis = split === "rows" ? 0 : first.shape.length - 1;
  const shape = first.shape.map((size, i) =>
    i === axis ? parts.reduce((sum, p) => sum + p.shape[i], 0) : size,
  );
  const byteLength = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const gather = split === "rows" ? joinRows : joinColumns;
  return { name: first.name, dtype: first.dtype, shape, byteLength, bytes: () => gather(parts, byteLength) };
}

function checkParts(canonical: string, parts: readonly Part[], split: Split): void {
  const [first] = parts;
  const kept = (shape: readonly number[]) => (split === "rows" ? shape.slice(1) : shape.slice(0, -1)).join();
  for (const part of parts) {
    const sameForm =
      part.dtype === first.dtype &&
      part.shape.length === first.shape.length &&
      part.shape.length === 2 &&
      kept(part.shape) === kept(first.shape);
    if (sameForm) continue;
    throw new ShapeError({
      doing: `join the shards of tensor "${canonical}"`,
      expected: `${first.dtype} slices like [${first.shape.join(", ")}]`,
      found: `${part.dtype} [${part.shape.join(", ")}]`,
      fix: "the shards are not of one model",
    });
  }
}

function joinRows(parts: readonly Part[], byteLength: number): Uint8Array {
  const out = new Uint8Array(byteLength);
  let at = 0;
  for (const part of parts) {
    out.set(part.bytes(), at);
    at += part.byteLength;
  }
  return out;
}

function joinColumns(parts: readonly Part[], byteLength: number): Uint8Array {
  const out = new Uint8Array(byteLength);
  const rows = parts[0].shape[0];
  const rowBytes = byteLength / rows;
  let column = 0;
  for (const part of parts) {
    const bytes = part.bytes();
    const width = part.byteLength / rows;
    for (let row = 0; row < rows; row++) {
      out.set(bytes.subarray(row * width, (row + 1) * width), row * rowBytes + column);
    }
    column += width;
  }
  return out;
}

/**
 * Slice number `index` of `count` of a tensor: the inverse of `mergeParts`.
 * @throws ShapeError if the tensor cannot be cut into that many equal slices.
 */
export function slicePart(canonical: string, tensor: TensorEntry, index: number, count: number): TensorEntry {
  const split = metaSplit(canonical);
  if (split === "none" || count === 1) return tensor;
  const { dtype, shape, byteLength } = tensor;
  const axis = split === "rows" ? 0 : shape.length - 1;
  const size = shape[axis] / count;
  const { blockLength } = dtypeInfo(dtype);
  if (!Number.isInteger(size) || (split === "columns" && size % blockLength !== 0)) {
    throw new ShapeError({
      doing: `cut tensor "${canonical}" into ${count} shards`,
      expected: `${split} that divide by ${count}`,
      found: `shape [${shape.join(", ")}]`,
      fix: "choose a number of shards that divides heads and widths",
    });
  }
  const sliceShape = shape.map((dim, i) => (i === axis ? size : dim));
  const length = byteLength / count;
  if (split === "rows") {
    const bytes = () => tensor.bytes().subarray(index * length, (index + 1) * length);
    return { name: tensor.name, dtype, shape: sliceShape, byteLength: length, bytes };
  }
  const bytes = () => columnsOf(tensor, index, size);
  return { name: tensor.name, dtype, shape: sliceShape, byteLength: length, bytes };
}

function columnsOf({ dtype, shape, bytes, name }: TensorEntry, index: number, size: number): Uint8Array {
  const rows = shape[0];
  const rowBytes = rowByteLength(dtype, shape[1]);
  const width = rowByteLength(dtype, size);
  if (rowBytes === undefined || width === undefined) {
    throw new FormatError({
      doing: `cut tensor "${name}"`,
      found: `rows of ${dtype} that are no whole blocks`,
    });
  }
  const all = bytes();
  const out = new Uint8Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const from = row * rowBytes + index * width;
    out.set(all.subarray(from, from + width), row * width);
  }
  return out;
}
