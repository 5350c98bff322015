/** Encodes the header of a GGUF file, version 3, into a growing buffer. */
import { dtypeInfo, tensorByteLength } from "../../base/dtypes.ts";
import { ConfigError, DtypeError, ShapeError } from "../../base/errors.ts";
import type { TensorEntry } from "../tensor-file.ts";
import { type GgufNumbers, type GgufNumberType, type GgufValue, ggufTypeId, NUMBER_TYPES } from "./value.ts";

/** The fields of a tensor that the writer needs; any TensorEntry has them. */
export type GgufTensorInput = Pick<TensorEntry, "name" | "dtype" | "shape" | "byteLength" | "bytes">;

const encoder = new TextEncoder();

/** Little-endian fields, one after another. */
class ByteWriter {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Reserves `length` bytes and returns their start. */
  #grow(length: number): number {
    const start = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.byteLength) {
      const bytes = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.byteLength));
      bytes.set(this.#bytes);
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer);
    }
    return start;
  }

  u32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
  }
  u64(value: number | bigint): void {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, BigInt(value), true);
  }
  raw(bytes: Uint8Array): void {
    const at = this.#grow(bytes.byteLength);
    this.#bytes.set(bytes, at);
  }
  /** A string: its length in bytes as u64, then the bytes. */
  string(value: string, raw: Uint8Array = encoder.encode(value)): void {
    this.u64(raw.byteLength);
    this.raw(raw);
  }
  numbers(value: GgufNumbers): void {
    this.raw(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Ranges of the integer types; values outside would wrap and are refused. */
const RANGES: Partial<Record<GgufNumberType, readonly [number | bigint, number | bigint]>> = {
  u8: [0, 0xff],
  i8: [-0x80, 0x7f],
  u16: [0, 0xffff],
  i16: [-0x8000, 0x7fff],
  u32: [0, 0xffffffff],
  i32: [-0x80000000, 0x7fffffff],
  u64: [0n, 2n ** 64n - 1n],
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
};

function encodeNumber(type: GgufNumberType, key: string, value: number | bigint | boolean): Uint8Array {
  const range = RANGES[type];
  if (range !== undefined) {
    const whole = typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
    if (!whole || value < range[0] || value > range[1]) {
      throw new ConfigError({
        doing: `write metadata "${key}"`,
        expected: `a whole number from ${range[0]} to ${range[1]} (type ${type})`,
        found: String(value),
      });
    }
  }
  const TypedArray = NUMBER_TYPES[type].array;
  const one = new TypedArray(1);
  if (one instanceof BigUint64Array || one instanceof BigInt64Array) one[0] = BigInt(value);
  else one[0] = Number(value);
  return new Uint8Array(one.buffer);
}

/** The value's bytes, after its type number (a scalar) or its item type and count (an array). */
function writeValue(out: ByteWriter, key: string, value: GgufValue): void {
  if (value.type === "string") {
    out.string(value.value, value.raw);
    return;
  }
  if (value.type !== "array") {
    out.raw(encodeNumber(value.type, key, value.value));
    return;
  }
  out.u32(ggufTypeId(value.of));
  out.u64(value.value.length);
  if (value.of === "string") {
    for (const [i, string] of value.value.entries()) out.string(string, value.raw?.get(i));
  } else if (value.of === "array") {
    for (const inner of value.value) writeValue(out, key, inner);
  } else {
    checkArray(key, value.of, value.value);
    out.numbers(value.value);
  }
}

function checkArray(key: string, of: GgufNumberType, value: GgufNumbers): void {
  const wanted = NUMBER_TYPES[of].array;
  if (value instanceof wanted) return;
  throw new ConfigError({
    doing: `write metadata "${key}"`,
    expected: `a ${wanted.name} (an array of ${of})`,
    found: value.constructor.name,
  });
}

/** The header, without the padding that follows it, and the offset of each tensor. */
export interface EncodedHead {
  readonly bytes: Uint8Array;
  /** Relative to the data, in the order of the tensors. */
  readonly offsets: readonly number[];
}

export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

/** Throws ConfigError, DtypeError or ShapeError for content that GGUF cannot express. */
export function encodeHead(
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensorInput[],
  alignment: number,
): EncodedHead {
  const out = new ByteWriter();
  out.raw(encoder.encode("GGUF"));
  out.u32(3);
  out.u64(tensors.length);
  out.u64(metadata.size);
  for (const [key, value] of metadata) {
    out.string(key);
    out.u32(ggufTypeId(value.type));
    writeValue(out, key, value);
  }
  const offsets: number[] = [];
  let offset = 0;
  for (const tensor of tensors) {
    writeTensorInfo(out, tensor, offset);
    offsets.push(offset);
    offset = alignUp(offset + tensor.byteLength, alignment);
  }
  return { bytes: out.finish(), offsets };
}

function writeTensorInfo(
  out: ByteWriter,
  { name, dtype, shape, byteLength }: GgufTensorInput,
  offset: number,
): void {
  const doing = `write tensor "${name}"`;
  const { ggmlId } = dtypeInfo(dtype);
  if (ggmlId === undefined) {
    throw new DtypeError({
      doing,
      found: `GGUF has no type ${dtype}`,
      fix: "convert it to F32, F16 or BF16 first",
    });
  }
  if (shape.length > 4 || shape.includes(0)) {
    throw new ShapeError({ doing, expected: "at most 4 dims, none 0", found: `[${shape.join(", ")}]` });
  }
  if (tensorByteLength(dtype, shape) !== byteLength) {
    throw new ShapeError({
      doing,
      expected: `${tensorByteLength(dtype, shape) ?? "rows of whole blocks"} bytes for ${dtype} [${shape.join(", ")}]`,
      found: `${byteLength} bytes`,
    });
  }
  out.string(name);
  out.u32(shape.length);
  for (const dim of shape.toReversed()) out.u64(dim);
  out.u32(ggmlId);
  out.u64(offset);
}
