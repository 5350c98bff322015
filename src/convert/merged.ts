/** A checkpoint with adapters merged into its weights, for conversion. */
import {
  baseModelOf,
  bindAdapter,
  changesAnything,
  mergedTensors,
  otherBase,
  readAdapter,
} from "../adapt/index.ts";
import { dtypeInfo } from "../base/dtypes.ts";
import type { OpenedModel } from "../open/open-model.ts";
import type { Platform } from "../platform/platform.ts";
import type { Checkpoint } from "../weights/index.ts";
import type { OutputDType } from "./dtypes.ts";

/** An adapter's path, and the factor of its change (default 1). */
export interface AdapterChoice {
  readonly path: string;
  readonly scale?: number;
}

export interface MergeOptions {
  readonly adapters?: readonly AdapterChoice[];
  readonly dtype?: OutputDType;
  readonly platform?: Platform;
}

export interface MergedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** Sentences about what was merged. */
  readonly notes: readonly string[];
  /** Adapters that were trained on another model, a sentence each. */
  readonly warnings: readonly string[];
}

/** The model's own checkpoint if no adapter is given. @throws what reading and binding an adapter throw. */
export function mergedCheckpoint(
  opened: OpenedModel,
  { adapters = [], dtype, platform }: MergeOptions,
): MergedCheckpoint {
  const { checkpoint, config } = opened;
  if (adapters.length === 0) return { checkpoint, notes: [], warnings: [] };
  const bound = adapters.map(({ path, scale = 1 }) => ({
    path,
    scale,
    adapter: bindAdapter(readAdapter(path, platform), config),
  }));
  const tensors = mergedTensors(checkpoint.tensors, bound, dtype === undefined ? "same" : "F32");
  const layers = [...new Set(bound.flatMap(({ adapter }) => [...adapter.layers.keys()]))];
  const types = layers.map((layer) => checkpoint.tensors.get(`${layer}.weight`)?.dtype ?? "F32");
  const again = dtype === undefined || dtypeInfo(dtype).kind === "quantised";
  const quantised = [...new Set(types)].filter((type) => dtypeInfo(type).kind === "quantised");
  const base = baseModelOf(opened);
  return {
    checkpoint: { ...checkpoint, tensors },
    warnings: bound.flatMap(({ path, adapter }) => otherBase(path, adapter.info, base) ?? []),
    notes: [
      ...bound.map(({ path, scale, adapter: { layers: changed } }) => {
        return `merged "${path}" into ${changed.size} matrices${scale === 1 ? "" : `, times ${scale}`}`;
      }),
      ...bound.flatMap(({ path, adapter }) =>
        changesAnything(adapter) ? [] : [`"${path}" changes nothing: its matrices are zero`],
      ),
      ...(again && quantised.length > 0
        ? [`quantised twice: ${quantised.join(", ")} weights were decoded, merged and encoded again`]
        : []),
    ],
  };
}
