/** An adapter as a file holds it: rows of B in the file's order, nothing known about the model. */
import { tensorByteLength } from "../../base/dtypes.ts";
import { FormatError } from "../../base/errors.ts";
import type { TensorEntry } from "../../formats/tensor-file.ts";
import { decode } from "../../quant/index.ts";
import type { Pairing } from "../../weights/index.ts";
import { type AdapterInfo, type AdapterLayer, MAX_RANK } from "../adapter.ts";

export const ADAPTER_FORMATS = ["peft", "gguf", "ggla"] as const;
export type AdapterFormat = (typeof ADAPTER_FORMATS)[number];

export interface RawAdapter {
  readonly path: string;
  readonly format: AdapterFormat;
  readonly info: AdapterInfo;
  /** By canonical layer. */
  readonly layers: ReadonlyMap<string, AdapterLayer>;
  /** Order of rotary pairs in the rows of B; "gguf": as in GGUF files of the model's architecture. */
  readonly rows: Pairing | "gguf";
  /** Total bytes of the matrices as stored. */
  readonly byteLength: number;
  /** Storage types of the matrices. */
  readonly dtypes: readonly string[];
}

/** One of the two matrices of a layer. */
export interface RawMatrix {
  readonly layer: string;
  readonly matrix: "a" | "b";
  readonly entry: Pick<TensorEntry, "name" | "dtype" | "shape" | "bytes">;
  /** The file stores the transposed matrix. */
  readonly isTransposed?: boolean;
}

function floats({ entry, isTransposed }: RawMatrix): Float32Array<ArrayBuffer> {
  const [rows, columns] = entry.shape;
  const values = Float32Array.from(decode(entry.dtype, entry.bytes(), rows * columns));
  if (isTransposed !== true) return values;
  return values.map((_, i) => {
    const [row, column] = [Math.floor(i / rows), i % rows];
    return values[column * columns + row];
  });
}

const shapeOf = ({ entry, isTransposed }: RawMatrix): readonly number[] =>
  isTransposed === true ? [entry.shape[1], entry.shape[0]] : entry.shape;

/**
 * The layers of a file from their matrices.
 * @param scaleOf the factor of a layer of this rank.
 * @throws FormatError for a matrix without its partner, or of another rank.
 */
export function pairMatrices(
  path: string,
  matrices: readonly RawMatrix[],
  scaleOf: (layer: string, rank: number) => number,
): Map<string, AdapterLayer> {
  const fail = (layer: string, expected: string, found: string): never => {
    const doing = `read the change of "${layer}" from "${path}"`;
    throw new FormatError({ doing, expected, found, fix: "the file is damaged, or no low-rank adapter" });
  };
  const byLayer = new Map<string, Partial<Record<"a" | "b", RawMatrix>>>();
  for (const each of matrices) {
    const { shape, dtype, name } = each.entry;
    if (shape.length !== 2 || tensorByteLength(dtype, shape) === undefined)
      fail(each.layer, "a matrix", `"${name}" of shape [${shape.join(", ")}]`);
    const known = byLayer.get(each.layer) ?? {};
    if (known[each.matrix] !== undefined) fail(each.layer, "each matrix once", `"${name}" again`);
    byLayer.set(each.layer, { ...known, [each.matrix]: each });
  }
  const layers = new Map<string, AdapterLayer>();
  for (const [layer, { a, b }] of byLayer) {
    if (a === undefined || b === undefined) {
      fail(layer, "two matrices, A and B", `only ${a === undefined ? "B" : "A"}`);
      continue;
    }
    const [[rank, inDim], [outDim, rankOfB]] = [shapeOf(a), shapeOf(b)];
    if (rank !== rankOfB || rank < 1 || rank > MAX_RANK)
      fail(layer, `A and B of one rank from 1 to ${MAX_RANK}`, `ranks ${rank} and ${rankOfB}`);
    const scale = scaleOf(layer, rank);
    if (!Number.isFinite(scale)) fail(layer, "a finite scale", String(scale));
    layers.set(layer, { rank, inDim, outDim, a: floats(a), b: floats(b), scale });
  }
  return layers;
}
