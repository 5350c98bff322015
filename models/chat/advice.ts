/** Writes the sampling that suits a model into its GGUF file: a small model answers best with little chance. */
import { openGguf, writeGguf } from "../../src/formats/gguf/index.ts";
import { platform } from "../../src/platform/node.ts";
import { samplingEntries } from "../../src/weights/gguf-sampling.ts";

/** Of the chat model, as in generation_config.json. */
export const SAMPLING = { temperature: 0.3 } as const;

/** A copy of a GGUF file that recommends this sampling. */
export function withSampling(
  from: string,
  to: string,
  sampling: Readonly<Record<string, number>> = SAMPLING,
): void {
  const file = openGguf(platform.open(from), { open: (name) => platform.open(name) });
  try {
    const metadata = new Map(file.metadata);
    for (const [key, value] of samplingEntries(sampling)) metadata.set(key, value);
    using sink = platform.createFile(to, { overwrite: true });
    writeGguf(sink, { metadata, tensors: [...file.tensors.values()] });
    sink.commit();
  } finally {
    file.dispose();
  }
}
