/** Opens a model of any format. */
import { type OpenedModel, type OpenModelOptions, openModelWith, requireTokenizer } from "./open-with.ts";
import * as others from "./other-formats.ts";

/**
 * @param path file or folder of any format; see `openCheckpoint`.
 * @throws FileError, FormatError, UnsupportedError, ConfigError, ShapeError, DtypeError; TokenizerError only
 * for a tokenizer that the caller named.
 */
export function openModel(path: string, options: OpenModelOptions = {}): OpenedModel {
  return openModelWith(path, options, () => others);
}

export { type OpenedModel, type OpenModelOptions, requireTokenizer };
