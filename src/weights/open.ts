/** Opens a checkpoint of any format. */
import type { Checkpoint } from "./checkpoint.ts";
import { type OpenCheckpointOptions, openCheckpointWith } from "./open-with.ts";
import * as others from "./other-formats.ts";

/**
 * Opens `path`: a GGUF file (any shard of a split one), a safetensors file or index, a PyTorch file, a
 * llama2.c file, or a folder in Hugging Face's or Meta's layout, or with a single file of these formats.
 * @throws FileError if something is missing, FormatError or UnsupportedError for invalid or unsupported
 * files.
 */
export function openCheckpoint(path: string, options: OpenCheckpointOptions = {}): Checkpoint {
  return openCheckpointWith(path, options, () => others);
}

export type { OpenCheckpointOptions };
