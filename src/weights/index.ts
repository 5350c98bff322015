/** A checkpoint of any format under one set of names, with the files next to it. */
export type {
  Checkpoint,
  CheckpointFormat,
  ModelCard,
  RawConfig,
  TokenizerSource,
} from "./checkpoint.ts";
export { canonicalNames, type NameScheme, partOf, translateName } from "./names.ts";
export { type OpenCheckpointOptions, openCheckpoint } from "./open.ts";
export { type HeadRows, type Pairing, permuteRows } from "./permute.ts";
export { recogniseFile } from "./recognise.ts";
