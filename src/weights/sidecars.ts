/**
 * The files next to weights: tokenizer, generation settings, chat template, model card. All are optional and
 * untrusted: sizes are bounded, nothing is executed.
 */
import { CriaError } from "../base/errors.ts";
import { type JsonObject, type JsonValue, readJsonSource } from "../formats/hf/json.ts";
import type { Platform } from "../platform/platform.ts";
import type { CheckpointFormat, ModelCard, RawConfig, TokenizerSource } from "./checkpoint.ts";

/** config.json and similar files have a few KiB; a tokenizer.json has tens of MB and is read elsewhere. */
const MAX_JSON_LENGTH = 16 * 1024 * 1024;
const MAX_TEMPLATE_BYTES = 1 << 20;
const MAX_CARD_BYTES = 4 << 20;

/** Tries each name in a folder; undefined if there is no such file. */
export function findFile(platform: Platform, folder: string, name: string): string | undefined {
  const path = platform.join(folder, name);
  return platform.status(path)?.kind === "file" ? path : undefined;
}

/** Reads a JSON file. Throws FormatError if it is not an object, too long or too deep. */
export function readJsonFile(platform: Platform, path: string): JsonObject {
  using source = platform.open(path);
  return readJsonSource(source, { maxLength: MAX_JSON_LENGTH });
}

/** Runs `read` for an optional file: if it is broken, adds a warning and returns undefined. */
export function optional<T>(path: string, warnings: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CriaError)) throw error;
    const warning = `"${path}" is not used: ${error.message}`;
    if (!warnings.includes(warning)) warnings.push(warning);
    return undefined;
  }
}

/** A JSON file of the folder that may be missing, and may be broken. */
export function findJson(
  platform: Platform,
  folder: string,
  name: string,
  warnings: string[],
): JsonObject | undefined {
  const path = findFile(platform, folder, name);
  return path === undefined ? undefined : optional(path, warnings, () => readJsonFile(platform, path));
}

export interface TokenizerSearch {
  readonly format: CheckpointFormat;
  /** The layout of the folder. */
  readonly layout: RawConfig["kind"];
  /** Folder of the weights. */
  readonly folder: string;
  /** Search the parent folder as well: Meta stores one tokenizer next to the folders of all sizes. */
  readonly parentToo: boolean;
  /** Rows of the embedding: llama2.c's small tokenizers are named after it. */
  readonly vocabSize: number | undefined;
}

/** File names to search for, best first: those of the format's own tools, then the others. */
function tokenizerNames({ format, layout, vocabSize }: TokenizerSearch): string[] {
  const own = vocabSize === undefined ? [] : [`tok${vocabSize}.model`, `tok${vocabSize}.bin`];
  if (format === "llama2c") return [...own, ...PLAIN_NAMES];
  // tokenizer.json contains the tokens that fine-tuning added; the SentencePiece file next to it does not.
  return layout === "hf" ? HF_NAMES : [...PLAIN_NAMES, ...own];
}

const PLAIN_NAMES = ["tokenizer.model", "tokenizer.json", "tokenizer.bin"];
/** vocab.json also represents the merges.txt next to it. */
const HF_NAMES = ["tokenizer.json", "tokenizer.model", "vocab.json", "tokenizer.bin"];

export function findTokenizers(
  platform: Platform,
  search: TokenizerSearch,
): { found: TokenizerSource[]; sought: string } {
  const names = tokenizerNames(search);
  const folders = search.parentToo ? [search.folder, platform.folderOf(search.folder)] : [search.folder];
  const found = folders.flatMap((folder) =>
    names.flatMap((name): TokenizerSource[] => {
      const path = findFile(platform, folder, name);
      return path === undefined ? [] : [{ kind: "file", path }];
    }),
  );
  return { found, sought: `${names.join(", ")} in ${folders.map((folder) => `"${folder}"`).join(" and ")}` };
}

/** A template in a separate file, or the (default) one of tokenizer_config.json. */
export function findChatTemplate(platform: Platform, folder: string, warnings: string[]): string | undefined {
  const own = findFile(platform, folder, "chat_template.jinja");
  const text =
    own === undefined ? undefined : optional(own, warnings, () => platform.readText(own, MAX_TEMPLATE_BYTES));
  if (text !== undefined) return text;
  for (const file of ["tokenizer_config.json", "chat_template.json"]) {
    const template = templateOf(findJson(platform, folder, file, warnings)?.chat_template);
    if (template !== undefined && template.length <= MAX_TEMPLATE_BYTES) return template;
  }
  return undefined;
}

/** Text, or the entry "default" of a list of {name, template}. */
function templateOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  for (const item of value) {
    if (item === null || typeof item !== "object" || Array.isArray(item)) continue;
    if (item.name === "default" && typeof item.template === "string") return item.template;
  }
  return undefined;
}

/** The licence and name in README.md's front matter. */
export function readCard(platform: Platform, folder: string): ModelCard {
  const path = findFile(platform, folder, "README.md");
  if (path === undefined) return { other: new Map() };
  using source = platform.open(path);
  if (source.byteLength > MAX_CARD_BYTES) return { other: new Map() };
  const text = new TextDecoder().decode(source.bytes(0, source.byteLength));
  const front = /^---\r?\n(.*?)\r?\n---/s.exec(text)?.[1] ?? "";
  const field = (key: string) =>
    new RegExp(`^${key}:[ \\t]*["']?([^"'\\r\\n]{1,200})["']?[ \\t]*$`, "m").exec(front)?.[1];
  const license = field("license");
  const name = field("model_name");
  return {
    ...(name === undefined ? {} : { name }),
    ...(license === undefined ? {} : { license }),
    other: new Map(),
  };
}
