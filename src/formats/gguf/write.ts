/** Writes GGUF files of version 3, tensor by tensor: no more than one tensor is in memory at a time. */
import { ConfigError } from "../../base/errors.ts";
import type { FileSink } from "../../platform/platform.ts";
import { wholeBytes } from "../tensor-file.ts";
import { alignUp, encodeHead, type GgufTensorInput } from "./encode.ts";
import { DEFAULT_ALIGNMENT, GGUF_LIMITS } from "./read-header.ts";
import { shardName } from "./shard-name.ts";
import { type GgufValue, ggufValue } from "./value.ts";

export interface GgufContent {
  /** Keys and values, in the order of the file. */
  readonly metadata: Iterable<readonly [string, GgufValue]>;
  /** In the order of their bytes in the file. `bytes()` is called once per tensor, when it is written. */
  readonly tensors: Iterable<GgufTensorInput>;
  /** A multiple of 8. Default: the metadata's `general.alignment`, else 32. */
  readonly alignment?: number;
}

/**
 * Writes a whole file to the sink, which the caller then commits. If there are tensors, the end is padded to
 * the alignment, as llama.cpp expects. Throws ConfigError, DtypeError or ShapeError for content that GGUF
 * cannot express.
 */
export function writeGguf(sink: FileSink, content: GgufContent): void {
  const tensors = [...content.tensors];
  const { metadata, alignment } = settle(content);
  checkNames(tensors);
  const head = encodeHead(metadata, tensors, alignment);
  const start = sink.position;
  const pad = () =>
    sink.write(new Uint8Array(alignUp(sink.position - start, alignment) - (sink.position - start)));
  sink.write(head.bytes);
  if (tensors.length > 0) pad();
  for (const tensor of tensors) {
    const bytes = wholeBytes(tensor);
    sink.write(bytes);
    pad();
  }
}

/** The metadata as a map, including the alignment if it is not the default. */
function settle(content: GgufContent): { metadata: Map<string, GgufValue>; alignment: number } {
  const metadata = new Map<string, GgufValue>();
  for (const [key, value] of content.metadata) {
    if (metadata.has(key)) {
      throw new ConfigError({
        doing: "write a GGUF file",
        expected: "every metadata key once",
        found: `"${key}" twice`,
      });
    }
    metadata.set(key, value);
  }
  const stated = metadata.get("general.alignment");
  const alignment = content.alignment ?? (stated === undefined ? DEFAULT_ALIGNMENT : Number(stated.value));
  if (!(alignment >= 8 && alignment % 8 === 0 && alignment <= GGUF_LIMITS.alignment)) {
    throw new ConfigError({
      doing: "write a GGUF file",
      expected: `an alignment that is a multiple of 8 up to ${GGUF_LIMITS.alignment}`,
      found: String(alignment),
    });
  }
  const unchanged =
    stated === undefined ? alignment === DEFAULT_ALIGNMENT : Number(stated.value) === alignment;
  if (!unchanged) metadata.set("general.alignment", ggufValue.u32(alignment));
  return { metadata, alignment };
}

function checkNames(tensors: readonly GgufTensorInput[]): void {
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) {
      throw new ConfigError({
        doing: "write a GGUF file",
        expected: "every tensor once",
        found: `"${name}" twice`,
      });
    }
    names.add(name);
  }
}

export interface ShardLimit {
  /**
   * A shard is closed before its tensors' bytes exceed this. A tensor larger than this gets its own shard.
   */
  readonly maxBytes?: number;
  readonly maxTensors?: number;
}

export interface GgufShards extends GgufContent {
  /** The part of each name before "-00001-of-00003.gguf". */
  readonly prefix: string;
  readonly limit: ShardLimit;
}

/**
 * Writes a model as shards `prefix-00001-of-00003.gguf`: the first has all metadata, each has `split.no`,
 * `split.count` and `split.tensors.count`, as llama.cpp's gguf-split does. `create` returns the sink for a
 * name. Either all shards appear at the end, or none. Returns their names. A model that fits into one shard
 * is still named 00001-of-00001.
 */
export function writeGgufShards(
  create: (name: string) => FileSink,
  { prefix, limit, ...content }: GgufShards,
): string[] {
  const tensors = [...content.tensors];
  checkNames(tensors);
  const { metadata, alignment } = settle(content);
  const groups = groupTensors(tensors, limit, alignment);
  const sinks: FileSink[] = [];
  const names: string[] = [];
  try {
    for (const [index, group] of groups.entries()) {
      const split: [string, GgufValue][] = [
        ["split.no", ggufValue.u16(index)],
        ["split.count", ggufValue.u16(groups.length)],
        ["split.tensors.count", ggufValue.i32(tensors.length)],
      ];
      const name = shardName(prefix, index, groups.length);
      const sink = create(name);
      sinks.push(sink);
      names.push(name);
      const entries = index === 0 ? [...withoutSplit(metadata), ...split] : split;
      writeGguf(sink, { metadata: entries, tensors: group, alignment });
    }
    for (const sink of sinks) sink.commit();
    return names;
  } finally {
    for (const sink of sinks) sink.abort(); // has no effect on committed sinks
  }
}

/** Metadata without the `split.` keys, which apply to one shard only; for merging a split model. */
export function withoutSplit(metadata: Iterable<readonly [string, GgufValue]>): [string, GgufValue][] {
  return [...metadata].flatMap(([key, value]) =>
    key.startsWith("split.") ? [] : [[key, value] as [string, GgufValue]],
  );
}

function groupTensors(
  tensors: readonly GgufTensorInput[],
  { maxBytes = Number.POSITIVE_INFINITY, maxTensors = Number.POSITIVE_INFINITY }: ShardLimit,
  alignment: number,
): GgufTensorInput[][] {
  const groups: GgufTensorInput[][] = [[]];
  let bytes = 0;
  for (const tensor of tensors) {
    const length = alignUp(tensor.byteLength, alignment);
    const group = groups[groups.length - 1];
    if (group.length > 0 && (bytes + length > maxBytes || group.length >= maxTensors)) {
      groups.push([tensor]);
      bytes = length;
    } else {
      group.push(tensor);
      bytes += length;
    }
  }
  if (groups.length > GGUF_LIMITS.shardCount) {
    throw new ConfigError({
      doing: "write a GGUF file as shards",
      expected: `at most ${GGUF_LIMITS.shardCount} shards`,
      found: String(groups.length),
      fix: "allow more bytes or tensors per shard",
    });
  }
  return groups;
}
