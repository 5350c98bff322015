/**
 * Reads the header of one GGUF file (ggml docs/gguf.md), versions 1 to 3, and verifies that every tensor is
 * inside the file:
 *
 *     magic "GGUF" | version u32 | tensor count | metadata count      (counts u32 in version 1, u64 since)
 *     metadata:  key string | type u32 | value                        × metadata count
 *     tensors:   name string | n dims u32 | dims, innermost first | type u32 | offset u64   × tensor count
 *     padding to the alignment
 *     data, each tensor's offset relative to here and a multiple of the alignment
 */
import { ByteReader, type ByteSource } from "../../base/bytes.ts";
import { type DType, dtypeFromGgmlId, dtypeInfo, tensorByteLength } from "../../base/dtypes.ts";
import { FormatError, UnsupportedError } from "../../base/errors.ts";
import { GgufMetadata } from "./metadata.ts";
import { GgufReader } from "./read-value.ts";

const MAGIC = 0x46554747; // "GGUF", little-endian
export const DEFAULT_ALIGNMENT = 32;
const MAX_DIMS = 4;
const MAX_KEY_BYTES = 65535;

/** Limits in addition to the file's length. Real files stay far below them. */
export const GGUF_LIMITS = {
  alignment: 1 << 20,
  /** The format allows 64; some programs write longer names. */
  nameBytes: 1024,
  /** Tens in real files; each entry costs several objects for a few bytes of file. */
  metadataCount: 65536,
  /** Hundreds in real files, some thousands with many experts. */
  tensorCount: 65536,
  /** `split.no` and `split.count` are u16. */
  shardCount: 65535,
} as const;

/** Types that GGML has removed, by number; their layouts differ from today's types. */
const REMOVED_TYPES: Record<number, string> = {
  4: "Q4_2",
  5: "Q4_3",
  31: "Q4_0_4_4",
  32: "Q4_0_4_8",
  33: "Q4_0_8_8",
  36: "IQ4_NL_4_4",
  37: "IQ4_NL_4_8",
  38: "IQ4_NL_8_8",
};

export interface GgufTensorInfo {
  readonly name: string;
  readonly dtype: DType;
  /** Outermost dim first. */
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** From the start of the file. */
  readonly offset: number;
}

/** A tensor of unknown type, and so of unknown length. */
interface UnreadTensor {
  readonly name: string;
  readonly error: UnsupportedError;
}

export interface GgufHeader {
  readonly version: number;
  readonly metadata: GgufMetadata;
  readonly alignment: number;
  readonly tensors: readonly GgufTensorInfo[];
  /** Those of unknown types. */
  readonly unread: readonly UnreadTensor[];
  /** Where the tensors' bytes start. */
  readonly dataOffset: number;
}

/** Reads and checks the header. Reads no tensor bytes. Throws FormatError or UnsupportedError. */
export function readGgufHeader(source: ByteSource): GgufHeader {
  const bytes = new ByteReader(source);
  const version = readVersion(bytes);
  const reader = new GgufReader(bytes, version);
  const wide = version > 1;
  const tensorCount = boundedCount(reader, wide ? 24 : 20, GGUF_LIMITS.tensorCount, "tensors");
  const metadataCount = boundedCount(reader, wide ? 13 : 9, GGUF_LIMITS.metadataCount, "metadata entries");
  const metadata = readMetadata(reader, metadataCount);
  const alignment = readAlignment(metadata);
  const found: GgufTensorInfo[] = [];
  const unread: UnreadTensor[] = [];
  for (let i = 0; i < tensorCount; i++) {
    const tensor = readTensorInfo(reader);
    if ("error" in tensor) unread.push(tensor);
    else found.push(tensor);
  }
  const dataOffset = Math.ceil(bytes.position / alignment) * alignment;
  const tensors = found.map((tensor) => ({ ...tensor, offset: tensor.offset + dataOffset }));
  checkPlaces(source, tensors, alignment);
  return { version, metadata, alignment, tensors, unread, dataOffset };
}

function readVersion(bytes: ByteReader): number {
  const { name } = bytes.source;
  const doing = `open "${name}" as GGUF`;
  if (bytes.remaining < 8 || bytes.u32() !== MAGIC) {
    throw new FormatError({
      doing,
      found: 'the file does not start with "GGUF"',
      fix: "check that it is a GGUF file",
    });
  }
  const version = bytes.u32();
  if (version >= 1 && version <= 3) return version;
  if ((version & 0xffff) === 0 && version !== 0) {
    throw new UnsupportedError({
      doing,
      found: "a big-endian file",
      fix: "convert it with the gguf_convert_endian.py script of llama.cpp, or download the little-endian file",
    });
  }
  if (version === 0) throw new FormatError({ doing, expected: "version 1, 2 or 3", found: "0" });
  throw new UnsupportedError({
    doing,
    expected: "version 1, 2 or 3",
    found: String(version),
    fix: "update Cria",
  });
}

function boundedCount(reader: GgufReader, minBytes: number, most: number, what: string): number {
  const count = reader.count(minBytes, what);
  if (count > most) throw reader.damaged(`at most ${most} ${what}`, String(count));
  return count;
}

function readMetadata(reader: GgufReader, count: number): GgufMetadata {
  const metadata = new GgufMetadata(reader.bytes.source.name);
  for (let i = 0; i < count; i++) {
    const key = boundedString(reader, MAX_KEY_BYTES, "a metadata key");
    if (metadata.has(key)) throw reader.damaged("every metadata key once", `"${key}" twice`);
    metadata.set(key, reader.value(reader.type()));
  }
  return metadata;
}

function boundedString(reader: GgufReader, maxBytes: number, what: string): string {
  const length = reader.count(1, "bytes of text");
  if (length > maxBytes) throw reader.damaged(`${what} of at most ${maxBytes} bytes`, `${length} bytes`);
  return reader.bytes.text(length);
}

function readAlignment(metadata: GgufMetadata): number {
  const alignment = metadata.findCount("general.alignment");
  if (alignment === undefined) return DEFAULT_ALIGNMENT;
  if (alignment >= 8 && alignment % 8 === 0 && alignment <= GGUF_LIMITS.alignment) return alignment;
  throw new FormatError({
    doing: `read the header of "${metadata.path}"`,
    expected: `general.alignment to be a multiple of 8 up to ${GGUF_LIMITS.alignment}`,
    found: String(alignment),
    fix: "the file is damaged or hostile",
  });
}

/** One tensor's entry; its offset is still relative to the data. */
function readTensorInfo(reader: GgufReader): GgufTensorInfo | UnreadTensor {
  const { bytes } = reader;
  const name = boundedString(reader, GGUF_LIMITS.nameBytes, "a tensor name");
  const nDims = bytes.u32();
  if (nDims > MAX_DIMS)
    throw reader.damaged(`tensor "${name}" to have at most ${MAX_DIMS} dims`, String(nDims));
  const dims: number[] = [];
  for (let i = 0; i < nDims; i++) {
    const dim = reader.version === 1 ? bytes.u32() : Number(bytes.u64());
    if (!Number.isSafeInteger(dim) || dim === 0) {
      throw reader.damaged(`the dims of tensor "${name}" to be from 1 to 2^53`, String(dim));
    }
    dims.push(dim);
  }
  const shape = dims.reverse();
  const dtype = readDType(reader, name);
  if (typeof dtype !== "string") {
    bytes.u64(); // its offset
    return { name, error: dtype };
  }
  const byteLength = tensorByteLength(dtype, shape);
  if (byteLength === undefined) {
    const { blockLength } = dtypeInfo(dtype);
    throw reader.damaged(
      `tensor "${name}" of type ${dtype} to have rows of whole blocks of ${blockLength} and a size below 2^53`,
      `shape [${shape.join(", ")}]`,
    );
  }
  const offset = Number(bytes.u64());
  return { name, dtype, shape, byteLength, offset };
}

/** The type, or the error to throw if the tensor is needed. */
function readDType(reader: GgufReader, name: string): DType | UnsupportedError {
  const id = reader.bytes.u32();
  const dtype = dtypeFromGgmlId(id);
  if (dtype !== undefined) return dtype;
  const removed = REMOVED_TYPES[id];
  const doing = `open "${reader.bytes.source.name}"`;
  if (removed !== undefined) {
    return new UnsupportedError({
      doing,
      found: `tensor "${name}" has type number ${id} (${removed}), which GGML has removed`,
      fix: "download or create the file again in a current type, such as Q4_0",
    });
  }
  return new UnsupportedError({
    doing,
    found: `tensor "${name}" has type number ${id}, which Cria does not know`,
    fix: "download the model in another type, such as Q4_K_M or Q8_0",
  });
}

/**
 * Verifies that names are unique, offsets aligned, every tensor inside the file, and no two tensors overlap.
 */
function checkPlaces(source: ByteSource, tensors: readonly GgufTensorInfo[], alignment: number): void {
  const names = new Set<string>();
  for (const { name, offset, byteLength } of tensors) {
    if (names.has(name)) throw damagedTensor(source, name, "its name once", "the name twice");
    names.add(name);
    if (offset % alignment !== 0) {
      throw damagedTensor(source, name, `an offset that is a multiple of ${alignment}`, String(offset));
    }
    if (!Number.isSafeInteger(offset) || offset + byteLength > source.byteLength) {
      throw damagedTensor(
        source,
        name,
        `its bytes inside the file's ${source.byteLength}`,
        `${byteLength} bytes at offset ${offset}`,
      );
    }
  }
  const sorted = tensors.toSorted((a, b) => a.offset - b.offset);
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1];
    if (before.offset + before.byteLength > sorted[i].offset) {
      throw damagedTensor(source, sorted[i].name, "separate bytes", `bytes shared with "${before.name}"`);
    }
  }
}

function damagedTensor(source: ByteSource, name: string, expected: string, found: string): FormatError {
  return new FormatError({
    doing: `load tensor "${name}" from "${source.name}"`,
    expected,
    found,
    fix: "the file is truncated, damaged or hostile; fetch it again",
  });
}
