/** A model between two of the same shape: the mean of their weights. A stage and the one before it are good at different things. */
import type { TensorEntry } from "../../src/formats/tensor-file.ts";
import { decode } from "../../src/quant/index.ts";
import { openFile, writeFile } from "./gguf-file.ts";

/** Writes the mean of two GGUF files of F32 weights, with the metadata of the second. */
export function writeMean(first: string, second: string, output: string): void {
  const [one, other] = [openFile(first), openFile(second)];
  try {
    const tensors = [...other.tensors.values()].map((tensor): TensorEntry => {
      const length = tensor.shape.reduce((product, size) => product * size, 1);
      const before = one.tensors.get(tensor.name);
      if (before?.dtype !== "F32" || tensor.dtype !== "F32" || before.byteLength !== tensor.byteLength)
        throw new Error(`"${tensor.name}" is not an F32 tensor of both models, of one shape`);
      const bytes = (): Uint8Array => {
        const [a, b] = [decode("F32", before.bytes(), length), decode("F32", tensor.bytes(), length)];
        return new Uint8Array(Float32Array.from(a, (value, i) => (value + b[i]) / 2).buffer);
      };
      return { ...tensor, bytes };
    });
    writeFile(output, { metadata: other.metadata, tensors });
  } finally {
    one.dispose();
    other.dispose();
  }
}
