/** A model in memory to a checkpoint of any format: what training and tuning end with. */

import { platform as thePlatform } from "#platform";
import { DISPOSE } from "../base/dispose.ts";
import type { ModelConfig } from "../config/config.ts";
import { parameterShapes } from "../config/parameters.ts";
import type { JsonObject } from "../formats/hf/index.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import type { OpenedModel } from "../open/open-model.ts";
import type { FolderSink, Platform } from "../platform/platform.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { ModelCard, RawConfig, TokenizerSource } from "../weights/index.ts";
import { TARGETS } from "./convert.ts";
import { checkOutputDType, type OutputDType } from "./dtypes.ts";
import { targetTensors } from "./tensors.ts";

export interface ModelInMemory {
  readonly config: ModelConfig;
  /** Values by canonical name, row-major. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly tokenizer?: Tokenizer | undefined;
  /** The tokenizer's own file, which is copied where the target can use it. */
  readonly tokenizerPath?: string | undefined;
  readonly chatTemplate?: string | undefined;
  readonly card?: Partial<ModelCard> | undefined;
  /** Keys of a config.json that the model began with, kept as they were. */
  readonly hfConfig?: JsonObject | undefined;
}

export interface SaveOptions {
  readonly to: "gguf" | "safetensors";
  /** What matrices are stored as (default F32). */
  readonly dtype?: OutputDType | undefined;
  readonly overwrite?: boolean | undefined;
  /** Writes files of the caller's into the folder of a safetensors checkpoint, before it appears. */
  readonly more?: ((folder: FolderSink) => void) | undefined;
  readonly platform?: Platform | undefined;
}

function entriesOf({ config, weights }: ModelInMemory): Map<string, TensorEntry> {
  const entries = new Map<string, TensorEntry>();
  for (const { name, shape } of parameterShapes(config)) {
    const values = weights.get(name);
    if (values === undefined) continue;
    const { byteLength } = values;
    const bytes = () => new Uint8Array(values.buffer, values.byteOffset, byteLength);
    entries.set(name, { name, dtype: "F32", shape, byteLength, bytes });
  }
  return entries;
}

/** Without keys to keep, writers make the configuration from the model's numbers. */
function rawConfigOf({ hfConfig }: ModelInMemory): RawConfig {
  if (hfConfig === undefined) return { kind: "meta", name: "params.json", json: {} };
  return { kind: "hf", name: "config.json", json: hfConfig };
}

/** The model as if it had been opened from files. */
function opened(model: ModelInMemory): OpenedModel {
  const { config, tokenizer, tokenizerPath, chatTemplate, card } = model;
  const tensors = entriesOf(model);
  const source: TokenizerSource | undefined =
    tokenizer === undefined ? undefined : { kind: "file", path: tokenizerPath ?? "the vocabulary in memory" };
  const dispose = (): void => {};
  const template = chatTemplate === undefined ? {} : { chatTemplate };
  return {
    config,
    checkpoint: {
      path: "a model in memory",
      format: "safetensors",
      scheme: "gguf",
      pairing: config.ropePairing,
      tensors,
      unused: [],
      warnings: [],
      rawConfig: rawConfigOf(model),
      tokenizers: source === undefined ? [] : [source],
      tokenizersSought: "memory",
      ...template,
      card: { ...card, other: card?.other ?? new Map() },
      byteLength: [...tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
      dispose,
      [DISPOSE]: dispose,
    },
    ...(tokenizer === undefined ? {} : { tokenizer }),
    ...(source === undefined ? {} : { tokenizerSource: source }),
    ...template,
    warnings: [],
    tokenizerProblems: [],
    dispose,
    [DISPOSE]: dispose,
  };
}

/**
 * Writes a model whole, or nothing: a file for GGUF, a folder for safetensors. Both can be opened by `load`.
 * @throws FileError if it cannot be written; what was there before stays.
 */
export function saveModel(model: ModelInMemory, output: string, options: SaveOptions): void {
  const { to, dtype, overwrite = false, more, platform = thePlatform } = options;
  checkOutputDType(dtype, to);
  const { scheme, pairing, mayTie, write } = TARGETS[to];
  const source = opened(model);
  const { config } = model;
  const form = { format: to, scheme, pairing: pairing(config), dtype, mayTie };
  write({
    model: source,
    config,
    target: targetTensors(source.checkpoint, config, form),
    output,
    platform,
    write: { overwrite },
    shards: 1,
    maxShardBytes: undefined,
    llama2cVersion: 0,
    track: (entries) => [...entries],
    more,
  });
}
