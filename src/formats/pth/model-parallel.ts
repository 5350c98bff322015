/**
 * How Meta's model parallelism (fairscale, feature A8) splits each tensor across the files of a checkpoint.
 * Column-parallel layers are split along dim 0 (rows of the matrix), row-parallel ones along dim 1; all other
 * tensors are the same in all files.
 */
import { FormatError, ShapeError } from "../../base/errors.ts";
import type { TensorEntry } from "../tensor-file.ts";

/** The dim along which a tensor is split. */
export type ShardAxis = 0 | 1;

/** LLaMA 1 and 2 split the embedding's width (dim 1), Llama 3 its vocabulary (dim 0). */
export interface ShardOptions {
  /** Default 1. */
  readonly embeddingAxis?: ShardAxis;
}

const EMBEDDING = /^tok_embeddings\.weight$/;

/** Names that match no pattern are replicated. */
const AXES: readonly (readonly [RegExp, ShardAxis])[] = [
  [/^layers\.\d+\.attention\.w[qkv]\.(weight|bias)$/, 0],
  [/^layers\.\d+\.attention\.wo\.weight$/, 1],
  [/^layers\.\d+\.feed_forward\.w[13]\.weight$/, 0],
  [/^layers\.\d+\.feed_forward\.w2\.weight$/, 1],
  [/^output\.weight$/, 0],
];

/** The dim along which a tensor with Meta's name is split; undefined if every file has all of it. */
export function shardAxis(name: string, { embeddingAxis = 1 }: ShardOptions = {}): ShardAxis | undefined {
  if (EMBEDDING.test(name)) return embeddingAxis;
  return AXES.find(([pattern]) => pattern.test(name))?.[1];
}

/** The shape viewed as [outer, split, inner]: each outer index has `inner` contiguous bytes. */
function runs(entry: TensorEntry, axis: ShardAxis): { outer: number; inner: number } {
  const { shape, byteLength } = entry;
  const outer = axis === 0 ? 1 : shape[0];
  return { outer, inner: outer === 0 ? 0 : byteLength / outer };
}

/** The same tensor under another name. */
function renamed(entry: TensorEntry, name: string): TensorEntry {
  if (entry.name === name) return entry;
  const { dtype, shape, byteLength } = entry;
  return {
    name,
    dtype,
    shape,
    byteLength,
    get address() {
      return entry.address;
    },
    bytes: () => entry.bytes(),
  };
}

/**
 * Part `part` of `parts` of a tensor, split lazily; the tensor itself if it is replicated.
 * @param name determines the dim; it is Meta's name ("layers.0.attention.wq.weight").
 * @throws ShapeError if the dim does not divide evenly.
 */
export function shardTensor(
  entry: TensorEntry,
  name: string,
  part: number,
  parts: number,
  options: ShardOptions = {},
): TensorEntry {
  const fail = (expected: string, found: string): never => {
    throw new ShapeError({ doing: `split tensor "${name}" into ${parts} parts`, expected, found });
  };
  const whole =
    Number.isSafeInteger(parts) && parts > 0 && Number.isSafeInteger(part) && part >= 0 && part < parts;
  if (!whole) return fail("a part below the number of parts", `part ${part}`);
  const axis = shardAxis(name, options);
  if (axis === undefined || parts === 1) return renamed(entry, name);
  const dim = entry.shape[axis];
  if (dim === undefined) return fail(`a dim ${axis}`, `shape [${entry.shape.join(", ")}]`);
  if (dim % parts !== 0) return fail(`dim ${axis} to be a multiple of ${parts}`, `${dim}`);
  const { outer, inner } = runs(entry, axis);
  const run = inner / parts;
  return {
    name,
    dtype: entry.dtype,
    shape: entry.shape.map((size, i) => (i === axis ? size / parts : size)),
    byteLength: entry.byteLength / parts,
    bytes() {
      const from = entry.bytes();
      if (outer === 1) return from.subarray(part * run, (part + 1) * run);
      const out = new Uint8Array(outer * run);
      for (let i = 0; i < outer; i++) {
        const start = i * inner + part * run;
        out.set(from.subarray(start, start + run), i * run);
      }
      return out;
    },
  };
}

/** Throws FormatError unless all parts have the same type and shape. */
function checkAlike(name: string, parts: readonly TensorEntry[]): void {
  const [first] = parts;
  for (const [index, { dtype, shape }] of parts.entries()) {
    if (dtype === first.dtype && shape.join() === first.shape.join()) continue;
    throw new FormatError({
      doing: `merge the shards of tensor "${name}"`,
      expected: `${first.dtype} [${first.shape.join(", ")}] in every shard`,
      found: `${dtype} [${shape.join(", ")}] in shard ${index}`,
      fix: "the shards belong to different checkpoints",
    });
  }
}

/**
 * The tensor that consists of these parts, in order; its bytes are merged on demand. A replicated tensor is
 * taken from the first part.
 * @throws FormatError if the parts differ in type or shape.
 */
export function mergeTensor(
  name: string,
  parts: readonly TensorEntry[],
  options: ShardOptions = {},
): TensorEntry {
  const [first] = parts;
  checkAlike(name, parts);
  const axis = shardAxis(name, options);
  if (axis === undefined || parts.length === 1) return first;
  if (first.shape[axis] === undefined) {
    const expected = `a dim ${axis} to merge along`;
    throw new FormatError({ doing: `merge the shards of tensor "${name}"`, expected, found: "fewer dims" });
  }
  const { outer, inner } = runs(first, axis);
  return {
    name,
    dtype: first.dtype,
    shape: first.shape.map((size, i) => (i === axis ? size * parts.length : size)),
    byteLength: first.byteLength * parts.length,
    bytes() {
      const out = new Uint8Array(first.byteLength * parts.length);
      for (const [index, part] of parts.entries()) {
        const from = part.bytes();
        for (let i = 0; i < outer; i++) {
          out.set(from.subarray(i * inner, (i + 1) * inner), (i * parts.length + index) * inner);
        }
      }
      return out;
    },
  };
}
