/** What a run keeps: its checkpoints and its result. A run of a whole model keeps models. */
import { type ModelInMemory, saveModel } from "../../convert/index.ts";
import type { ModelStates } from "../model-states.ts";
import { readCheckpoint, type WrittenState, writeCheckpoint } from "./checkpoint.ts";
import type { RunFiles } from "./run-files.ts";

export interface RunKeeper {
  /** Writes a checkpoint, whole or not at all. */
  write(path: string, model: ModelStates, state: WrittenState): void;
  /** Fills weights and moments. @throws FormatError if the checkpoint belongs to another run. */
  read(path: string, model: ModelStates): void;
  /** Writes the result and returns its path. */
  finish(files: RunFiles, model: ModelStates): string;
}

/** @param saved name, vocabulary and template to save with the weights. */
export function modelKeeper(saved: Omit<ModelInMemory, "config" | "weights">): RunKeeper {
  return {
    write: (path, model, state) => writeCheckpoint(path, model, saved, state),
    read: readCheckpoint,
    finish(files, model) {
      const whole = { ...saved, config: model.config, weights: model.weights() };
      saveModel(whole, files.model, { to: "gguf", overwrite: true });
      return files.model;
    },
  };
}
