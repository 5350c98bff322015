/** Writes the sampling that suits a model into its GGUF file: a small model answers best with little chance. */
import { samplingEntries } from "../../src/weights/gguf-sampling.ts";
import { openFile, writeFile } from "./gguf-file.ts";

/** Of the chat model, as in generation_config.json. */
const SAMPLING = { temperature: 0.3 } as const;

/** A copy of a GGUF file that recommends this sampling. */
export function withSampling(
  from: string,
  to: string,
  sampling: Readonly<Record<string, number>> = SAMPLING,
): void {
  const file = openFile(from);
  try {
    const metadata = new Map([...file.metadata, ...samplingEntries(sampling)]);
    writeFile(to, { metadata, tensors: [...file.tensors.values()] });
  } finally {
    file.dispose();
  }
}
