/**
 * Initial values of an adapter: A uniform in ±1/√in, which is Kaiming's initialisation with a = √5 [LoRA, section 4.1];
 * B zero, so that the adapter changes nothing before its first step.
 */
import { Random } from "../base/random.ts";
import { nameOfA, nameOfB, type TrainedLayer } from "./low-rank.ts";

/** Fills the matrices by their names. The same seed gives the same numbers. */
export function initialiseAdapter(
  layers: readonly TrainedLayer[],
  values: ReadonlyMap<string, Float32Array>,
  seed: number,
): void {
  const random = new Random(seed);
  for (const { layer, inDim } of layers) {
    const bound = 1 / Math.sqrt(inDim);
    const a = values.get(nameOfA(layer));
    if (a !== undefined) for (let i = 0; i < a.length; i++) a[i] = bound * (2 * random.uniform() - 1);
    values.get(nameOfB(layer))?.fill(0);
  }
}
