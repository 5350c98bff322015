/**
 * A checkpoint of a run: the model as a safetensors folder that Cria and others open, AdamW's moments, and the rest of
 * the state as JSON. It appears whole or not at all. A run resumed from it computes the same as an uninterrupted one.
 */
import { platform } from "#platform";
import type { DType } from "../../base/dtypes.ts";
import { FileError, FormatError } from "../../base/errors.ts";
import { type ModelInMemory, saveModel } from "../../convert/index.ts";
import type { BatchCursor } from "../../data/index.ts";
import { openSafetensors, writeSafetensors } from "../../formats/safetensors/index.ts";
import type { TensorEntry } from "../../formats/tensor-file.ts";
import { openModel } from "../../open/open-model.ts";
import type { FolderSink } from "../../platform/platform.ts";
import type { GuardState } from "../guard.ts";
import type { ModelStates } from "../model-states.ts";

const STATE_FILE = "training.json";
const MOMENTS_FILE = "moments.safetensors";
const VERSION = 1;

export interface BestSoFar {
  readonly step: number;
  readonly bitsPerByte: number;
}

/** The state of the run apart from weights and moments. */
export interface TrainingState {
  readonly version: typeof VERSION;
  /** Completed steps. */
  readonly step: number;
  /** Tokens trained on. */
  readonly tokens: number;
  /** Seconds of training so far. */
  readonly seconds: number;
  readonly cursor: BatchCursor | undefined;
  readonly guard: GuardState;
  readonly best: BestSoFar | undefined;
  /** The backend of the run; another one may round differently. */
  readonly backend: string;
}

export type WrittenState = Omit<TrainingState, "version">;

function momentEntries(model: ModelStates): TensorEntry[] {
  return [...model.moments()].map(([name, state]) => {
    const { dtype, shape, byteLength } = state;
    return { name, dtype, shape, byteLength, bytes: () => state.bytes() };
  });
}

/** The files of a checkpoint besides its weights. */
export const TRAINING_FILES = [MOMENTS_FILE, STATE_FILE] as const;

/** Writes moments and state into a checkpoint's folder. */
export function writeTraining(folder: FolderSink, model: ModelStates, state: WrittenState): void {
  using moments = folder.file(MOMENTS_FILE);
  writeSafetensors(moments, momentEntries(model));
  moments.commit();
  using json = folder.file(STATE_FILE);
  const text = `${JSON.stringify({ version: VERSION, ...state }, null, 2)}\n`;
  json.write(new TextEncoder().encode(text));
  json.commit();
}

/** @throws FileError if the disk is full or the path cannot be written; no partial checkpoint remains. */
export function writeCheckpoint(
  path: string,
  model: ModelStates,
  saved: Omit<ModelInMemory, "config" | "weights">,
  state: WrittenState,
): void {
  const { config } = model;
  const more = (folder: FolderSink): void => writeTraining(folder, model, state);
  saveModel({ ...saved, config, weights: model.weights() }, path, {
    to: "safetensors",
    overwrite: true,
    more,
    owns: TRAINING_FILES,
  });
}

export function readTrainingState(path: string): TrainingState {
  const file = platform.join(path, STATE_FILE);
  if (platform.status(file)?.kind !== "file") {
    throw new FileError({
      doing: `resume from "${path}"`,
      expected: `a checkpoint of training, with ${STATE_FILE}`,
      found: "a model without it",
      fix: "set model.from to it in a new recipe to begin with its weights",
    });
  }
  const broken = (found: string): FormatError =>
    new FormatError({
      doing: `resume from "${path}"`,
      expected: `${STATE_FILE} of version ${VERSION}`,
      found,
    });
  let state: TrainingState;
  try {
    state = JSON.parse(platform.readText(file)) as TrainingState;
  } catch {
    throw broken("invalid JSON");
  }
  if (state?.version !== VERSION) throw broken(`version ${state?.version}`);
  if (!Number.isSafeInteger(state.step) || state.step < 0) throw broken(`step ${state.step}`);
  return state;
}

/** Copies tensors into states after checking their sizes. @throws FormatError if one is missing or differs. */
export function fillStates(
  targets: ReadonlyMap<string, Float32Array>,
  sources: ReadonlyMap<string, TensorEntry>,
  path: string,
): void {
  for (const [name, values] of targets) {
    const bytes = () => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    fillBytes(name, { dtype: "F32", byteLength: values.byteLength, bytes }, sources, path);
  }
}

function fillBytes(
  name: string,
  target: { readonly dtype: DType; readonly byteLength: number; bytes(): Uint8Array },
  sources: ReadonlyMap<string, TensorEntry>,
  path: string,
): void {
  const source = sources.get(name);
  if (source?.dtype === target.dtype && source.byteLength === target.byteLength) {
    target.bytes().set(source.bytes());
    return;
  }
  throw new FormatError({
    doing: `read "${name}" of the checkpoint "${path}"`,
    expected: `${target.byteLength} bytes of ${target.dtype}`,
    found: source === undefined ? "no such tensor" : `${source.byteLength} bytes of ${source.dtype}`,
    fix: "the checkpoint belongs to another model or other settings, or is damaged",
  });
}

/** Fills weights and moments. @throws FormatError if they belong to another model. */
export function readCheckpoint(path: string, model: ModelStates): void {
  using opened = openModel(path);
  fillStates(model.weights(), opened.checkpoint.tensors, path);
  readMoments(path, model);
}

/** Fills the moments from the checkpoint's folder. */
export function readMoments(path: string, model: ModelStates): void {
  const file = platform.join(path, MOMENTS_FILE);
  using moments = openSafetensors(platform.open(file));
  for (const [name, state] of model.moments()) fillBytes(name, state, moments.tensors, file);
}
