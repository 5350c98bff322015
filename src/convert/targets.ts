/** The writers of all formats, one function each: configuration and layout of files. */
import type { DType } from "../base/dtypes.ts";
import { ConfigError } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import { configToGguf } from "../config/gguf.ts";
import { configToHf } from "../config/hf.ts";
import { configToLlama2c } from "../config/llama2c.ts";
import { configToMeta } from "../config/meta.ts";
import {
  type GgufValue,
  ggufValue,
  withoutSplit,
  writeGguf,
  writeGgufShards,
} from "../formats/gguf/index.ts";
import type { JsonObject } from "../formats/hf/index.ts";
import { writeLlama2c } from "../formats/llama2c/index.ts";
import { shardTensor, writePth } from "../formats/pth/index.ts";
import { writeShardedSafetensors } from "../formats/safetensors/index.ts";
import type { TensorEntry } from "../formats/tensor-file.ts";
import type { OpenedModel } from "../open/open-model.ts";
import type { FileSink, FolderSink, Platform, WriteOptions } from "../platform/platform.ts";
import { samplingEntries } from "../weights/gguf-sampling.ts";
import { floatsEntry, type TargetTensors } from "./tensors.ts";
import { ggufTokenizer, hfTokenizer, llama2cTokenizer, metaTokenizer } from "./tokenizer.ts";

export interface WriteRequest {
  readonly model: OpenedModel;
  readonly config: ModelConfig;
  readonly target: TargetTensors;
  readonly output: string;
  readonly platform: Platform;
  readonly write: WriteOptions;
  readonly shards: number;
  readonly maxShardBytes: number | undefined;
  readonly llama2cVersion: 0 | 1 | 2;
  /** Wraps the entries that are written, to report progress and react to an abort. */
  readonly track: (entries: readonly TensorEntry[]) => TensorEntry[];
  /** Writes further files into a folder, before it appears. */
  readonly more?: ((folder: FolderSink) => void) | undefined;
}

export interface Written {
  /** Paths, or names inside the output folder. */
  readonly files: readonly string[];
  readonly dropped: readonly string[];
  readonly notes?: readonly string[];
  readonly tokenizer: string;
  /** Why the target has no vocabulary. Absent if it has one. */
  readonly tokenizerMissing?: string;
}

/** The report's fields about the vocabulary. */
function vocabularyOf({ said, missing }: { said: string; missing?: string }) {
  return { tokenizer: said, ...(missing === undefined ? {} : { tokenizerMissing: missing }) };
}

const encoder = new TextEncoder();

function json(value: unknown): Uint8Array {
  return encoder.encode(`${JSON.stringify(value, null, 2)}\n`);
}

function writeFiles(folder: FolderSink, files: Iterable<readonly [string, Uint8Array]>): string[] {
  const names: string[] = [];
  for (const [name, bytes] of files) {
    using sink = folder.file(name);
    sink.write(bytes);
    sink.commit();
    names.push(name);
  }
  return names;
}

/** llama.cpp's general.file_type, by the type of most matrices (llama.h, enum llama_ftype). */
const FILE_TYPES: Partial<Record<DType, number>> = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q4_1: 3,
  Q8_0: 7,
  Q5_0: 8,
  Q5_1: 9,
  Q2_K: 10,
  Q3_K: 12,
  Q4_K: 15,
  Q5_K: 17,
  Q6_K: 18,
  BF16: 32,
};

/** The type of most values in matrices. */
export function mainDType(entries: readonly TensorEntry[]): DType {
  const lengths = new Map<DType, number>();
  for (const { dtype, shape } of entries) {
    if (shape.length < 2) continue;
    lengths.set(dtype, (lengths.get(dtype) ?? 0) + shape.reduce((product, dim) => product * dim, 1));
  }
  return [...lengths].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "F32";
}

/**
 * Metadata of a GGUF source stay unchanged (except that a given vocabulary replaces its own); for other
 * sources, all that GGUF can express is written.
 */
function ggufMetadata({ model, config, target }: WriteRequest) {
  const { rawConfig, card, generationConfig } = model.checkpoint;
  const form = configToGguf(config);
  const main = mainDType(target.entries);
  const vocabulary = ggufTokenizer(model);
  const fileType = FILE_TYPES[main];
  const types: [string, GgufValue][] =
    fileType === undefined ? [] : [["general.file_type", ggufValue.u32(fileType)]];
  if (rawConfig.kind === "gguf") {
    const own = withoutSplit(rawConfig.metadata);
    const replaced = model.tokenizerSource?.kind === "file";
    const metadata = new Map(replaced ? own.filter(([key]) => !key.startsWith("tokenizer.")) : own);
    for (const [key, value] of vocabulary.entries) metadata.set(key, value);
    if (target.changes.length > 0) for (const [key, value] of types) metadata.set(key, value);
    return { metadata, form, vocabulary };
  }
  const [architecture, ...fields] = form.fields;
  const texts: [string, string][] = [
    ["type", "model"],
    ...(card.name === undefined ? [] : [["name", card.name] as [string, string]]),
    ...(card.license === undefined ? [] : [["license", card.license] as [string, string]]),
    ...[...card.other].filter(([key]) => key !== "type"),
  ];
  const metadata = new Map<string, GgufValue>([
    architecture,
    ...texts.map(([key, value]): [string, GgufValue] => [`general.${key}`, ggufValue.string(value)]),
    ...types,
    ...samplingEntries(generationConfig),
    ...fields,
    ...vocabulary.entries,
  ]);
  return { metadata, form, vocabulary };
}

export function writeGgufTarget(request: WriteRequest): Written {
  const { target, output, platform, write, maxShardBytes, track } = request;
  const { metadata, form, vocabulary } = ggufMetadata(request);
  const small = [...form.tensors].map(([name, values]) => floatsEntry(name, values));
  const tensors = [...track(target.entries), ...small];
  const report = {
    dropped: [...form.dropped, ...vocabulary.dropped],
    notes: vocabulary.notes,
    ...vocabularyOf(vocabulary),
  };
  if (maxShardBytes !== undefined) {
    const folder = platform.folderOf(output);
    const prefix = platform.baseName(output).replace(/\.gguf$/i, "");
    const create = (name: string) => platform.createFile(platform.join(folder, name), write);
    const names = writeGgufShards(create, { prefix, limit: { maxBytes: maxShardBytes }, metadata, tensors });
    return { files: names.map((name) => platform.join(folder, name)), ...report };
  }
  using sink = platform.createFile(output, write);
  writeGguf(sink, { metadata, tensors });
  sink.commit();
  return { files: [output], ...report };
}

const TORCH_DTYPES: Partial<Record<DType, string>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  F64: "float64",
  F8_E4M3: "float8_e4m3fn",
  F8_E5M2: "float8_e5m2",
};

/** A card with the front matter that the hub reads, if there is anything to say. */
function cardFile({ model }: WriteRequest): [string, Uint8Array][] {
  const { name, license } = model.checkpoint.card;
  if (license === undefined) return [];
  const front = [
    `license: ${JSON.stringify(license)}`,
    ...(name === undefined ? [] : [`model_name: ${JSON.stringify(name)}`]),
  ];
  return [["README.md", encoder.encode(`---\n${front.join("\n")}\n---\n`)]];
}

/** What generation_config.json says of the tokens at the borders of a text. */
const endsOfConfig = ({ bosId, eosIds }: WriteRequest["config"]): JsonObject => ({
  ...(bosId === undefined ? {} : { bos_token_id: bosId }),
  ...(eosIds.length === 0 ? {} : { eos_token_id: eosIds.length === 1 ? eosIds[0] : [...eosIds] }),
});

export function writeSafetensorsTarget(request: WriteRequest): Written {
  const { model, config, target, output, platform, write, maxShardBytes, track } = request;
  const { rawConfig, generationConfig } = model.checkpoint;
  const torchDtype = TORCH_DTYPES[mainDType(target.entries)] ?? "float32";
  const form = configToHf(config, torchDtype);
  // A Hugging Face source keeps all its keys, including those that Cria does not know.
  const dtypeKey = rawConfig.kind === "hf" && "dtype" in rawConfig.json ? "dtype" : "torch_dtype";
  const changed = { [dtypeKey]: torchDtype, tie_word_embeddings: config.tied };
  const settings = rawConfig.kind === "hf" ? { ...rawConfig.json, ...changed } : form.json;
  const generation =
    generationConfig === undefined
      ? { _from_model_config: true, ...endsOfConfig(config) }
      : { ...(rawConfig.kind === "gguf" ? endsOfConfig(config) : {}), ...generationConfig };
  const vocabulary = hfTokenizer(model, platform);
  using folder = platform.createFolder(output, write);
  const limit = maxShardBytes === undefined ? {} : { maxShardBytes };
  const weights = writeShardedSafetensors(folder, track(target.entries), limit);
  const others = writeFiles(folder, [
    ["config.json", json(settings)],
    ["generation_config.json", json(generation)],
    ...vocabulary.files,
    ...cardFile(request),
  ]);
  request.more?.(folder);
  folder.commit();
  return { files: [...weights, ...others], dropped: form.dropped, ...vocabularyOf(vocabulary) };
}

const LLAMA3_VOCAB = 128256;

export function writePthTarget(request: WriteRequest): Written {
  const { model, config, target, output, platform, write, shards, track } = request;
  checkShards(config, shards);
  const { rawConfig } = model.checkpoint;
  const form = configToMeta(config);
  const embeddingAxis = config.vocabSize === LLAMA3_VOCAB ? 0 : 1;
  const parts = Array.from({ length: shards }, (_, part) =>
    track(target.entries.map((entry) => shardTensor(entry, entry.name, part, shards, { embeddingAxis }))),
  );
  const vocabulary = metaTokenizer(model, platform);
  using folder = platform.createFolder(output, write);
  const files = parts.map((entries, part) => {
    const name = `consolidated.${String(part).padStart(2, "0")}.pth`;
    using sink = folder.file(name);
    writePth(sink, entries);
    sink.commit();
    return name;
  });
  const isOwn = rawConfig.kind === "meta" && platform.baseName(rawConfig.name) === "params.json";
  const params = isOwn ? rawConfig.json : form.json;
  const others = writeFiles(folder, [["params.json", json(params)], ...vocabulary.files]);
  folder.commit();
  return { files: [...files, ...others], dropped: form.dropped, ...vocabularyOf(vocabulary) };
}

/** Model parallelism splits between heads, never inside one. */
function checkShards({ nHeads, nKvHeads, dim, ffnDim, vocabSize }: ModelConfig, shards: number): void {
  const divided = {
    heads: nHeads,
    "KV heads": nKvHeads,
    width: dim,
    "feed-forward width": ffnDim,
    vocabulary: vocabSize,
  };
  for (const [what, size] of Object.entries(divided)) {
    if (size % shards === 0) continue;
    throw new ConfigError({
      doing: `write ${shards} model-parallel shards`,
      expected: `a number of shards that divides the ${what} (${size})`,
      found: String(shards),
      fix: "choose another number of shards",
    });
  }
}

/**
 * A folder with model.bin and tokenizer.bin; or, if the output ends in .bin, that file and tokenizer.bin next
 * to it.
 */
export function writeLlama2cTarget(request: WriteRequest): Written {
  const { model, config, target, output, platform, write, llama2cVersion, track } = request;
  const header = configToLlama2c(config, llama2cVersion);
  const vocabulary = llama2cTokenizer(model, platform);
  const tensors = new Map(track(target.entries).map((entry) => [entry.name, entry]));
  const dropped: string[] = [];
  if (!/\.bin$/i.test(output)) {
    using folder = platform.createFolder(output, write);
    using sink = folder.file("model.bin");
    writeLlama2c(sink, { header, tensors });
    sink.commit();
    const others = writeFiles(folder, vocabulary.files);
    folder.commit();
    return { files: ["model.bin", ...others], dropped, ...vocabularyOf(vocabulary) };
  }
  const sinks: FileSink[] = [];
  try {
    const create = (path: string) => {
      const sink = platform.createFile(path, write);
      sinks.push(sink);
      return sink;
    };
    const files = [output];
    writeLlama2c(create(output), { header, tensors });
    for (const [name, bytes] of vocabulary.files) {
      files.push(platform.join(platform.folderOf(output), name));
      create(files[files.length - 1]).write(bytes);
    }
    for (const sink of sinks) sink.commit();
    return { files, dropped, ...vocabularyOf(vocabulary) };
  } finally {
    for (const sink of sinks) sink.abort();
  }
}
