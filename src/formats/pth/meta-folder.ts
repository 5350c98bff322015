/**
 * The checkpoints of Meta's releases: consolidated.00.pth … consolidated.07.pth next to params.json. Each
 * file holds one worker's part of every layer; here they become one set of tensors, merged on demand.
 */

import type { ByteSource } from "../../base/bytes.ts";
import { DISPOSE } from "../../base/dispose.ts";
import { FormatError } from "../../base/errors.ts";
import type { TensorEntry, TensorFile } from "../tensor-file.ts";
import { mergeTensor, type ShardAxis } from "./model-parallel.ts";
import { openPth, type PthFile } from "./read.ts";

/** The settings of params.json that determine how the shards are merged. */
export interface MetaParams {
  /** Width of the model. */
  readonly dim: number;
}

const SHARD_NAME = /consolidated\.(\d{2,})\.pth$/;
const QUERY_WEIGHT = "layers.0.attention.wq.weight";
const EMBEDDING_WEIGHT = "tok_embeddings.weight";
/** A table of angles in old releases; it can be computed from the settings. */
const IGNORED = /(^|\.)rope\.freqs$/;

const shardName = (index: number): string => `consolidated.${String(index).padStart(2, "0")}.pth`;

function shardIndex(path: string): number {
  const digits = SHARD_NAME.exec(path)?.[1];
  if (digits !== undefined) return Number(digits);
  throw new FormatError({
    doing: "open a folder of Meta shards",
    expected: "files named consolidated.NN.pth",
    found: JSON.stringify(path),
  });
}

/**
 * The number of workers according to the shapes: wq is [dim / workers, dim]. Undefined if the shapes do not
 * determine it.
 */
function workersByShape(file: PthFile, { dim }: MetaParams): number | undefined {
  const rows = file.tensors.get(QUERY_WEIGHT)?.shape[0];
  return rows !== undefined && rows > 0 && dim % rows === 0 ? dim / rows : undefined;
}

function checkComplete(files: ReadonlyMap<number, PthFile>, params: MetaParams): void {
  const [first] = files.values();
  const expected = workersByShape(first, params) ?? Math.max(...files.keys()) + 1;
  const missing: string[] = [];
  for (let index = 0; index < expected && missing.length < 64; index++) {
    if (!files.has(index)) missing.push(shardName(index));
  }
  const surplus = [...files.keys()].filter((index) => index >= expected).map(shardName);
  if (missing.length === 0 && surplus.length === 0) return;
  const parts = [
    ...(missing.length > 0 ? [`missing: ${missing.join(", ")}`] : []),
    ...(surplus.length > 0 ? [`too many: ${surplus.join(", ")}`] : []),
  ];
  throw new FormatError({
    doing: `open the ${files.size} shards next to "${first.path}"`,
    expected: `${expected} shards, according to the shapes for dim ${params.dim}`,
    found: `${files.size} (${parts.join("; ")})`,
    fix: missing.length > 0 ? "download the missing files" : "keep only the shards of one checkpoint",
  });
}

/** LLaMA 1 and 2 split the embedding's width, Llama 3 its rows, so that every file has the full width. */
function embeddingAxis(file: PthFile, { dim }: MetaParams): ShardAxis {
  return file.tensors.get(EMBEDDING_WEIGHT)?.shape[1] === dim ? 0 : 1;
}

function mergeAll(files: readonly PthFile[], params: MetaParams): Map<string, TensorEntry> {
  const [first, ...others] = files;
  const options = { embeddingAxis: embeddingAxis(first, params) };
  const merged = new Map<string, TensorEntry>();
  for (const name of first.tensors.keys()) {
    if (IGNORED.test(name)) continue;
    const parts = files.map((file) => file.tensors.get(name) ?? lacks(file, name));
    merged.set(name, mergeTensor(name, parts, options));
  }
  for (const file of others) {
    const extra = [...file.tensors.keys()].find((name) => !first.tensors.has(name));
    if (extra !== undefined) lacks(first, extra);
  }
  return merged;
}

function lacks(file: PthFile, name: string): never {
  throw new FormatError({
    doing: `merge the shards of tensor "${name}"`,
    expected: "the tensor in every shard",
    found: `"${file.path}" without it`,
    fix: "the shards belong to different checkpoints, or one is damaged",
  });
}

/**
 * Opens all shards of one checkpoint as one file. Tensors are merged when their bytes are requested; with one
 * shard all are views. `rope.freqs` is omitted.
 * @param sources named consolidated.NN.pth, in any order. The result owns and disposes them; if opening fails
 *   they stay the caller's.
 * @throws FormatError that names the missing shards, or the tensor whose parts do not match.
 */
export function openMetaFolder(sources: readonly ByteSource[], params: MetaParams): TensorFile {
  if (sources.length === 0) {
    throw new FormatError({
      doing: "open a folder of Meta shards",
      expected: shardName(0),
      found: "no .pth file",
    });
  }
  if (!Number.isSafeInteger(params.dim) || params.dim <= 0) {
    const expected = '"dim" of params.json as a positive integer';
    throw new FormatError({ doing: `open "${sources[0].name}"`, expected, found: `${params.dim}` });
  }
  const byIndex = new Map<number, PthFile>();
  for (const source of sources) {
    const index = shardIndex(source.name);
    if (byIndex.has(index)) {
      throw new FormatError({ doing: "open a folder of Meta shards", found: `${shardName(index)} twice` });
    }
    byIndex.set(index, openPth(source));
  }
  checkComplete(byIndex, params);
  const files = [...byIndex].sort(([a], [b]) => a - b).map(([, file]) => file);
  const tensors = mergeAll(files, params);
  const dispose = () => {
    for (const source of sources) source.dispose();
  };
  const byteLength = sources.reduce((sum, source) => sum + source.byteLength, 0);
  return { path: files[0].path, byteLength, tensors, dispose, [DISPOSE]: dispose };
}
