/**
 * Metadata values of GGUF files, kept with their exact type so that reading and writing reproduces them
 * exactly. The thirteen types and their numbers: ggml docs/gguf.md, enum gguf_metadata_value_type.
 */

/** A number type: its id in the file, its width, and its typed array. */
interface NumberType {
  readonly id: number;
  readonly byteLength: number;
  readonly array: NumberArrayConstructor;
}
type NumberArrayConstructor =
  | Uint8ArrayConstructor
  | Int8ArrayConstructor
  | Uint16ArrayConstructor
  | Int16ArrayConstructor
  | Uint32ArrayConstructor
  | Int32ArrayConstructor
  | Float32ArrayConstructor
  | BigUint64ArrayConstructor
  | BigInt64ArrayConstructor
  | Float64ArrayConstructor;

/** The types of fixed size, with their ids in a file. */
export const NUMBER_TYPES = {
  u8: { id: 0, byteLength: 1, array: Uint8Array },
  i8: { id: 1, byteLength: 1, array: Int8Array },
  u16: { id: 2, byteLength: 2, array: Uint16Array },
  i16: { id: 3, byteLength: 2, array: Int16Array },
  u32: { id: 4, byteLength: 4, array: Uint32Array },
  i32: { id: 5, byteLength: 4, array: Int32Array },
  f32: { id: 6, byteLength: 4, array: Float32Array },
  bool: { id: 7, byteLength: 1, array: Uint8Array },
  u64: { id: 10, byteLength: 8, array: BigUint64Array },
  i64: { id: 11, byteLength: 8, array: BigInt64Array },
  f64: { id: 12, byteLength: 8, array: Float64Array },
} as const satisfies Record<string, NumberType>;
/** Id of the type "string" in a file. */
export const STRING_ID = 8;
/** Id of the type "array" in a file. */
export const ARRAY_ID = 9;

export type GgufNumberType = keyof typeof NUMBER_TYPES;
export type GgufType = GgufNumberType | "string" | "array";
/** The numbers of one array; bool as 0 and 1. */
export type GgufNumbers = InstanceType<(typeof NUMBER_TYPES)[GgufNumberType]["array"]>;

export type GgufScalar =
  | {
      readonly type: "u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "f32" | "f64";
      readonly value: number;
    }
  | { readonly type: "u64" | "i64"; readonly value: bigint }
  | { readonly type: "bool"; readonly value: boolean }
  /** `raw` holds the bytes of a string that is not valid UTF-8 (its `value` then contains U+FFFD). */
  | { readonly type: "string"; readonly value: string; readonly raw?: Uint8Array };

export type GgufArray =
  | { readonly type: "array"; readonly of: GgufNumberType; readonly value: GgufNumbers }
  | {
      readonly type: "array";
      readonly of: "string";
      readonly value: readonly string[];
      /** By index, the bytes of the strings that are not valid UTF-8. */
      readonly raw?: ReadonlyMap<number, Uint8Array>;
    }
  | { readonly type: "array"; readonly of: "array"; readonly value: readonly GgufArray[] };

export type GgufValue = GgufScalar | GgufArray;

const TYPE_BY_ID = new Map<number, GgufType>([
  ...(Object.keys(NUMBER_TYPES) as GgufNumberType[]).map((type) => [NUMBER_TYPES[type].id, type] as const),
  [STRING_ID, "string"],
  [ARRAY_ID, "array"],
]);

/** The type with this id in the file, or undefined. */
export function ggufTypeFromId(id: number): GgufType | undefined {
  return TYPE_BY_ID.get(id);
}

/** The type's id in a file. */
export function ggufTypeId(type: GgufType): number {
  if (type === "string") return STRING_ID;
  return type === "array" ? ARRAY_ID : NUMBER_TYPES[type].id;
}

/** Constructors of values, for writing files: `["llama.block_count", ggufValue.u32(32)]`. */
export const ggufValue = {
  u8: (value: number): GgufScalar => ({ type: "u8", value }),
  i8: (value: number): GgufScalar => ({ type: "i8", value }),
  u16: (value: number): GgufScalar => ({ type: "u16", value }),
  i16: (value: number): GgufScalar => ({ type: "i16", value }),
  u32: (value: number): GgufScalar => ({ type: "u32", value }),
  i32: (value: number): GgufScalar => ({ type: "i32", value }),
  u64: (value: number | bigint): GgufScalar => ({ type: "u64", value: BigInt(value) }),
  i64: (value: number | bigint): GgufScalar => ({ type: "i64", value: BigInt(value) }),
  f32: (value: number): GgufScalar => ({ type: "f32", value }),
  f64: (value: number): GgufScalar => ({ type: "f64", value }),
  bool: (value: boolean): GgufScalar => ({ type: "bool", value }),
  string: (value: string): GgufScalar => ({ type: "string", value }),
  strings: (value: readonly string[]): GgufArray => ({ type: "array", of: "string", value }),
  i32s: (value: Iterable<number>): GgufArray => ({ type: "array", of: "i32", value: Int32Array.from(value) }),
  u32s: (value: Iterable<number>): GgufArray => ({
    type: "array",
    of: "u32",
    value: Uint32Array.from(value),
  }),
  f32s: (value: Iterable<number>): GgufArray => ({
    type: "array",
    of: "f32",
    value: Float32Array.from(value),
  }),
} as const;
