/**
 * Merges adapters into weights: W + Σ scale · B·A, row by row, with sums in f64. Tensors stay descriptors: a merged one is
 * computed when its bytes are requested, so a whole model can be converted without ever being in memory.
 */
import { type DType, rowByteLength, tensorByteLength } from "../base/dtypes.ts";
import { assert, DtypeError } from "../base/errors.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import { canEncode, decodeBlocks, encode } from "../quant/index.ts";
import type { Adapter, AdapterLayer } from "./adapter.ts";

/** An adapter and the factor of its change. */
export interface ScaledAdapter {
  readonly adapter: Adapter;
  readonly scale: number;
}

/** Adds factor · row `row` of B·A. */
function addRow({ rank, inDim, a, b }: AdapterLayer, row: number, factor: number, onto: Float64Array): void {
  for (let r = 0; r < rank; r++) {
    const weight = factor * b[row * rank + r];
    if (weight === 0) continue;
    for (let j = 0, at = r * inDim; j < inDim; j++) onto[j] += weight * a[at + j];
  }
}

interface Change {
  readonly layer: AdapterLayer;
  readonly factor: number;
}

/** Rows that are encoded together. */
const ROWS = 64;

function mergedBytes(source: TensorEntry, changes: readonly Change[], dtype: DType): Uint8Array {
  const [rows, columns] = source.shape;
  const [fromBytes, toBytes] = [rowByteLength(source.dtype, columns), rowByteLength(dtype, columns)];
  assert(fromBytes !== undefined && toBytes !== undefined, `rows of ${source.name} are not whole blocks`);
  const bytes = source.bytes();
  const out = new Uint8Array(rows * toBytes);
  const sums = new Float64Array(columns);
  for (let first = 0; first < rows; first += ROWS) {
    const count = Math.min(ROWS, rows - first);
    const values = new Float32Array(count * columns);
    decodeBlocks(source.dtype, bytes, first * fromBytes, values, 0, values.length);
    for (let i = 0; i < count; i++) {
      const row = values.subarray(i * columns, (i + 1) * columns);
      sums.set(row);
      for (const { layer, factor } of changes) addRow(layer, first + i, factor, sums);
      row.set(sums);
    }
    out.set(encode(dtype, values, columns), first * toBytes);
  }
  return out;
}

/**
 * The tensors of a model with the adapters merged in, by canonical name.
 * @param dtype of the merged matrices; "same" for that of each matrix.
 * @throws DtypeError for a matrix whose type has no encoder.
 */
export function mergedTensors(
  tensors: ReadonlyMap<string, TensorEntry>,
  adapters: readonly ScaledAdapter[],
  dtype: DType | "same",
): Map<string, TensorEntry> {
  const merged = new Map(tensors);
  const layers = new Set(adapters.flatMap(({ adapter }) => [...adapter.layers.keys()]));
  for (const name of layers) {
    const source = tensors.get(`${name}.weight`);
    assert(source !== undefined, `the model has no ${name}`);
    const changes = adapters.flatMap(({ adapter, scale }): Change[] => {
      const layer = adapter.layers.get(name);
      return layer === undefined || scale === 0 ? [] : [{ layer, factor: scale * layer.scale }];
    });
    const type = dtype === "same" ? source.dtype : dtype;
    const byteLength = tensorByteLength(type, source.shape);
    if (!canEncode(type) || byteLength === undefined) {
      throw new DtypeError({
        doing: `merge an adapter into "${source.name}"`,
        expected: "a type that Cria can encode",
        found: type,
        fix: "choose another type for the result (--dtype F16, Q8_0, Q4_0)",
      });
    }
    const bytes = (): Uint8Array => mergedBytes(source, changes, type);
    merged.set(`${name}.weight`, { name: source.name, dtype: type, shape: source.shape, byteLength, bytes });
  }
  return merged;
}

/** True if the adapter changes something: otherwise it was never trained, or its file is damaged. */
export function changesAnything({ layers }: Adapter): boolean {
  return [...layers.values()].some(
    ({ b, a, scale }) => scale !== 0 && b.some((x) => x !== 0) && a.some((x) => x !== 0),
  );
}
