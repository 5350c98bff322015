/**
 * What lies beside weights: tokenizer, generation settings, chat template, model card. Everything here is
 * optional and comes from files that nobody vouches for: sizes are bounded, nothing is run.
 */
import { type JsonObject, type JsonValue, readJsonSource } from "../formats/hf/index.ts";
import type { Platform } from "../platform/platform.ts";
import type { CheckpointFormat, ModelCard, TokenizerSource } from "./checkpoint.ts";

/** config.json and its like are a few KiB; a tokenizer.json has tens of MB and is read elsewhere. */
const MAX_JSON_LENGTH = 16 * 1024 * 1024;
const MAX_TEMPLATE_BYTES = 1 << 20;
const MAX_CARD_BYTES = 4 << 20;

/** Tries each name in a folder; undefined if there is no such file. */
export function findFile(platform: Platform, folder: string, name: string): string | undefined {
  const path = platform.join(folder, name);
  return platform.status(path)?.kind === "file" ? path : undefined;
}

/** Reads a JSON file. Throws FormatError if it is no object, too long or too deep. */
export function readJsonFile(platform: Platform, path: string): JsonObject {
  using source = platform.open(path);
  return readJsonSource(source, { maxLength: MAX_JSON_LENGTH });
}

export function findJson(platform: Platform, folder: string, name: string): JsonObject | undefined {
  const path = findFile(platform, folder, name);
  return path === undefined ? undefined : readJsonFile(platform, path);
}

export interface TokenizerSearch {
  readonly format: CheckpointFormat;
  /** Folder of the weights. */
  readonly folder: string;
  /** Meta puts one tokenizer beside the folders of all sizes. */
  readonly parentToo: boolean;
  /** Rows of the embedding: llama2.c's small tokenizers are named after it. */
  readonly vocabSize: number | undefined;
}

/** Names to look for, best first: what the format's own tools write, then the others. */
function tokenizerNames({ format, vocabSize }: TokenizerSearch): string[] {
  const own = vocabSize === undefined ? [] : [`tok${vocabSize}.model`, `tok${vocabSize}.bin`];
  const names = ["tokenizer.model", "tokenizer.json", "tokenizer.bin"];
  if (format === "llama2c") return [...own, ...names];
  // tokenizer.json knows the tokens that fine-tuning added; the SentencePiece file beside it does not.
  return format === "safetensors"
    ? ["tokenizer.json", "tokenizer.model", "tokenizer.bin"]
    : [...names, ...own];
}

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

/** A template in a file of its own, or the (default) one of tokenizer_config.json. */
export function findChatTemplate(platform: Platform, folder: string): string | undefined {
  const own = findFile(platform, folder, "chat_template.jinja");
  if (own !== undefined) return platform.readText(own, MAX_TEMPLATE_BYTES);
  for (const file of ["tokenizer_config.json", "chat_template.json"]) {
    const template = templateOf(findJson(platform, folder, file)?.chat_template);
    if (template !== undefined && template.length <= MAX_TEMPLATE_BYTES) return template;
  }
  return undefined;
}

/** Text, or a list of {name, template} of which "default" counts. */
function templateOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  for (const item of value) {
    if (item === null || typeof item !== "object" || Array.isArray(item)) continue;
    if (item.name === "default" && typeof item.template === "string") return item.template;
  }
  return undefined;
}

/** The licence and name that README.md says in its front matter. */
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
