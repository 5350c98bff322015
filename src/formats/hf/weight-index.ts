/**
 * The index of a sharded checkpoint, as Hugging Face writes it next to safetensors and PyTorch shards:
 *
 *     {"metadata": {"total_size": bytes}, "weight_map": {TENSOR: FILE, …}}
 *
 * total_size is not enforced: real files contain wrong values, and each shard checks its own tensors.
 */
import { DISPOSE } from "../../base/dispose.ts";
import { FormatError } from "../../base/errors.ts";
import type { TensorEntry, TensorFile } from "../tensor-file.ts";
import { isJsonObject, readJsonObject } from "./json.ts";

/** More files than any checkpoint has; a hostile index must not exhaust file handles. */
const MAX_SHARDS = 4096;
const MAX_NAME_LENGTH = 255;

export interface WeightIndex {
  readonly totalSize?: number;
  /** Tensor name to file name, in the order of the index. */
  readonly weightMap: ReadonlyMap<string, string>;
  /** The files without duplicates, in the order of first mention. */
  readonly files: readonly string[];
}

/**
 * True for a name that cannot leave its folder: no separators, drives, control characters, and not "." or
 * "..".
 */
export function isPlainFileName(name: string): boolean {
  if (name.length === 0 || name.length > MAX_NAME_LENGTH || name === "." || name === "..") return false;
  for (const char of name) if (char < " " || '/\\:*?"<>|\x7f'.includes(char)) return false;
  return true;
}

function fail(path: string, expected: string, found: string): never {
  throw new FormatError({
    doing: `read the index "${path}"`,
    expected,
    found,
    fix: "the index is damaged or hostile; fetch it again",
  });
}

/** Reads an index file. Throws FormatError if a value is missing, malformed, or a file name is a path. */
export function readWeightIndex(text: string, path: string): WeightIndex {
  const json = readJsonObject(text, path, { allowProtoKey: true });
  const map = Object.hasOwn(json, "weight_map") ? json.weight_map : undefined;
  if (!isJsonObject(map)) fail(path, 'an object "weight_map"', map === undefined ? "none" : typeof map);
  const weightMap = new Map<string, string>();
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file === "string" && isPlainFileName(file)) weightMap.set(tensor, file);
    else
      fail(path, "plain file names", `${JSON.stringify(file).slice(0, 100)} for ${JSON.stringify(tensor)}`);
  }
  const files = [...new Set(weightMap.values())];
  if (files.length === 0) fail(path, "at least one tensor", "none");
  if (files.length > MAX_SHARDS) fail(path, `at most ${MAX_SHARDS} files`, `${files.length}`);
  const metadata = Object.hasOwn(json, "metadata") ? json.metadata : undefined;
  const totalSize = isJsonObject(metadata) ? metadata.total_size : undefined;
  return { weightMap, files, ...(typeof totalSize === "number" ? { totalSize } : {}) };
}

/**
 * Opens the shards of an index as one checkpoint: every tensor of every shard, as transformers reads them. An
 * index may be wrong about a tensor; the tensors that the model needs are checked when it is opened. If
 * several shards have a tensor, the index decides. If anything fails, the shards opened so far are disposed.
 */
export function openIndexed(
  text: string,
  path: string,
  openShard: (fileName: string) => TensorFile,
): TensorFile {
  const index = readWeightIndex(text, path);
  const shards = new Map<string, TensorFile>();
  const disposeAll = () => {
    for (const shard of shards.values()) shard.dispose();
  };
  try {
    for (const file of index.files) shards.set(file, openShard(file));
    const tensors = new Map<string, TensorEntry>();
    for (const [file, shard] of shards) {
      for (const [tensor, entry] of shard.tensors) {
        if (!tensors.has(tensor) || index.weightMap.get(tensor) === file) tensors.set(tensor, entry);
      }
    }
    const unread = new Map([...shards.values()].flatMap((shard) => [...(shard.unread ?? [])]));
    const byteLength = [...shards.values()].reduce((sum, shard) => sum + shard.byteLength, 0);
    const known = unread.size === 0 ? {} : { unread };
    return { path, byteLength, tensors, ...known, dispose: disposeAll, [DISPOSE]: disposeAll };
  } catch (error) {
    disposeAll();
    throw error;
  }
}
