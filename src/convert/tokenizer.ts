/**
 * Transfers the vocabulary. A file that the target can use is copied byte for byte; otherwise the vocabulary
 * is written in the target's form. Properties that the target cannot express are reported, never guessed.
 */
import { CriaError } from "../base/errors.ts";
import { describeHfFolder } from "../formats/hf/index.ts";
import type { OpenedModel } from "../open/open-model.ts";
import type { Platform } from "../platform/platform.ts";
import {
  ggufFromVocabulary,
  lossesInGguf,
  spmFromVocabulary,
  tokenizerFormat,
  type Vocabulary,
  writeHfTokenizer,
  writeHfTokenizerConfig,
  writeLlama2c,
} from "../tokenizer/index.ts";
import { addEnds, type Fitted, fitRows } from "./gguf-vocabulary.ts";
import { tiktokenOf } from "./tiktoken-writer.ts";

export interface TokenizerFiles {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** One sentence for the report. */
  readonly said: string;
  /** Why the target has no vocabulary. Absent if it has one. */
  readonly missing?: string;
}

/** No files, with the reason. */
function without(reason: string): TokenizerFiles {
  return { files: NONE, said: reason, missing: reason };
}

const MAX_BYTES = 256 * 1024 * 1024;
const NONE: ReadonlyMap<string, Uint8Array> = new Map();

function readAll(platform: Platform, path: string): Uint8Array | undefined {
  if (platform.status(path)?.kind !== "file") return undefined;
  using source = platform.open(path);
  return source.byteLength > MAX_BYTES ? undefined : source.bytes(0, source.byteLength).slice();
}

/** Why there is no vocabulary to transfer. */
function absence({ checkpoint, tokenizerProblems }: OpenedModel): string {
  return tokenizerProblems[0] ?? `no tokenizer: looked for ${checkpoint.tokenizersSought}`;
}

/** All tokenizer files of a Hugging Face folder, unchanged. */
function hfFiles(model: OpenedModel, platform: Platform): Map<string, Uint8Array> {
  const { path, rawConfig } = model.checkpoint;
  const { tokenizerSource: used } = model;
  const files = new Map<string, Uint8Array>();
  if (rawConfig.kind !== "hf") return files;
  const folder = platform.status(path)?.kind === "folder" ? path : platform.folderOf(path);
  // The caller named another tokenizer: do not use the folder's files.
  if (used?.kind === "file" && platform.folderOf(used.path) !== platform.join(folder)) return files;
  for (const name of tokenizerFilesIn(platform.list(folder))) {
    const bytes = readAll(platform, platform.join(folder, name));
    if (bytes !== undefined) files.set(name, bytes);
  }
  return files;
}

function tokenizerFilesIn(names: readonly string[]): readonly string[] {
  try {
    const { tokenizerFiles, chatTemplate } = describeHfFolder(names);
    return chatTemplate === undefined ? tokenizerFiles : [...tokenizerFiles, chatTemplate];
  } catch (error) {
    if (error instanceof CriaError) return [];
    throw error;
  }
}

/** The file in use, if it is in one of these formats. */
function ownFile(model: OpenedModel, platform: Platform, formats: readonly string[]): Uint8Array | undefined {
  for (const source of [model.tokenizerSource, ...model.checkpoint.tokenizers]) {
    if (source?.kind !== "file") continue;
    const bytes = readAll(platform, source.path);
    const format = bytes === undefined ? undefined : tokenizerFormat(bytes);
    if (format !== undefined && formats.includes(format)) return bytes;
  }
  return undefined;
}

/** For Meta's layout: tokenizer.model, SentencePiece or tiktoken. */
export function metaTokenizer(model: OpenedModel, platform: Platform): TokenizerFiles {
  const copy = ownFile(model, platform, ["sentencepiece", "tiktoken"]);
  if (copy !== undefined) {
    return { files: new Map([["tokenizer.model", copy]]), said: "tokenizer.model was copied as it is" };
  }
  const { tokenizer } = model;
  if (tokenizer === undefined) return without(absence(model));
  if (tokenizer.vocabulary.kind === "byte-bpe") {
    const ranks = tiktokenOf(tokenizer.vocabulary);
    if (typeof ranks === "string") {
      return without(`the tokenizer was left out: tokenizer.model cannot express it, since ${ranks}`);
    }
    const said = "tokenizer.model (tiktoken) was written from the source's vocabulary";
    return { files: new Map([["tokenizer.model", ranks]]), said };
  }
  const bytes = spmFromVocabulary(tokenizer.vocabulary);
  const said = "tokenizer.model (SentencePiece) was written from the source's vocabulary";
  return { files: new Map([["tokenizer.model", bytes]]), said };
}

/** For Hugging Face's layout: every tokenizer file of such a source, else files made from its vocabulary. */
export function hfTokenizer(model: OpenedModel, platform: Platform): TokenizerFiles {
  const files = hfFiles(model, platform);
  if (files.size > 0) return { files, said: `${[...files.keys()].join(", ")} copied as they are` };
  const { tokenizer, chatTemplate } = model;
  if (tokenizer === undefined) return without(absence(model));
  const vocabulary = { ...tokenizer.vocabulary, ...(chatTemplate === undefined ? {} : { chatTemplate }) };
  const json = tokenizerJson(vocabulary);
  if (typeof json !== "string") files.set("tokenizer.json", json);
  if (vocabulary.kind !== "byte-bpe") {
    const copy = ownFile(model, platform, ["sentencepiece"]);
    files.set("tokenizer.model", copy ?? spmFromVocabulary(vocabulary));
  }
  if (files.size === 0) return without(`the tokenizer was left out: ${json}`);
  files.set("tokenizer_config.json", writeHfTokenizerConfig(vocabulary));
  const said = `${[...files.keys()].join(", ")} written from the source's vocabulary`;
  return { files, said: typeof json === "string" ? `${said}; no tokenizer.json: ${json}` : said };
}

/** The file, or the reason why it cannot be written. */
function tokenizerJson(vocabulary: Vocabulary): Uint8Array | string {
  try {
    return writeHfTokenizer(vocabulary);
  } catch (error) {
    if (error instanceof CriaError) return error.problem.found;
    throw error;
  }
}

/** For llama2.c: tokenizer.bin. */
export function llama2cTokenizer(model: OpenedModel, platform: Platform): TokenizerFiles {
  const copy = ownFile(model, platform, ["llama2c"]);
  if (copy !== undefined) {
    return { files: new Map([["tokenizer.bin", copy]]), said: "tokenizer.bin was copied as it is" };
  }
  const { tokenizer } = model;
  if (tokenizer === undefined) return without(absence(model));
  const files = new Map([["tokenizer.bin", writeLlama2c(tokenizer.vocabulary)]]);
  return { files, said: "tokenizer.bin was written from the source's vocabulary" };
}

export interface GgufTokenizer extends Pick<Fitted, "entries" | "dropped" | "notes"> {
  readonly said: string;
  readonly missing?: string;
}

/** For GGUF: the source's own keys, or keys made from its vocabulary; as many tokens as rows, and every end. */
export function ggufTokenizer(model: OpenedModel): GgufTokenizer {
  const { tokenizer, tokenizerSource, chatTemplate, config } = model;
  if (tokenizer === undefined || tokenizerSource === undefined) {
    return { entries: [], dropped: [], notes: [], said: absence(model), missing: absence(model) };
  }
  const isOwn = tokenizerSource.kind === "gguf";
  const lost = isOwn ? [] : lossesInGguf(tokenizer.vocabulary);
  const entries = isOwn
    ? [...tokenizerSource.metadata].filter(([key]) => key.startsWith("tokenizer."))
    : ggufFromVocabulary(tokenizer.vocabulary);
  const hasTemplate = entries.some(([key]) => key === "tokenizer.chat_template");
  if (chatTemplate !== undefined && !hasTemplate) {
    entries.push(["tokenizer.chat_template", { type: "string", value: chatTemplate }]);
  }
  const rows = fitRows(entries, config.vocabSize);
  const ends = addEnds(rows.entries, config.eosIds, new Set(tokenizer.eogIds));
  return {
    entries: ends.entries,
    dropped: [...lost, ...rows.dropped, ...ends.dropped],
    notes: rows.notes,
    said: isOwn
      ? "the vocabulary was copied as it is"
      : `the vocabulary of "${tokenizerSource.path}" was written into the metadata`,
  };
}
