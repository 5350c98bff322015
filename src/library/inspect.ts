/**
 * Describes a model from its headers alone. No tensor is read, so a file of 40 GB takes as long as a small one.
 * Models that Cria cannot run (another architecture, a vocabulary without weights) are described as far as
 * their file allows, with the reason in `problem`.
 */
import { platform } from "#platform";
import { type DType, dtypeInfo } from "../base/dtypes.ts";
import { CriaError } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import { countParameters, kvCacheBytesPerToken } from "../config/parameters.ts";
import { type GgufFile, type GgufMetadata, openGguf } from "../formats/gguf/index.ts";
import { openPth } from "../formats/pth/index.ts";
import { openSafetensors } from "../formats/safetensors/index.ts";
import type { TensorEntry, TensorFile } from "../formats/tensor-file.ts";
import type { SamplingOptions } from "../generation/samplers/default-chain.ts";
import { obligationsOf } from "../hub/index.ts";
import { defaultCacheType, defaultContext } from "../model/limits.ts";
import { type OpenedModel, openModel } from "../open/open-model.ts";
import { hasGgufTokenizer, type Tokenizer, tokenizerFromGguf } from "../tokenizer/index.ts";
import type { CheckpointFormat, RawConfig, TokenizerSource } from "../weights/index.ts";
import { recogniseFile } from "../weights/recognise.ts";
import { type FetchOptions, openNamed } from "./named-model.ts";
import { samplingAdvice } from "./sampling-defaults.ts";

export interface InspectOptions extends FetchOptions {
  /** A tokenizer file to use instead of the one found. */
  readonly tokenizer?: string | undefined;
  /** Tokens for which the cache size is computed. Default: the model's own, but at most 4096. */
  readonly context?: number | undefined;
}

export interface TensorDescription {
  /** As given in the file. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly byteLength: number;
}

/** All tensors of one storage type together. */
export interface TypeShare {
  readonly dtype: DType;
  readonly tensorCount: number;
  readonly valueCount: number;
  readonly byteLength: number;
}

export interface MemoryNeed {
  readonly weights: number;
  /** KV cache of one sequence of `context` tokens. */
  readonly cache: number;
  readonly context: number;
  /** Weights and cache; activations add some MB. */
  readonly total: number;
}

export interface TokenizerDescription {
  readonly kind: Tokenizer["vocabulary"]["kind"];
  readonly pieceCount: number;
  /** Name of the pre-tokenizer (byte-level vocabularies). */
  readonly pre?: string;
  readonly source: string;
  readonly bosId?: number;
  /** End-of-text ids: the model's, if it names any, else those of the vocabulary. */
  readonly ends: readonly number[];
  readonly addBos: boolean;
}

export interface ModelDescription {
  readonly path: string;
  readonly format: CheckpointFormat;
  /** Of the file, or of all weight files together. */
  readonly byteLength: number;
  readonly name?: string;
  readonly license?: string;
  /** What its licence demands, a line each, as far as Cria knows the licence. */
  readonly obligations?: readonly string[];
  /** Why Cria cannot run it. The other fields then repeat what the file says, unchecked. */
  readonly problem?: string;
  readonly config?: ModelConfig;
  /** Number of parameters; a tied output projection counts once. */
  readonly parameterCount?: number;
  readonly tensors: readonly TensorDescription[];
  /** Largest share of bytes first. */
  readonly types: readonly TypeShare[];
  /** Of all tensors together. */
  readonly bitsPerWeight?: number;
  readonly memory?: MemoryNeed;
  readonly tokenizer?: TokenizerDescription;
  readonly chatTemplate?: string;
  /** Sampling defaults from generation_config.json, under the names of the options. */
  readonly sampling?: SamplingOptions;
  /** Files next to the weights that are ignored because the weight file has their contents, one sentence each. */
  readonly ignored: readonly string[];
  /** GGUF's metadata, or the keys of config.json or params.json. Plain values and arrays. */
  readonly metadata: ReadonlyMap<string, unknown>;
  readonly warnings: readonly string[];
  /** Tensors that Cria does not use. */
  readonly unused: readonly string[];
}

/**
 * @param name a path or a reference, which is fetched if it is not on this machine.
 * @throws FileError, FormatError and similar errors if the path cannot be read at all.
 */
export async function inspectModel(name: string, options: InspectOptions = {}): Promise<ModelDescription> {
  return openNamed(name, options, (path) => describe(path, options));
}

function describe(path: string, options: InspectOptions): ModelDescription {
  const { tokenizer } = options;
  try {
    using model = openModel(path, tokenizer === undefined ? {} : { tokenizer });
    return describeModel(model, options);
  } catch (error) {
    if (!(error instanceof CriaError)) throw error;
    const described = describeFile(path, error);
    if (described === undefined) throw error;
    return described;
  }
}

function describeModel(model: OpenedModel, { context }: InspectOptions): ModelDescription {
  const { checkpoint, config, chatTemplate, tokenizer, tokenizerSource } = model;
  const { path, format, byteLength, card, unused, rawConfig } = checkpoint;
  const entries = [...checkpoint.tensors.values()];
  const advice = samplingAdvice(model.generationConfig);
  return {
    path,
    format,
    byteLength,
    ...(card.name === undefined ? {} : { name: card.name }),
    ...licenseOf(card.license),
    config,
    parameterCount: countParameters(config),
    ...describeTensors(entries),
    memory: memoryNeed(entries, config, context),
    ...(tokenizer === undefined
      ? {}
      : { tokenizer: describeTokenizer(tokenizer, tokenizerSource, config.eosIds) }),
    ...(chatTemplate === undefined ? {} : { chatTemplate }),
    ...(Object.keys(advice.options).length === 0 ? {} : { sampling: advice.options }),
    ignored: checkpoint.ignored,
    metadata: metadataOf(rawConfig),
    warnings: [...model.warnings, ...advice.warnings],
    unused,
  };
}

function licenseOf(license: string | undefined): Pick<ModelDescription, "license" | "obligations"> {
  const obligations = obligationsOf(license);
  return {
    ...(license === undefined ? {} : { license }),
    ...(obligations.length === 0 ? {} : { obligations }),
  };
}

function describeTensors(
  entries: readonly TensorEntry[],
): Pick<ModelDescription, "tensors" | "types" | "bitsPerWeight"> {
  const shares = new Map<DType, TypeShare>();
  let values = 0;
  let bytes = 0;
  for (const { dtype, shape, byteLength } of entries) {
    const valueCount = shape.reduce((product, dim) => product * dim, 1);
    const share = shares.get(dtype) ?? { dtype, tensorCount: 0, valueCount: 0, byteLength: 0 };
    shares.set(dtype, {
      dtype,
      tensorCount: share.tensorCount + 1,
      valueCount: share.valueCount + valueCount,
      byteLength: share.byteLength + byteLength,
    });
    values += valueCount;
    bytes += byteLength;
  }
  return {
    tensors: entries.map(({ name, dtype, shape, byteLength }) => ({ name, dtype, shape, byteLength })),
    types: [...shares.values()].sort((a, b) => b.byteLength - a.byteLength),
    ...(values === 0 ? {} : { bitsPerWeight: (8 * bytes) / values }),
  };
}

function memoryNeed(entries: readonly TensorEntry[], config: ModelConfig, asked?: number): MemoryNeed {
  const context = asked ?? defaultContext(config);
  const weights = entries.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const { blockBytes, blockLength } = dtypeInfo(defaultCacheType(entries));
  const cache = kvCacheBytesPerToken(config, blockBytes / blockLength) * context;
  return { weights, cache, context, total: weights + cache };
}

function describeTokenizer(
  tokenizer: Tokenizer,
  source?: TokenizerSource,
  ends: readonly number[] = tokenizer.eogIds,
): TokenizerDescription {
  const { vocabulary, bosId, addBos, vocabSize } = tokenizer;
  return {
    kind: vocabulary.kind,
    pieceCount: vocabSize,
    ...(vocabulary.pre === undefined ? {} : { pre: vocabulary.pre }),
    source: source?.kind === "file" ? source.path : "in the file",
    ...(bosId === undefined ? {} : { bosId }),
    ends,
    addBos,
  };
}

function metadataOf(raw: RawConfig): Map<string, unknown> {
  switch (raw.kind) {
    case "gguf":
      return ggufValues(raw.metadata);
    case "llama2c":
      return new Map(Object.entries(raw.header));
    default:
      return new Map(Object.entries(raw.json));
  }
}

/** Describes a single file in a known format that Cria cannot run. Undefined if it cannot be read. */
function describeFile(path: string, problem: CriaError): ModelDescription | undefined {
  if (platform.status(path)?.kind !== "file") return undefined;
  const opened = openFile(path);
  if (opened === undefined) return undefined;
  const { format, file } = opened;
  try {
    return {
      path,
      format,
      byteLength: file.byteLength,
      problem:
        file.tensors.size === 0 ? "The file has no tensors: it holds only a vocabulary." : problem.message,
      ...describeTensors([...file.tensors.values()]),
      ...("metadata" in file ? describeGguf(file) : { metadata: new Map() }),
      ignored: [],
      warnings: [],
      unused: [],
    };
  } finally {
    file.dispose();
  }
}

interface RawFile {
  readonly format: CheckpointFormat;
  readonly file: TensorFile | GgufFile;
}

function openFile(path: string): RawFile | undefined {
  const source = platform.open(path);
  try {
    const format = recogniseFile(source);
    if (format === "gguf") return { format, file: openGguf(source) };
    if (format === "safetensors") return { format, file: openSafetensors(source) };
    if (format === "pth") return { format, file: openPth(source) };
  } catch (error) {
    if (!(error instanceof CriaError)) throw error;
  }
  source.dispose();
  return undefined;
}

function describeGguf({ metadata }: GgufFile) {
  const text = (key: string): string | undefined => {
    const value = metadata.get(key);
    return value?.type === "string" ? value.value : undefined;
  };
  const texts = {
    name: text("general.name"),
    license: text("general.license"),
    chatTemplate: text("tokenizer.chat_template"),
    tokenizer: describeGgufTokenizer(metadata),
  };
  const present = Object.entries(texts).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(present) as Partial<ModelDescription>),
    metadata: ggufValues(metadata),
  };
}

/** Writes f32 values as the shortest decimal that reads back as the same value: 1e-5, not 0.000009999999747378752. */
function ggufValues(metadata: GgufMetadata): Map<string, unknown> {
  return new Map(
    [...metadata].map(([key, { type, value }]) => [
      key,
      type === "f32" ? shortestFloat(value as number) : value,
    ]),
  );
}

function shortestFloat(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** The metadata names a vocabulary kind that Cria does not know; only its name can be reported. */
function describeGgufTokenizer(metadata: GgufMetadata): TokenizerDescription | undefined {
  if (!hasGgufTokenizer(metadata)) return undefined;
  try {
    return describeTokenizer(tokenizerFromGguf(metadata));
  } catch (error) {
    if (error instanceof CriaError) return undefined;
    throw error;
  }
}
