/**
 * The storage types that a format supports, the type of a tensor there, and the conversion of its bytes,
 * chunk by chunk. A type that the target supports is kept; values are rounded only on request or if it cannot
 * be avoided, and the report says so.
 */
import { type DType, dtypeInfo, rowByteLength, tensorByteLength } from "../base/dtypes.ts";
import { assert, ConfigError, CriaError, UnsupportedError } from "../base/errors.ts";
import { decodeBlocks, encode } from "../quant/index.ts";
import type { CheckpointFormat } from "../weights/index.ts";

/** Storage types that a user may request for matrices. */
export const OUTPUT_DTYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0"] as const;
export type OutputDType = (typeof OUTPUT_DTYPES)[number];

const FLOATS: ReadonlySet<DType> = new Set(["F32", "F16", "BF16"]);

interface FormatRules {
  /** Types that the format's usual readers accept for matrices. */
  readonly holds: (dtype: DType) => boolean;
  /** Required type of norms and biases; absent: like matrices. */
  readonly vectors?: DType;
}

const RULES: Readonly<Record<CheckpointFormat, FormatRules>> = {
  gguf: {
    holds: (dtype) => FLOATS.has(dtype) || dtypeInfo(dtype).kind === "quantised",
    // llama.cpp multiplies by norms and adds biases only in F32.
    vectors: "F32",
  },
  safetensors: { holds: (dtype) => dtypeInfo(dtype).kind === "float" },
  pth: { holds: (dtype) => FLOATS.has(dtype) || dtype === "F64" },
  llama2c: { holds: (dtype) => dtype === "F32" },
};

/** Replacements for types that a target lacks, exact if an exact one exists. */
const STAND_INS: Partial<Record<DType, DType>> = { F8_E4M3: "F16", F8_E5M2: "F16" };

/** Throws ConfigError if the format does not support the requested type. */
export function checkOutputDType(dtype: OutputDType | undefined, to: CheckpointFormat): void {
  if (dtype === undefined || RULES[to].holds(dtype)) return;
  throw new ConfigError({
    doing: `convert to ${to} as ${dtype}`,
    expected: `one of ${OUTPUT_DTYPES.filter(RULES[to].holds).join(", ")}`,
    found: dtype,
    fix: dtypeInfo(dtype).kind === "quantised" ? "write quantised types as GGUF" : "omit the type",
  });
}

/** The storage type of a tensor in the target. */
export function targetDType(
  from: DType,
  shape: readonly number[],
  to: CheckpointFormat,
  wanted: OutputDType | undefined,
): DType {
  const { holds, vectors } = RULES[to];
  if (shape.length < 2) {
    if (vectors !== undefined) return vectors;
    if (wanted !== undefined && holds(wanted)) return wanted;
  } else if (wanted !== undefined) {
    // Rows that are not whole blocks cannot be quantised.
    return rowByteLength(wanted, shape.at(-1) ?? 1) === undefined ? "F16" : wanted;
  }
  if (holds(from)) return from;
  const standIn = STAND_INS[from] ?? "F32";
  return holds(standIn) ? standIn : "F32";
}

const EXACT_IN: Partial<Record<DType, readonly DType[]>> = {
  F16: ["F32", "F64"],
  BF16: ["F32", "F64"],
  F32: ["F64"],
  F8_E4M3: ["F16", "F32", "BF16", "F64"],
  F8_E5M2: ["F16", "F32", "BF16", "F64"],
};

/** True if every value of one type is a value of the other. Decoded blocks are f32 values. */
export function isExact(from: DType, to: DType): boolean {
  if (from === to || EXACT_IN[from]?.includes(to)) return true;
  return dtypeInfo(from).kind === "quantised" && (to === "F32" || to === "F64");
}

/** Values converted at once: 4 MiB of f32. */
const CHUNK = 1 << 20;
const F16_LIMIT = 65520;

/**
 * The bytes converted to another type. Decodes one chunk at a time.
 * @throws UnsupportedError naming the tensor if its values do not fit the type: too large for F16, NaN in blocks.
 */
export function convertBytes(
  name: string,
  bytes: Uint8Array,
  shape: readonly number[],
  from: DType,
  to: DType,
): Uint8Array {
  const rowLength = shape.at(-1) ?? 1;
  const length = shape.reduce((product, dim) => product * dim, 1);
  const byteLength = tensorByteLength(to, shape);
  const rowBytes = rowByteLength(from, rowLength);
  assert(byteLength !== undefined && rowBytes !== undefined, `${name} cannot be ${to}`);
  if (to === "F32") {
    const values = new Float32Array(length);
    decodeBlocks(from, bytes, 0, values, 0, length);
    return new Uint8Array(values.buffer);
  }
  const out = new Uint8Array(byteLength);
  const rowsAtOnce = Math.max(1, Math.floor(CHUNK / rowLength));
  const rows = rowLength === 0 ? 0 : length / rowLength;
  const scratch = new Float32Array(Math.min(rows, rowsAtOnce) * rowLength);
  let at = 0;
  for (let row = 0; row < rows; row += rowsAtOnce) {
    const values = scratch.subarray(0, Math.min(rowsAtOnce, rows - row) * rowLength);
    decodeBlocks(from, bytes, row * rowBytes, values, 0, values.length);
    const encoded = encodeChunk(name, values, rowLength, to);
    out.set(encoded, at);
    at += encoded.byteLength;
  }
  return out;
}

function encodeChunk(name: string, values: Float32Array, rowLength: number, to: DType): Uint8Array {
  const doing = `convert tensor "${name}" to ${to}`;
  if (to === "F16") {
    const large = values.find((value) => Math.abs(value) >= F16_LIMIT && Number.isFinite(value));
    if (large !== undefined) {
      const found = `${large}, which F16 cannot hold (up to 65504)`;
      throw new UnsupportedError({ doing, found, fix: "choose BF16 or F32" });
    }
  }
  try {
    return encode(to, values, rowLength);
  } catch (cause) {
    if (!(cause instanceof CriaError)) throw cause;
    throw new UnsupportedError({ doing, found: cause.problem.found, fix: "choose BF16 or F32", cause });
  }
}
