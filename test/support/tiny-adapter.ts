/** Random adapters for tests: every chosen layer of a configuration, of different ranks. */
import { type Adapter, type AdapterInfo, linearLayers, targetLayers } from "../../src/adapt/index.ts";
import { Random } from "../../src/base/random.ts";
import type { ModelConfig } from "../../src/config/config.ts";

export interface TinyAdapterOptions {
  readonly seed?: number;
  readonly targets?: readonly string[];
  /** Of layer i. */
  readonly rank?: (i: number) => number;
  readonly scale?: (i: number) => number;
  readonly info?: AdapterInfo;
}

export function tinyAdapter(config: ModelConfig, options: TinyAdapterOptions = {}): Adapter {
  const { seed = 1, targets = ["all"], rank = () => 4, scale = () => 2, info = {} } = options;
  const random = new Random(seed);
  const shapes = linearLayers(config);
  const matrix = (length: number) => Float32Array.from({ length }, () => 0.2 * random.normal());
  const layers = targetLayers(config, targets).map((layer, i) => {
    const [outDim, inDim] = shapes.get(layer)!;
    const r = rank(i);
    return [
      layer,
      { rank: r, inDim, outDim, a: matrix(r * inDim), b: matrix(outDim * r), scale: scale(i) },
    ] as const;
  });
  return { info, layers: new Map(layers) };
}
