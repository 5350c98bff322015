/**
 * The header of a safetensors file, checked as the format requires (huggingface.co/docs/safetensors):
 *
 *     u64 n · n bytes of JSON, starting with "{", optionally padded with spaces · data
 *     {"__metadata__": {text: text}, NAME: {"dtype": "F16", "shape": [2, 3], "data_offsets": [begin, end]}, …}
 *
 * Offsets count from the start of the data. Together the tensors cover the data exactly, without gaps or
 * overlaps.
 */
import { type ByteSource, checkRange } from "../../base/bytes.ts";
import { type DType, tensorByteLength } from "../../base/dtypes.ts";
import { FormatError, type UnsupportedError } from "../../base/errors.ts";
import { decodeUtf8, isJsonObject, type JsonObject, type JsonValue, readJsonObject } from "../hf/json.ts";
import { dtypeOf } from "./dtypes.ts";

/** The reference implementation's limit. */
export const MAX_HEADER_BYTES = 100_000_000;
/** The reserved name. */
export const METADATA_KEY = "__metadata__";

export interface SafetensorsTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** Of the first byte, in the file. */
  readonly offset: number;
}

/** A tensor of an unknown type: the length of its bytes is known, their meaning is not. */
interface UnreadTensor {
  readonly name: string;
  readonly byteLength: number;
  readonly offset: number;
  readonly error: UnsupportedError;
}

export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of the data. */
  readonly tensors: readonly SafetensorsTensor[];
  readonly unread: ReadonlyMap<string, UnsupportedError>;
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function readMetadata(value: JsonValue, file: string): Map<string, string> {
  if (value === null) return new Map(); // like the reference implementation
  const wrong = (found: string): never => {
    throw new FormatError({
      doing: `read the metadata of "${file}"`,
      expected: "an object whose values are all text",
      found,
    });
  };
  if (!isJsonObject(value)) return wrong(JSON.stringify(value).slice(0, 60));
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") wrong(`${typeof text} at ${JSON.stringify(key.slice(0, 60))}`);
    else metadata.set(key, text);
  }
  return metadata;
}

function readTensor(
  name: string,
  value: JsonValue,
  file: string,
  dataStart: number,
): SafetensorsTensor | UnreadTensor {
  const doing = `read tensor ${JSON.stringify(name.slice(0, 200))} of "${file}"`;
  const wrong = (expected: string, found: JsonValue | undefined): never => {
    throw new FormatError({ doing, expected, found: (JSON.stringify(found) ?? "nothing").slice(0, 100) });
  };
  if (!isJsonObject(value)) return wrong("an object with dtype, shape, data_offsets", value);
  const { dtype: dtypeName, shape, data_offsets: offsets } = value;
  const extra = Object.keys(value).find((key) => !["dtype", "shape", "data_offsets"].includes(key));
  if (extra !== undefined) return wrong("only dtype, shape and data_offsets", extra);
  if (typeof dtypeName !== "string") return wrong("a dtype", dtypeName);
  if (!Array.isArray(shape) || !shape.every(isCount)) return wrong("a shape of non-negative integers", shape);
  const isPair = Array.isArray(offsets) && offsets.length === 2 && offsets.every(isCount);
  if (!isPair) return wrong("two non-negative data_offsets", offsets);
  const [begin, end] = offsets as number[];
  const dtype = dtypeOf(dtypeName, doing);
  if (typeof dtype !== "string") {
    if (end < begin) return wrong("data_offsets in order", offsets);
    return { name, byteLength: end - begin, offset: dataStart + begin, error: dtype };
  }
  const byteLength = tensorByteLength(dtype, shape as number[]);
  if (byteLength === undefined) return wrong("a shape whose byte length is a safe integer", shape);
  if (end - begin !== byteLength) {
    return wrong(`${byteLength} bytes for ${dtype} [${shape.join(", ")}]`, end - begin);
  }
  return { name, dtype, shape: shape as number[], byteLength, offset: dataStart + begin };
}

/** Every byte of the data belongs to exactly one tensor. */
function checkCoverage(
  tensors: readonly Pick<SafetensorsTensor, "name" | "offset" | "byteLength">[],
  start: number,
  end: number,
  file: string,
): void {
  let expected = start;
  const gap = (found: string): never => {
    throw new FormatError({
      doing: `read "${file}"`,
      expected: `tensors that cover the ${end - start} bytes of data without hole or overlap`,
      found,
      fix: "the file is truncated, damaged or hostile; fetch it again",
    });
  };
  for (const { name, offset, byteLength } of tensors) {
    if (offset !== expected) {
      gap(`${JSON.stringify(name)} at byte ${offset - start}, where ${expected - start} is due`);
    }
    expected = offset + byteLength;
  }
  if (expected !== end) gap(`tensors that end at byte ${expected - start}`);
}

function headerText(source: ByteSource): { json: JsonObject; dataStart: number } {
  const doing = `read the safetensors header of "${source.name}"`;
  checkRange(source.name, source.byteLength, 0, 8, doing);
  const prefix = source.bytes(0, 8);
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length < 2n || length > BigInt(Math.min(MAX_HEADER_BYTES, source.byteLength - 8))) {
    throw new FormatError({
      doing,
      expected: `a header of 2 to ${MAX_HEADER_BYTES} bytes inside the file's ${source.byteLength}`,
      found: `a length of ${length}`,
      fix: "this is not a safetensors file, or it is truncated",
    });
  }
  const bytes = source.bytes(8, Number(length));
  if (bytes[0] !== 0x7b) {
    throw new FormatError({ doing, expected: 'a header that starts with "{"', found: `byte ${bytes[0]}` });
  }
  const text = decodeUtf8(bytes, source.name);
  const limits = { maxLength: MAX_HEADER_BYTES, maxDepth: 4, allowProtoKey: true, strict: true };
  return { json: readJsonObject(text, source.name, limits), dataStart: 8 + Number(length) };
}

/** Reads and checks the header. Throws FormatError. */
export function readSafetensorsHeader(source: ByteSource): SafetensorsHeader {
  const { json, dataStart } = headerText(source);
  let metadata = new Map<string, string>();
  const all: (SafetensorsTensor | UnreadTensor)[] = [];
  for (const [name, value] of Object.entries(json)) {
    if (name === METADATA_KEY) metadata = readMetadata(value, source.name);
    else all.push(readTensor(name, value, source.name, dataStart));
  }
  // Empty tensors sort before the one that starts at the same byte.
  all.sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  checkCoverage(all, dataStart, source.byteLength, source.name);
  const unread = all.flatMap((tensor) => ("error" in tensor ? [[tensor.name, tensor.error] as const] : []));
  return {
    metadata,
    tensors: all.filter((tensor): tensor is SafetensorsTensor => !("error" in tensor)),
    unread: new Map(unread),
  };
}
