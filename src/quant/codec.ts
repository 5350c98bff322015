/**
 * The description of a storage type: the fields of its block, its formula, and loops that decode and encode
 * runs of blocks. Every type is one row of this shape; `codecs.ts` collects them.
 *
 * Arithmetic. llama.cpp decodes in f32, and Cria reproduces its results bit for bit. JavaScript computes in
 * f64, which simplifies this: a scale has at most 11 significant bits (it is an f16) and is combined only
 * with small integers, so every product and every difference below is exact in f64, and one `Math.fround` at
 * the end gives the f32 result. If the result needs at most 24 bits, no rounding and no `fround` is needed.
 * Only Q8_K has an f32 scale; its product with a byte is exact too. A formula with two roundings in f32 would
 * need two `fround`s; there is none.
 */
import { f16ToF32 } from "../base/half.ts";

/**
 * Destination of decoded values. A Float64Array receives the same f32 values (F64 and integers keep full
 * precision).
 */
export type Floats = Float32Array | Float64Array;

/** Decodes `blocks` blocks from `bytes[at…]` to `out[to…]`. Ranges have been checked. */
export type DecodeBlocks = (bytes: Uint8Array, at: number, out: Floats, to: number, blocks: number) => void;

/** Encodes `blocks` blocks from `values[from…]` to `out[at…]`. Ranges have been checked. */
export type EncodeBlocks = (
  values: Float32Array,
  from: number,
  out: Uint8Array,
  at: number,
  blocks: number,
) => void;

/** One field of a block; fields follow each other without gaps. */
export interface Field {
  readonly name: string;
  readonly byteLength: number;
  /** Description of the bytes: "16 × 6 bits". */
  readonly holds: string;
}

export interface Codec {
  /** Empty for plain types: the value itself. */
  readonly fields: readonly Field[];
  /** The value of one element, in terms of the fields. */
  readonly formula: string;
  readonly decode: DecodeBlocks;
  /** Absent if Cria cannot write the type. */
  readonly encode?: EncodeBlocks;
}

/** One row of a codec's list of fields. */
export function field(name: string, byteLength: number, holds: string): Field {
  return { name, byteLength, holds };
}

/** The scale at the start or end of nearly every block. */
export const D = field("d", 2, "f16 scale");

/** Little-endian 16 bits. */
export function u16(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8);
}

/** Little-endian 32 bits, unsigned. */
export function u32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;
}

/** The f16 at `at`, as a number. */
export function f16(bytes: Uint8Array, at: number): number {
  return f16ToF32(u16(bytes, at));
}

/** A byte as a signed number. */
export function i8(byte: number): number {
  return (byte << 24) >> 24;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
