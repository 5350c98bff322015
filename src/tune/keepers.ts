/** What a run of low-rank training keeps: adapters of PEFT's form, which every checkpoint is. */
import { type AdapterInfo, bindAdapter, readAdapter, type TrainedLayer, writePeft } from "../adapt/index.ts";
import { nameOfA, nameOfB } from "../adapt/low-rank.ts";
import { FormatError } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import type { ModelStates } from "../train/index.ts";
import { readMoments, TRAINING_FILES, writeTraining } from "../train/run/checkpoint.ts";
import type { RunKeeper } from "../train/run/keeper.ts";
import { adapterLayers } from "./low-rank-part.ts";

/** @param info what is written into each adapter. */
export function adapterKeeper(
  config: ModelConfig,
  layers: readonly TrainedLayer[],
  info: AdapterInfo,
): RunKeeper {
  const adapterOf = (model: ModelStates) => ({ info, layers: adapterLayers(layers, model.weights()) });
  return {
    write(path, model, state) {
      writePeft(path, adapterOf(model), config, {
        overwrite: true,
        more: (folder) => writeTraining(folder, model, state),
        owns: TRAINING_FILES,
      });
    },
    read(path, model) {
      fillAdapter(path, model, config, layers, info);
      readMoments(path, model);
    },
    finish(files, model) {
      writePeft(files.adapter, adapterOf(model), config, { overwrite: true });
      return files.adapter;
    },
  };
}

/** Fills A and B. @throws FormatError if the checkpoint was trained on another model, or has other layers. */
function fillAdapter(
  path: string,
  model: ModelStates,
  config: ModelConfig,
  layers: readonly TrainedLayer[],
  { baseId }: AdapterInfo,
): void {
  const fail = (expected: string, found: string): never => {
    throw new FormatError({
      doing: `resume from "${path}"`,
      expected,
      found,
      fix: "use the run's own model",
    });
  };
  const raw = readAdapter(path);
  if (raw.info.baseId !== baseId) fail("an adapter of this model", "one of other weights");
  const adapter = bindAdapter(raw, config);
  const values = model.weights();
  for (const { layer, rank } of layers) {
    const known = adapter.layers.get(layer);
    if (known?.rank !== rank) fail(`a change of ${layer} of rank ${rank}`, `${known?.rank ?? "none"}`);
    if (known === undefined) continue;
    values.get(nameOfA(layer))?.set(known.a);
    values.get(nameOfB(layer))?.set(known.b);
  }
}
