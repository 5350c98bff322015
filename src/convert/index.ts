/** Converts any readable checkpoint to any writable format, tensor by tensor, with a report of losses. */
export {
  CONVERSION_TARGETS,
  type ConversionReport,
  type ConvertOptions,
  convertCheckpoint,
} from "./convert.ts";
export { OUTPUT_DTYPES, type OutputDType } from "./dtypes.ts";
export { floatWeights } from "./float-weights.ts";
export type { AdapterChoice } from "./merged.ts";
export { type ModelInMemory, type SaveOptions, saveModel } from "./save.ts";
export type { DTypeChange, Progress } from "./tensors.ts";
