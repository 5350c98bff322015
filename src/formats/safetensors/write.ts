/**
 * Writes safetensors files, tensor by tensor: the header is computed from the descriptors, so only one
 * tensor's bytes are in memory at a time. Order, spelling and padding of the header match the reference
 * implementation: widest types first, then by name, so that every tensor is aligned to its element size;
 * spaces pad the header to 8 bytes.
 */
import { tensorByteLength } from "../../base/dtypes.ts";
import { assert, ConfigError } from "../../base/errors.ts";
import type { FileSink, FolderSink } from "../../platform/platform.ts";
import { type TensorEntry, wholeBytes } from "../tensor-file.ts";
import { alignmentRank } from "./dtypes.ts";
import { MAX_HEADER_BYTES, METADATA_KEY } from "./header.ts";

export interface SafetensorsWriteOptions {
  /** `__metadata__`. Hugging Face's loader requires `{ format: "pt" }`, the default. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface ShardedWriteOptions extends SafetensorsWriteOptions {
  /** Maximum bytes of tensors per file; a larger tensor gets its own file. Default 5 GB. */
  readonly maxShardBytes?: number;
  /** File name without suffix. Default "model". */
  readonly baseName?: string;
}

const DEFAULT_METADATA = { format: "pt" };
const DEFAULT_SHARD_BYTES = 5_000_000_000;

/** Order of code points, which equals the order of UTF-8 bytes. */
function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; ) {
    const left = a.codePointAt(at) as number;
    const right = b.codePointAt(at) as number;
    if (left !== right) return left - right;
    at += left > 0xffff ? 2 : 1;
  }
  return a.length - b.length;
}

function sortedForFile(tensors: Iterable<TensorEntry>): TensorEntry[] {
  const ranked = [...tensors].map((tensor) => {
    return { tensor, rank: alignmentRank(tensor.dtype, `write tensor "${tensor.name}" as safetensors`) };
  });
  ranked.sort((a, b) => b.rank - a.rank || compareNames(a.tensor.name, b.tensor.name));
  return ranked.map(({ tensor }) => tensor);
}

/** The 8 bytes of length and the JSON, padded. */
function encodeHeader(
  tensors: readonly TensorEntry[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const parts: string[] = [];
  if (Object.keys(metadata).length > 0) {
    parts.push(`${JSON.stringify(METADATA_KEY)}:${JSON.stringify(metadata)}`);
  }
  const names = new Set<string>([METADATA_KEY]);
  let end = 0;
  for (const { name, dtype, shape, byteLength } of tensors) {
    if (names.has(name)) {
      throw new ConfigError({
        doing: "write safetensors",
        found: `the tensor name "${name}" twice or reserved`,
      });
    }
    names.add(name);
    assert(tensorByteLength(dtype, shape) === byteLength, `byte length of "${name}" does not fit its shape`);
    const data_offsets = [end, end + byteLength];
    parts.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets })}`);
    end += byteLength;
  }
  const json = new TextEncoder().encode(`{${parts.join(",")}}`);
  const length = Math.ceil(json.byteLength / 8) * 8;
  if (length > MAX_HEADER_BYTES) {
    const expected = `a header of at most ${MAX_HEADER_BYTES} bytes`;
    throw new ConfigError({ doing: "write safetensors", expected, found: `${length}`, fix: "write shards" });
  }
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return header;
}

/**
 * Writes one file; the sink's owner commits it.
 * @throws DtypeError for types that safetensors lacks, ConfigError for duplicate names.
 */
export function writeSafetensors(
  sink: FileSink,
  tensors: Iterable<TensorEntry>,
  options: SafetensorsWriteOptions = {},
): void {
  const sorted = sortedForFile(tensors);
  sink.write(encodeHeader(sorted, options.metadata ?? DEFAULT_METADATA));
  for (const tensor of sorted) {
    const bytes = wholeBytes(tensor);
    sink.write(bytes);
  }
}

/** Splits the list, in order, into runs of at most `maxBytes`. */
function splitByBytes(tensors: Iterable<TensorEntry>, maxBytes: number): TensorEntry[][] {
  const shards: TensorEntry[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    if (shards.length === 0 || tensor.byteLength > room) {
      shards.push([]);
      room = maxBytes;
    }
    shards.at(-1)?.push(tensor);
    room -= tensor.byteLength;
  }
  return shards;
}

/**
 * Writes `model-00001-of-0000N.safetensors` … and `model.safetensors.index.json`, or a single
 * `model.safetensors` if everything fits into one file. The folder's owner commits it.
 * @returns names of the files written, the index last.
 */
export function writeShardedSafetensors(
  folder: FolderSink,
  tensors: Iterable<TensorEntry>,
  options: ShardedWriteOptions = {},
): string[] {
  const { maxShardBytes = DEFAULT_SHARD_BYTES, baseName = "model" } = options;
  if (!(maxShardBytes > 0)) {
    throw new ConfigError({
      doing: "write shards",
      expected: "maxShardBytes above 0",
      found: `${maxShardBytes}`,
    });
  }
  const shards = splitByBytes(tensors, maxShardBytes);
  const count = Math.max(1, shards.length);
  const weightMap = new Map<string, string>();
  const files: string[] = [];
  for (let part = 0; part < count; part++) {
    const number = (value: number) => String(value).padStart(5, "0");
    const middle = count === 1 ? "" : `-${number(part + 1)}-of-${number(count)}`;
    const file = `${baseName}${middle}.safetensors`;
    for (const { name } of shards[part] ?? []) {
      if (weightMap.has(name)) {
        throw new ConfigError({ doing: "write safetensors", found: `the tensor name "${name}" twice` });
      }
      weightMap.set(name, file);
    }
    using sink = folder.file(file);
    writeSafetensors(sink, shards[part] ?? [], options);
    sink.commit();
    files.push(file);
  }
  if (count > 1) files.push(writeIndex(folder, baseName, weightMap, shards.flat()));
  return files;
}

function writeIndex(
  folder: FolderSink,
  baseName: string,
  weightMap: ReadonlyMap<string, string>,
  tensors: readonly TensorEntry[],
): string {
  const file = `${baseName}.safetensors.index.json`;
  const totalSize = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const lines = [...weightMap].sort(([a], [b]) => compareNames(a, b));
  const pairs = lines.map(([name, shard]) => `    ${JSON.stringify(name)}: ${JSON.stringify(shard)}`);
  const text = `{\n  "metadata": {\n    "total_size": ${totalSize}\n  },\n  "weight_map": {\n${pairs.join(",\n")}\n  }\n}\n`;
  using sink = folder.file(file);
  sink.write(new TextEncoder().encode(text));
  sink.commit();
  return file;
}
