/** Saves a model in memory as a checkpoint, the last step of training and fine-tuning. */

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
import { isConvertedFile } from "./own-files.ts";
import { targetTensors } from "./tensors.ts";

export interface ModelInMemory {
  readonly config: ModelConfig;
  /** Values by canonical name, row-major. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly tokenizer?: Tokenizer | undefined;
  /** The tokenizer's file, which is copied if the target can use it. */
  readonly tokenizerPath?: string | undefined;
  readonly chatTemplate?: string | undefined;
  readonly card?: Partial<ModelCard> | undefined;
  /** Keys of the original config.json, kept unchanged. */
  readonly hfConfig?: JsonObject | undefined;
}

export interface SaveOptions {
  readonly to: "gguf" | "safetensors";
  /** Storage type of matrices (default F32). */
  readonly dtype?: OutputDType | undefined;
  readonly overwrite?: boolean | undefined;
  /** Writes the caller's files into the folder of a safetensors checkpoint, before it appears. */
  readonly more?: ((folder: FolderSink) => void) | undefined;
  /** Names of files that `more` writes. */
  readonly owns?: readonly string[] | undefined;
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

/** Without keys to keep, writers create the configuration from the `ModelConfig`. */
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
      unread: new Map(),
      unused: [],
      ignored: [],
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
 * Writes a complete model or nothing: a file for GGUF, a folder for safetensors. Both can be opened by
 * `load`.
 * @throws FileError if it cannot be written; an existing output stays.
 */
export function saveModel(model: ModelInMemory, output: string, options: SaveOptions): void {
  const { to, dtype, overwrite = false, more, owns, platform = thePlatform } = options;
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
    write: { overwrite, replaces: (name) => isConvertedFile(name) || owns?.includes(name) === true },
    shards: 1,
    maxShardBytes: undefined,
    llama2cVersion: 0,
    track: (entries) => [...entries],
    more,
  });
}
