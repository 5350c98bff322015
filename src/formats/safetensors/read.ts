/** Opens safetensors files, one or many shards with an index. Tensors are views of the mapped file. */

import type { ByteSource } from "../../base/bytes.ts";
import { DISPOSE } from "../../base/dispose.ts";
import { openIndexed } from "../hf/weight-index.ts";
import { sourceEntry } from "../source-entry.ts";
import type { TensorFile } from "../tensor-file.ts";
import { readSafetensorsHeader } from "./header.ts";

export interface SafetensorsFile extends TensorFile {
  /** `__metadata__`, empty if the file has none. For shards, the first shard's values take precedence. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Opens one file. Reads only the header; tensor bytes are loaded on demand. The result owns the source and
 * disposes it; if opening fails the source stays the caller's.
 * @throws FormatError. Tensors of unknown types are in `unread`.
 */
export function openSafetensors(source: ByteSource): SafetensorsFile {
  const { metadata, tensors, unread } = readSafetensorsHeader(source);
  const entries = tensors.map((placed) => sourceEntry(source, placed));
  return {
    path: source.name,
    byteLength: source.byteLength,
    metadata,
    tensors: new Map(entries.map((entry) => [entry.name, entry])),
    ...(unread.size === 0 ? {} : { unread }),
    dispose: () => source.dispose(),
    [DISPOSE]: () => source.dispose(),
  };
}

/**
 * Opens the shards that `model.safetensors.index.json` names.
 * @param index the text of the index file.
 * @param path of the index file, for messages and as the result's path.
 * @param openShard opens a file next to the index; it receives only plain names. All files are disposed with
 * the result, or at once if one is broken.
 * @throws FormatError if the index is malformed or names a path.
 */
export function openShardedSafetensors(
  index: string,
  path: string,
  openShard: (fileName: string) => ByteSource,
): SafetensorsFile {
  const metadata = new Map<string, string>();
  const file = openIndexed(index, path, (fileName) => {
    const source = openShard(fileName);
    try {
      const shard = openSafetensors(source);
      for (const [key, value] of shard.metadata) if (!metadata.has(key)) metadata.set(key, value);
      return shard;
    } catch (error) {
      source.dispose();
      throw error;
    }
  });
  return { ...file, metadata };
}
