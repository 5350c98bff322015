/**
 * Opens a checkpoint of any format that Cria reads, file or folder, recognised by content. Only headers are
 * read, no tensor bytes. If it cannot be opened, the error lists what was expected.
 */

import { platform as thePlatform } from "#platform";
import { DISPOSE } from "../base/dispose.ts";
import { FileError, FormatError, type UnsupportedError } from "../base/errors.ts";
import { openGguf } from "../formats/gguf/open.ts";
import type { TensorEntry, TensorFile } from "../formats/tensor-file.ts";
import type { Platform } from "../platform/platform.ts";
import type { Checkpoint, CheckpointFormat, ModelCard, RawConfig, TokenizerSource } from "./checkpoint.ts";
import {
  findWeights,
  indexOfShard,
  META_SHARD,
  openIndexedFile,
  openMetaShards,
  type WeightFiles,
} from "./folder.ts";
import { samplingOf } from "./gguf-sampling.ts";
import { type CanonicalNames, canonicalNames } from "./names.ts";
import { recogniseFile } from "./recognise.ts";
import {
  findChatTemplate,
  findFile,
  findJson,
  findTokenizers,
  optional,
  readCard,
  readJsonFile,
} from "./sidecars.ts";

export interface OpenCheckpointOptions {
  /** Default: the current machine's. */
  readonly platform?: Platform;
  /** A tokenizer file, preferred over all that are found. */
  readonly tokenizer?: string;
}

type OtherFormats = typeof import("./other-formats.ts");

/** Weights and, if the file contains it, the configuration. */
interface Opened {
  readonly format: CheckpointFormat;
  readonly file: TensorFile;
  readonly rawConfig?: RawConfig;
  readonly own?: Pick<Checkpoint, "tokenizers" | "card" | "chatTemplate" | "generationConfig">;
}

/**
 * See `openCheckpoint`.
 * @param others called where a format other than GGUF begins; what it throws is passed on.
 */
export function openCheckpointWith(
  path: string,
  options: OpenCheckpointOptions,
  others: () => OtherFormats,
): Checkpoint {
  const { platform = thePlatform, tokenizer } = options;
  const opened = openWeights(path, platform, others);
  try {
    if (tokenizer !== undefined && platform.status(tokenizer)?.kind !== "file") {
      throw new FileError({ doing: `open the tokenizer "${tokenizer}"`, found: "no such file" });
    }
    return assemble(path, opened, platform, tokenizer);
  } catch (error) {
    opened.file.dispose();
    throw error;
  }
}

function openWeights(path: string, platform: Platform, others: () => OtherFormats): Opened {
  const status = platform.status(path);
  if (status === undefined) throw new FileError({ doing: `open "${path}"`, found: "no such file or folder" });
  const weights: WeightFiles =
    status.kind === "folder" ? findWeights(path, platform) : { kind: "file", path };
  if (weights.kind === "meta") return { format: "pth", file: openMetaShards(weights, platform, others) };
  if (weights.kind === "index") return openIndexedFile(weights.path, platform, others);
  // Any of Meta's shards opens all of them, and an index opens its shards.
  if (META_SHARD.test(platform.baseName(weights.path))) {
    const folder = platform.folderOf(weights.path);
    const all = findWeights(folder, platform, "meta");
    if (all.kind === "meta" && findFile(platform, folder, "params.json") !== undefined) {
      return { format: "pth", file: openMetaShards(all, platform, others) };
    }
  }
  const index = weights.path.endsWith(".index.json") ? weights.path : indexOfShard(weights.path, platform);
  if (index !== undefined) return openIndexedFile(index, platform, others);
  return openFile(weights.path, platform, others);
}

function openFile(path: string, platform: Platform, others: () => OtherFormats): Opened {
  const source = platform.open(path);
  try {
    const format = recogniseFile(source);
    switch (format) {
      case "gguf": {
        const file = openGguf(source, { open: (name) => platform.open(name) });
        const { metadata } = file;
        const template = metadata.findString("tokenizer.chat_template");
        const rawConfig: RawConfig = { kind: "gguf", name: path, metadata };
        const tokenizers: TokenizerSource[] = metadata.has("tokenizer.ggml.model")
          ? [{ kind: "gguf", name: path, metadata }]
          : [];
        const card = cardOf(metadata);
        const sampling = samplingOf(metadata);
        const own = {
          tokenizers,
          card,
          ...(template === undefined ? {} : { chatTemplate: template }),
          ...(sampling === undefined ? {} : { generationConfig: sampling }),
        };
        return { format, file, rawConfig, own };
      }
      case "llama2c": {
        const file = others().openLlama2c(source);
        return { format, file, rawConfig: { kind: "llama2c", name: path, header: file.header } };
      }
      case "safetensors":
        return { format, file: others().openSafetensors(source) };
      case "pth": {
        const { openPth, paramsInPickle } = others();
        const file = openPth(source);
        const params = paramsInPickle(file.root);
        return params === undefined
          ? { format, file }
          : { format, file, rawConfig: { kind: "meta", name: `${path} (model_args)`, json: params } };
      }
      default:
        return format satisfies never;
    }
  } catch (error) {
    source.dispose();
    throw error;
  }
}

/** GGUF's general.* texts. */
function cardOf(
  metadata: ReadonlyMap<string, { readonly type: string; readonly value: unknown }>,
): ModelCard {
  const other = new Map<string, string>();
  for (const [key, { type, value }] of metadata) {
    if (key.startsWith("general.") && type === "string" && key !== "general.architecture") {
      other.set(key.slice("general.".length), value as string);
    }
  }
  const name = other.get("name");
  const license = other.get("license");
  other.delete("name");
  other.delete("license");
  return { ...(name === undefined ? {} : { name }), ...(license === undefined ? {} : { license }), other };
}

function assemble(
  path: string,
  opened: Opened,
  platform: Platform,
  tokenizer: string | undefined,
): Checkpoint {
  const { format, file } = opened;
  const names = canonicalNames([...file.tensors.keys(), ...(file.unread?.keys() ?? [])]);
  const tensors = tensorsOf(file, names);
  const folder = platform.status(path)?.kind === "folder" ? path : platform.folderOf(path);
  const rawConfig = opened.rawConfig ?? configBeside(file.path, folder, names, platform);
  const given: TokenizerSource[] = tokenizer === undefined ? [] : [{ kind: "file", path: tokenizer }];
  const warnings: string[] = [];
  const { found, sought } = findTokenizers(platform, {
    format,
    layout: rawConfig.kind,
    folder,
    parentToo: rawConfig.kind === "meta",
    vocabSize: tensors.get("token_embd.weight")?.shape[0],
  });
  const beside = findJson(platform, folder, "generation_config.json", warnings);
  const sampling = opened.own?.generationConfig;
  const generationConfig = sampling === undefined ? beside : { ...beside, ...sampling };
  const chatTemplate = opened.own?.chatTemplate ?? findChatTemplate(platform, folder, warnings);
  return {
    path,
    format,
    scheme: names.scheme,
    pairing: PAIRINGS[names.scheme],
    tensors,
    unread: unreadOf(file, names),
    unused: names.unused.filter((name) => file.unread?.has(name) !== true),
    rawConfig,
    tokenizers: [...given, ...(opened.own?.tokenizers ?? []), ...found],
    tokenizersSought: format === "gguf" ? `the file's metadata, and ${sought}` : sought,
    ...(generationConfig === undefined ? {} : { generationConfig }),
    ...(chatTemplate === undefined ? {} : { chatTemplate }),
    card: opened.own?.card ?? optional(folder, warnings, () => readCard(platform, folder)) ?? NO_CARD,
    byteLength: file.byteLength,
    ignored: ignoredBeside(opened, found, folder, platform),
    warnings,
    dispose: () => file.dispose(),
    [DISPOSE]: () => file.dispose(),
  };
}

/** Files next to a GGUF file that are ignored, since the file has its own data. */
function ignoredBeside(
  { own }: Opened,
  found: readonly TokenizerSource[],
  folder: string,
  platform: Platform,
): string[] {
  const names: string[] = [];
  if ((own?.tokenizers.length ?? 0) > 0) {
    for (const source of found) if (source.kind === "file") names.push(platform.baseName(source.path));
  }
  const hasTemplate = findFile(platform, folder, "chat_template.jinja") !== undefined;
  if (own?.chatTemplate !== undefined && hasTemplate) names.push("chat_template.jinja");
  return names.map((name) => `"${name}" next to the file, which has its own`);
}

const NO_CARD: ModelCard = { other: new Map() };
const PAIRINGS = { meta: "interleaved", hf: "halves", gguf: undefined } as const;

function tensorsOf(file: TensorFile, names: CanonicalNames): Map<string, TensorEntry> {
  if (names.known.size === 0) {
    const isWrapped = [...file.tensors.keys()].some((name) => name.startsWith("base_model."));
    const some = [...file.tensors.keys()].slice(0, 3).map((name) => JSON.stringify(name.slice(0, 60)));
    throw new FormatError({
      doing: `open "${file.path}"`,
      expected: "tensors named as in LLaMA-family models (GGUF's, Meta's or Hugging Face's names)",
      found: some.length === 0 ? "no tensors" : `${some.join(", ")} …`,
      fix: isWrapped
        ? "it was saved inside a PEFT adapter: merge the adapter (merge_and_unload) and save the model"
        : "it is another kind of model, or not a model",
    });
  }
  return new Map(
    [...names.known].flatMap(([canonical, name]) => {
      const entry = file.tensors.get(name);
      return entry === undefined ? [] : [[canonical, entry] as const];
    }),
  );
}

function unreadOf({ unread }: TensorFile, { known }: CanonicalNames): Map<string, UnsupportedError> {
  const canonical = new Map([...known].map(([name, own]) => [own, name]));
  return new Map([...(unread ?? [])].map(([name, error]) => [canonical.get(name) ?? name, error]));
}

/**
 * The configuration file that belongs to the naming scheme of the weights: Meta's params.json or Hugging
 * Face's config.json.
 */
function configBeside(
  weights: string,
  folder: string,
  { scheme }: CanonicalNames,
  platform: Platform,
): RawConfig {
  const kind = scheme === "meta" ? "meta" : "hf";
  const name = kind === "meta" ? "params.json" : "config.json";
  const path = findFile(platform, folder, name);
  if (path !== undefined) return { kind, name: path, json: readJsonFile(platform, path) };
  throw new FileError({
    doing: `open "${weights}"`,
    expected: `${name} next to it, since its tensors have ${kind === "meta" ? "Meta's" : "Hugging Face's"} names`,
    found: `no such file in "${folder}"`,
    fix: "put the model's configuration into the folder",
  });
}
