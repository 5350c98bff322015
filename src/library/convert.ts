/** Conversion of models by name. */
import {
  type ConversionReport,
  type ConvertOptions,
  convertCheckpoint as convert,
} from "../convert/index.ts";
import { type FetchOptions, openNamed } from "./named-model.ts";

/**
 * Converts `input` (a file, a folder or a reference) to `output`: a file for GGUF, a folder for safetensors and .pth, a
 * folder or a name ending in .bin for llama2.c.
 * @throws UnsupportedError if the target cannot express the model, ConfigError for invalid options, and the errors of
 * opening and fetching. No output is left behind in these cases.
 */
export async function convertCheckpoint(
  input: string,
  output: string,
  options: ConvertOptions & Omit<FetchOptions, "signal">,
): Promise<ConversionReport> {
  const { acceptLicence, hub, onPlan, ...rest } = options;
  if (rest.platform !== undefined) return convert(input, output, rest);
  const fetching = { acceptLicence, hub, onPlan, signal: rest.signal };
  return openNamed(input, fetching, (path) => convert(path, output, rest));
}
