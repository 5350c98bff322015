/** The storage types of safetensors, in the order of the format: by increasing alignment. */
import { type DType, dtypeInfo } from "../../base/dtypes.ts";
import { DtypeError, UnsupportedError } from "../../base/errors.ts";

/** The format's names, which are also Cria's. */
const TYPES = [
  "BOOL",
  "U8",
  "I8",
  "F8_E5M2",
  "F8_E4M3",
  "I16",
  "U16",
  "F16",
  "BF16",
  "I32",
  "U32",
  "F32",
  "F64",
  "I64",
  "U64",
] as const satisfies readonly DType[];

const RANK = new Map<string, number>(TYPES.map((name, rank) => [name, rank]));

/**
 * The type of this name, or the error to throw if a tensor of an unknown type (F4, F8_E8M0, C64 …) is needed.
 */
export function dtypeOf(name: string, doing: string): DType | UnsupportedError {
  const rank = RANK.get(name);
  if (rank !== undefined) return TYPES[rank];
  return new UnsupportedError({
    doing,
    expected: `a type of ${TYPES.join(", ")}`,
    found: `"${name.slice(0, 40)}"`,
    fix: "convert the tensor to one of these types",
  });
}

/** Sort key of a type for writers: wide types first, so that every tensor is aligned. Throws DtypeError. */
export function alignmentRank(dtype: DType, doing: string): number {
  const rank = RANK.get(dtype);
  if (rank !== undefined) return rank;
  const quantised = dtypeInfo(dtype).kind === "quantised";
  throw new DtypeError({
    doing,
    expected: `a type that safetensors has (${TYPES.join(", ")})`,
    found: dtype,
    fix: quantised ? "write quantised tensors as GGUF, or decode them to F16 first" : "convert it first",
  });
}
