/**
 * The closed table of storage types. A type packs `blockLength` consecutive values of a row into `blockBytes`
 * bytes; plain types have blocks of one value. Names are GGML's if GGML has the type (ids: ggml.h, enum
 * ggml_type), otherwise those of safetensors.
 */

export interface DTypeInfo {
  /** Values per block. */
  readonly blockLength: number;
  /** Bytes per block. */
  readonly blockBytes: number;
  /** Number of the type in GGUF files; absent for types that GGUF does not have. */
  readonly ggmlId?: number;
  readonly kind: "float" | "integer" | "quantised";
}

function float(blockBytes: number, ggmlId?: number): DTypeInfo {
  return { blockLength: 1, blockBytes, kind: "float", ...(ggmlId === undefined ? {} : { ggmlId }) };
}
function integer(blockBytes: number, ggmlId?: number): DTypeInfo {
  return { blockLength: 1, blockBytes, kind: "integer", ...(ggmlId === undefined ? {} : { ggmlId }) };
}
function quantised(ggmlId: number, blockLength: number, blockBytes: number): DTypeInfo {
  return { blockLength, blockBytes, ggmlId, kind: "quantised" };
}

export const DTYPES = {
  F32: float(4, 0),
  F16: float(2, 1),
  BF16: float(2, 30),
  F64: float(8, 28),
  F8_E4M3: float(1),
  F8_E5M2: float(1),
  I8: integer(1, 24),
  I16: integer(2, 25),
  I32: integer(4, 26),
  I64: integer(8, 27),
  U8: integer(1),
  U16: integer(2),
  U32: integer(4),
  U64: integer(8),
  BOOL: integer(1),
  Q4_0: quantised(2, 32, 18),
  Q4_1: quantised(3, 32, 20),
  Q5_0: quantised(6, 32, 22),
  Q5_1: quantised(7, 32, 24),
  Q8_0: quantised(8, 32, 34),
  Q8_1: quantised(9, 32, 36),
  Q2_K: quantised(10, 256, 84),
  Q3_K: quantised(11, 256, 110),
  Q4_K: quantised(12, 256, 144),
  Q5_K: quantised(13, 256, 176),
  Q6_K: quantised(14, 256, 210),
  Q8_K: quantised(15, 256, 292),
  IQ2_XXS: quantised(16, 256, 66),
  IQ2_XS: quantised(17, 256, 74),
  IQ3_XXS: quantised(18, 256, 98),
  IQ1_S: quantised(19, 256, 50),
  IQ4_NL: quantised(20, 32, 18),
  IQ3_S: quantised(21, 256, 110),
  IQ2_S: quantised(22, 256, 82),
  IQ4_XS: quantised(23, 256, 136),
  IQ1_M: quantised(29, 256, 56),
  TQ1_0: quantised(34, 256, 54),
  TQ2_0: quantised(35, 256, 66),
} as const satisfies Record<string, DTypeInfo>;

export type DType = keyof typeof DTYPES;

const BY_GGML_ID = new Map<number, DType>(
  (Object.keys(DTYPES) as DType[]).flatMap((name) => {
    const info: DTypeInfo = DTYPES[name];
    return info.ggmlId === undefined ? [] : [[info.ggmlId, name] as const];
  }),
);

export function dtypeInfo(dtype: DType): DTypeInfo {
  return DTYPES[dtype];
}

export function isDType(name: string): name is DType {
  return Object.hasOwn(DTYPES, name);
}

/** The type with this GGML number, or undefined if there is none or it has been removed. */
export function dtypeFromGgmlId(id: number): DType | undefined {
  return BY_GGML_ID.get(id);
}

/** Bytes of one row of `length` values, or undefined if `length` is not a whole number of blocks. */
export function rowByteLength(dtype: DType, length: number): number | undefined {
  const { blockLength, blockBytes } = DTYPES[dtype];
  return length % blockLength === 0 ? (length / blockLength) * blockBytes : undefined;
}

/**
 * Bytes of a tensor of this shape (outermost dim first). Undefined if the last dim is not a whole number of
 * blocks, a dim is not a non-negative integer, or a product exceeds the safe integers.
 */
export function tensorByteLength(dtype: DType, shape: readonly number[]): number | undefined {
  if (!shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) return undefined;
  const row = rowByteLength(dtype, shape.at(-1) ?? 1);
  if (row === undefined) return undefined;
  let bytes = row;
  for (const dim of shape.slice(0, -1)) {
    bytes *= dim;
    if (!Number.isSafeInteger(bytes)) return undefined;
  }
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
