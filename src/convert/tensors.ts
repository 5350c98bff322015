/**
 * The tensors of a model in another format's form: renamed, rows reordered, types converted; bytes on demand.
 */
import { type DType, tensorByteLength } from "../base/dtypes.ts";
import { assert } from "../base/errors.ts";
import type { ModelConfig, RopePairing } from "../config/config.ts";
import { parameterShapes } from "../config/parameters.ts";
import { rotaryHeads } from "../config/rotary-heads.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import {
  type Checkpoint,
  type CheckpointFormat,
  type NameScheme,
  permuteRows,
  translateName,
} from "../weights/index.ts";
import { convertBytes, isExact, type OutputDType, targetDType } from "./dtypes.ts";

/** A type conversion of some tensors. */
export interface DTypeChange {
  readonly from: DType;
  readonly to: DType;
  readonly count: number;
  /** False if values were rounded. */
  readonly exact: boolean;
}

export interface TargetForm {
  readonly format: CheckpointFormat;
  readonly scheme: NameScheme;
  readonly pairing: RopePairing;
  readonly dtype: OutputDType | undefined;
  /** False: a tied model gets a copy of its embedding as output projection. */
  readonly mayTie: boolean;
}

export interface TargetTensors {
  /** In the order of computation; names are the target's. */
  readonly entries: readonly TensorEntry[];
  readonly changes: readonly DTypeChange[];
  /** Number of tensors with reordered rows. */
  readonly permuted: number;
  /** Sentences about other changes. */
  readonly notes: readonly string[];
}

/** Plans every tensor of the target. Nothing is read until `bytes()` of an entry is called. */
export function targetTensors(checkpoint: Checkpoint, config: ModelConfig, form: TargetForm): TargetTensors {
  const entries: TensorEntry[] = [];
  const changes = new Map<string, DTypeChange>();
  const notes: string[] = [];
  let permuted = 0;
  for (const { name, optional } of parameterShapes(config)) {
    const source = checkpoint.tensors.get(name);
    const target = translateName(name, "gguf", form.scheme);
    // Divisors of rotary frequencies belong to the configuration and are written with it.
    if (optional || source === undefined || target === undefined) continue;
    const wanted = isHead(name, config) ? headDType(form.dtype) : form.dtype;
    const dtype = targetDType(source.dtype, source.shape, form.format, wanted);
    const reorder = form.pairing === config.ropePairing ? undefined : rotaryHeads(name, config);
    if (reorder !== undefined) permuted++;
    if (dtype !== source.dtype) count(changes, source.dtype, dtype);
    entries.push(
      derived(target, source, dtype, reorder && ((bytes) => permuteRows(bytes, reorder, form.pairing))),
    );
  }
  if (config.tied && !form.mayTie) {
    const embedding = entries.find(
      ({ name }) => name === translateName("token_embd.weight", "gguf", form.scheme),
    );
    const name = translateName("output.weight", "gguf", form.scheme);
    assert(embedding !== undefined && name !== undefined, "a model has an embedding");
    entries.push(derived(name, embedding, embedding.dtype));
    notes.push("the output projection, tied to the embedding, was written as a copy of it");
  }
  return { entries, changes: [...changes.values()], permuted, notes };
}

/** The output projection, which may be the embedding. */
function isHead(name: string, { tied }: ModelConfig): boolean {
  return name === (tied ? "token_embd.weight" : "output.weight");
}

/** Four bits degrade the output projection most, so it gets eight; other quantisers also give it more. */
function headDType(wanted: OutputDType | undefined): OutputDType | undefined {
  return wanted === "Q4_0" ? "Q8_0" : wanted;
}

function count(changes: Map<string, DTypeChange>, from: DType, to: DType): void {
  const key = `${from} ${to}`;
  const known = changes.get(key)?.count ?? 0;
  changes.set(key, { from, to, count: known + 1, exact: isExact(from, to) });
}

/** The entry under another name and type, after an optional reordering of rows. */
function derived(
  name: string,
  source: TensorEntry,
  dtype: DType,
  reorder: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): TensorEntry {
  const { shape } = source;
  const byteLength = tensorByteLength(dtype, shape);
  assert(byteLength !== undefined, `${name} cannot be ${dtype}`);
  const bytes = () => {
    const ordered = reorder(source.bytes());
    return dtype === source.dtype ? ordered : convertBytes(name, ordered, shape, source.dtype, dtype);
  };
  return { name, dtype, shape, byteLength, bytes };
}

/** An entry over values in memory. */
export function floatsEntry(name: string, values: Float32Array): TensorEntry {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dtype: "F32", shape: [values.length], byteLength: values.byteLength, bytes: () => bytes };
}

/** True if the checkpoint has an output projection that equals its embedding byte for byte. */
export function isTiedInFact({ tensors }: Checkpoint): boolean {
  const embedding = tensors.get("token_embd.weight");
  const output = tensors.get("output.weight");
  if (embedding === undefined || output === undefined) return false;
  if (embedding.dtype !== output.dtype || embedding.byteLength !== output.byteLength) return false;
  const a = embedding.bytes();
  const b = output.bytes();
  for (let at = 0; at < a.byteLength; at++) if (a[at] !== b[at]) return false;
  return true;
}

export interface Progress {
  /** The target's name of the tensor that was just prepared. */
  readonly name: string;
  /** Bytes of tensors so far, this one included, and in all. */
  readonly done: number;
  readonly total: number;
}

/**
 * The same entries with their bytes added to the total; each reports when its bytes are requested, and throws
 * after an abort.
 */
export function tracked(
  entries: readonly TensorEntry[],
  options: { readonly signal?: AbortSignal; readonly onProgress?: (progress: Progress) => void },
  progress: { done: number; total: number },
): TensorEntry[] {
  progress.total += entries.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return entries.map((entry) => ({
    name: entry.name,
    dtype: entry.dtype,
    shape: entry.shape,
    byteLength: entry.byteLength,
    bytes() {
      options.signal?.throwIfAborted();
      const bytes = entry.bytes();
      progress.done += entry.byteLength;
      options.onProgress?.({ name: entry.name, done: progress.done, total: progress.total });
      return bytes;
    },
  }));
}
