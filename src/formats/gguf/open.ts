/** Opens a GGUF model: one file, or all the shards `name-00001-of-00003.gguf` that belong together. */

import { platform } from "#platform";
import type { ByteSource } from "../../base/bytes.ts";
import { DISPOSE } from "../../base/dispose.ts";
import { FileError, FormatError } from "../../base/errors.ts";
import type { TensorEntry, TensorFile } from "../tensor-file.ts";
import type { GgufMetadata } from "./metadata.ts";
import { type GgufHeader, type GgufTensorInfo, readGgufHeader } from "./read-header.ts";
import { parseShardName, shardName } from "./shard-name.ts";

export interface GgufTensor extends TensorEntry {
  /** Where the bytes start in their file. */
  readonly offset: number;
  /** The file that contains the bytes: one of several if the model is split. */
  readonly source: ByteSource;
}

export interface GgufFile extends TensorFile {
  /** 1, 2 or 3. */
  readonly version: number;
  /** The first shard's if the model is split (it has all metadata, the others have few). */
  readonly metadata: GgufMetadata;
  readonly alignment: number;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** One source per file, in order. */
  readonly sources: readonly ByteSource[];
}

export interface OpenGgufOptions {
  /** Opens the other shards of a split model; default: the platform's files. */
  readonly open?: (path: string) => ByteSource;
  /** False: open only this shard. Default true. */
  readonly allShards?: boolean;
}

/**
 * Only own properties, so that an entry can be spread into another object and `bytes` can be passed as a
 * function.
 */
function ggufTensor(info: GgufTensorInfo, source: ByteSource): GgufTensor {
  const { name, dtype, shape, byteLength, offset } = info;
  return {
    name,
    dtype,
    shape,
    byteLength,
    offset,
    source,
    get address() {
      return source.address === undefined ? undefined : source.address + BigInt(offset);
    },
    bytes: () => source.bytes(offset, byteLength),
    release: (from = 0, length = byteLength - from) => source.release?.(offset + from, length),
  };
}

interface Shard {
  readonly source: ByteSource;
  readonly header: GgufHeader;
}

/**
 * Opens a GGUF file of version 1, 2 or 3 by path, or from a source, which the result then owns. Reads only
 * the headers. Any shard of a split model opens all of them.
 *
 * Throws FileError (cannot be opened; a shard is missing), FormatError (damaged or hostile), UnsupportedError
 * (big-endian, a later version). Tensors of unknown types are in `unread`.
 */
export function openGguf(file: string | ByteSource, options: OpenGgufOptions = {}): GgufFile {
  const { open = platform.open, allShards = true } = options;
  const sources: ByteSource[] = [];
  try {
    const first = typeof file === "string" ? open(file) : file;
    sources.push(first);
    const header = readGgufHeader(first);
    const count = header.metadata.findCount("split.count") ?? 1;
    const shards =
      allShards && count > 1
        ? openShards({ source: first, header }, count, (path) => {
            const source = open(path);
            sources.push(source);
            return source;
          })
        : [{ source: first, header }];
    return assemble(first.name, shards);
  } catch (error) {
    for (const source of sources) source.dispose();
    throw error;
  }
}

function openShards(given: Shard, count: number, open: (path: string) => ByteSource): Shard[] {
  const path = given.source.name;
  const place = parseShardName(path);
  const index = checkShard(given, count);
  if (place === undefined || place.count !== count || place.index !== index) {
    throw new FormatError({
      doing: `open "${path}"`,
      expected: `a name that ends in "${shardName("", index, count)}", since it is one of ${count} shards`,
      found: "another name",
      fix: "restore the shards' original names",
    });
  }
  const shards = Array.from({ length: count }, (_, i) => {
    if (i === index) return given;
    const shard = openShard(shardName(place.prefix, i, count, place.extension), path, open);
    const found = checkShard(shard, count);
    if (found !== i) throw wrongShard(shard, `split.no ${i}`, String(found));
    return shard;
  });
  const total = shards.reduce((sum, { header }) => sum + header.tensors.length + header.unread.length, 0);
  const wanted = shards[0].header.metadata.findCount("split.tensors.count") ?? total;
  if (wanted !== total) throw wrongShard(shards[0], `${wanted} tensors in all shards`, String(total));
  return shards;
}

function openShard(path: string, wantedBy: string, open: (path: string) => ByteSource): Shard {
  let source: ByteSource;
  try {
    source = open(path);
  } catch (cause) {
    throw new FileError({
      doing: `open "${wantedBy}"`,
      found: `its shard "${path}" cannot be opened`,
      fix: "put all shards into one folder",
      cause,
    });
  }
  return { source, header: readGgufHeader(source) };
}

/** Checks a shard's `split.count` and returns its `split.no`. */
function checkShard(shard: Shard, count: number): number {
  const { metadata } = shard.header;
  const index = metadata.findCount("split.no");
  const found = metadata.findCount("split.count");
  if (found !== count) throw wrongShard(shard, `split.count ${count}`, String(found));
  if (index === undefined || index >= count)
    throw wrongShard(shard, `split.no below ${count}`, String(index));
  return index;
}

function wrongShard({ source }: Shard, expected: string, found: string): FormatError {
  return new FormatError({
    doing: `open shard "${source.name}"`,
    expected,
    found,
    fix: "the shards do not belong together, or one is damaged; fetch them again",
  });
}

function assemble(path: string, shards: readonly Shard[]): GgufFile {
  const tensors = new Map<string, GgufTensor>();
  for (const shard of shards) {
    for (const info of shard.header.tensors) {
      if (tensors.has(info.name)) throw wrongShard(shard, "no tensor of another shard", `"${info.name}"`);
      tensors.set(info.name, ggufTensor(info, shard.source));
    }
  }
  const { version, metadata, alignment } = shards[0].header;
  const unread = shards.flatMap(({ header }) =>
    header.unread.map(({ name, error }) => [name, error] as const),
  );
  const sources = shards.map((shard) => shard.source);
  const dispose = () => {
    for (const source of sources) source.dispose();
  };
  return {
    path,
    byteLength: sources.reduce((sum, source) => sum + source.byteLength, 0),
    version,
    metadata,
    alignment,
    tensors,
    ...(unread.length === 0 ? {} : { unread: new Map(unread) }),
    sources,
    dispose,
    [DISPOSE]: dispose,
  };
}
