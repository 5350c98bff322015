/**
 * Adapters from before GGUF (GGLA, version 1), read only. All numbers are little-endian:
 *
 *     0   u32   0x67676c61
 *     4   i32   version, 1
 *     8   i32   rank
 *     12  i32   alpha
 *     then for each matrix
 *     0   i32   number of dims, 2
 *     4   i32   bytes of the name
 *     8   i32   type: 0 F32, 1 F16
 *     12  i32   dims, innermost first; then the name; zeros up to a multiple of 32 bytes of the file; the values
 *
 * Names are Meta's ("layers.0.attention.wq.weight.loraA") or GGUF's. A is stored transposed, [in, rank]. Rows of B have
 * Hugging Face's order: converters wrote the adapters of PEFT as they were.
 */
import { ByteReader, type ByteSource } from "../../base/bytes.ts";
import { type DType, tensorByteLength } from "../../base/dtypes.ts";
import { FormatError, UnsupportedError } from "../../base/errors.ts";
import { translateName } from "../../weights/index.ts";
import { MAX_RANK } from "../adapter.ts";
import { pairMatrices, type RawAdapter, type RawMatrix } from "./raw.ts";

export const GGLA_MAGIC = 0x67676c61;
const VERSION = 1;
const ALIGNMENT = 32;
const MAX_NAME = 256;
const TYPES: Readonly<Record<number, DType>> = { 0: "F32", 1: "F16" };
const NAME = /^(.+)\.lora([AB])$/;

/** True for a file of this format. */
export function isGgla(source: ByteSource): boolean {
  return source.byteLength >= 4 && new ByteReader(source).u32() === GGLA_MAGIC;
}

/** @throws FormatError for a damaged file. */
export function readGgla(source: ByteSource): RawAdapter {
  const path = source.name;
  const doing = `read the adapter "${path}"`;
  const fail = (expected: string, found: string): never => {
    throw new FormatError({ doing, expected, found, fix: "the file is damaged; fetch it again" });
  };
  const reader = new ByteReader(source);
  if (reader.u32() !== GGLA_MAGIC) fail("a GGLA file", "another magic");
  const version = reader.i32();
  if (version !== VERSION)
    throw new UnsupportedError({ doing, expected: `version ${VERSION}`, found: String(version) });
  const [rank, alpha] = [reader.i32(), reader.i32()];
  if (rank < 1 || rank > MAX_RANK) fail(`a rank from 1 to ${MAX_RANK}`, String(rank));
  const matrices: RawMatrix[] = [];
  while (reader.remaining > 0) matrices.push(readMatrix(reader, fail));
  const layers = pairMatrices(path, matrices, (_, own) => alpha / own);
  return {
    path,
    format: "ggla",
    info: { alpha },
    layers,
    rows: "halves",
    byteLength: source.byteLength,
    dtypes: [...new Set(matrices.map(({ entry }) => entry.dtype))],
  };
}

function readMatrix(reader: ByteReader, fail: (expected: string, found: string) => never): RawMatrix {
  const [dims, nameLength, typeNumber] = [reader.i32(), reader.i32(), reader.i32()];
  if (dims !== 2) fail("matrices", `a tensor of ${dims} dims`);
  if (nameLength < 1 || nameLength > MAX_NAME)
    fail(`names of up to ${MAX_NAME} bytes`, `${nameLength} bytes`);
  const [columns, rows] = [reader.i32(), reader.i32()];
  const name = reader.text(nameLength);
  const dtype = Object.hasOwn(TYPES, typeNumber)
    ? TYPES[typeNumber]
    : fail("F32 or F16", `type ${typeNumber}`);
  if (columns < 1 || rows < 1) fail("dims of at least 1", `[${rows}, ${columns}]`);
  const padding = (ALIGNMENT - (reader.position % ALIGNMENT)) % ALIGNMENT;
  reader.bytes(Math.min(padding, reader.remaining));
  const shape = [rows, columns];
  const byteLength = tensorByteLength(dtype, shape) ?? Number.POSITIVE_INFINITY;
  if (byteLength > reader.remaining)
    fail(`${byteLength} bytes of "${name.slice(0, 60)}"`, `${reader.remaining}`);
  const bytes = reader.bytes(byteLength);
  const [, stem = "", letter] = NAME.exec(name) ?? [];
  const canonical = translateName(stem, "meta", "gguf") ?? translateName(stem, "gguf", "gguf");
  if (!canonical?.startsWith("blk.")) fail("changes of linear layers", JSON.stringify(name.slice(0, 60)));
  return {
    layer: (canonical as string).replace(/\.weight$/, ""),
    matrix: letter === "A" ? "a" : "b",
    entry: { name, dtype, shape, bytes: () => bytes },
    isTransposed: letter === "A",
  };
}
