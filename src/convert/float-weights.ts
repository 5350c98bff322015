/** The weights of an opened model as floats, the start of training and fine-tuning. */
import type { RopePairing } from "../config/config.ts";
import type { OpenedModel } from "../open/open-model.ts";
import { targetTensors } from "./tensors.ts";

/** Values by canonical name, one tensor at a time, rotary rows in the order `pairing`. */
export function* floatWeights(
  { checkpoint, config }: OpenedModel,
  pairing: RopePairing,
): Generator<readonly [name: string, values: Float32Array]> {
  const form = { format: "safetensors", scheme: "gguf", pairing, dtype: "F32", mayTie: true } as const;
  for (const { name, bytes } of targetTensors(checkpoint, config, form).entries) {
    const all = bytes();
    const aligned = all.byteOffset % 4 === 0 ? all : all.slice();
    yield [name, new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4)];
  }
}
