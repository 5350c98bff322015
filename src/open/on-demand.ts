/** Opens a model like `openModel`, but loads what opens other formats than GGUF only for models of these formats. */
import { type OpenedModel, type OpenModelOptions, openModelWith } from "./open-with.ts";

/** Thrown where another format begins; never seen by callers. */
class OtherFormat extends Error {}

/** @throws what `openModel` throws. */
export async function openModelOnDemand(path: string, options: OpenModelOptions = {}): Promise<OpenedModel> {
  try {
    return openModelWith(path, options, () => {
      throw new OtherFormat();
    });
  } catch (error) {
    if (!(error instanceof OtherFormat)) throw error;
  }
  // Again from the start, which is cheap: only headers are read.
  const others = await import("./other-formats.ts");
  return openModelWith(path, options, () => others);
}
