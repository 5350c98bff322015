/**
 * The files that transformers stores next to a vocabulary: tokenizer_config.json, special_tokens_map.json
 * (older saves name BOS and EOS only there) and added_tokens.json. They name special tokens and add tokens
 * that the vocabulary lacks.
 */
import { type JsonObject, JsonReader } from "./json-value.ts";
import type { AddedToken } from "./vocabulary.ts";

/** Bytes of the files next to a vocabulary, if they exist. */
export interface HfFiles {
  /** tokenizer_config.json */
  readonly config?: Uint8Array;
  /** special_tokens_map.json */
  readonly specialsMap?: Uint8Array;
  /** added_tokens.json */
  readonly addedTokens?: Uint8Array;
}

/** The content of these files. */
export interface HfSettings {
  /** The keys of tokenizer_config.json; names of special tokens that it lacks come from special_tokens_map.json. */
  readonly keys: JsonObject;
  /** Tokens with explicit ids, by id. */
  readonly added: readonly AddedToken[];
}

const NO_KEYS: JsonObject = {};
const TOKEN_KEYS = ["bos_token", "eos_token", "unk_token", "pad_token"];
/** Text that marks structure: it does not occur by chance, and users must not be able to forge it. */
const MARKER = /^(?:<[^\s<>]+>|\[[^\s[\]]+\])$/;

/** @param name of the vocabulary, for messages. @throws FormatError. */
export function readHfSettings(name: string, files: HfFiles): HfSettings {
  const read = (file: string, bytes: Uint8Array | undefined): JsonObject =>
    bytes === undefined ? NO_KEYS : new JsonReader(`${name}: ${file}`).parse(bytes);
  const config = read("tokenizer_config.json", files.config);
  const map = read("special_tokens_map.json", files.specialsMap);
  const missing = TOKEN_KEYS.filter((key) => !Object.hasOwn(config, key) && Object.hasOwn(map, key));
  const keys = { ...config, ...Object.fromEntries(missing.map((key) => [key, map[key]])) };
  const byId = new Map<number, AddedToken>();
  const specials = specialTexts(keys, map);
  const json = new JsonReader(`${name}: added_tokens.json`);
  for (const [content, id] of Object.entries(read("added_tokens.json", files.addedTokens))) {
    const special = specials.has(content) || MARKER.test(content);
    if (content !== "") byId.set(json.id(id, "added_tokens"), { id: id as number, content, special });
  }
  for (const token of decoderTokens(name, config)) byId.set(token.id, token);
  return { keys, added: [...byId.values()].sort((a, b) => a.id - b.id) };
}

function specialTexts(keys: JsonObject, map: JsonObject): Set<string> {
  const lists = [keys.additional_special_tokens, map.additional_special_tokens];
  const values = [...TOKEN_KEYS.map((key) => keys[key]), ...lists.flat()];
  return new Set(values.map(tokenText).filter((text) => text !== undefined));
}

/** `added_tokens_decoder` of tokenizer_config.json: `{"32000": {"content": "<|im_end|>", "special": true, …}}`. */
function decoderTokens(name: string, config: JsonObject): AddedToken[] {
  if (config.added_tokens_decoder === undefined || config.added_tokens_decoder === null) return [];
  const json = new JsonReader(`${name}: tokenizer_config.json`);
  return Object.entries(json.object(config.added_tokens_decoder, "added_tokens_decoder")).map(([id, entry]) =>
    addedToken(json, Number(id), json.object(entry, "added_tokens_decoder")),
  );
}

/** One added token in the form of tokenizer.json and tokenizer_config.json. @throws FormatError. */
export function addedToken(json: JsonReader, id: unknown, entry: JsonObject): AddedToken {
  const flag = (key: string): boolean => json.flag(entry[key], key, false);
  return {
    id: json.id(id, "added_tokens"),
    content: json.string(entry.content, "added_tokens"),
    special: flag("special"),
    ...(flag("lstrip") ? { lstrip: true } : {}),
    ...(flag("rstrip") ? { rstrip: true } : {}),
    ...(flag("single_word") ? { singleWord: true } : {}),
    ...(flag("normalized") ? { normalized: true } : {}),
  };
}

/** A token in tokenizer_config.json: its text, or an object that contains it. */
export function tokenText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const content = typeof value === "object" && value !== null ? (value as JsonObject).content : undefined;
  return typeof content === "string" ? content : undefined;
}

/** The chat template: a string, or the one named "default" of several. */
export function chatTemplateOf(settings: JsonObject): string | undefined {
  const value = settings.chat_template;
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  for (const entry of value) {
    const { name, template } = (entry ?? {}) as JsonObject;
    if (name === "default" && typeof template === "string") return template;
  }
  return undefined;
}

/** Whether the class prepends BOS if neither add_bos_token nor a post-processor specifies it. */
export function classAddsBos(settings: JsonObject): boolean {
  return (
    typeof settings.tokenizer_class === "string" &&
    /^(Code)?LlamaTokenizer(Fast)?$/.test(settings.tokenizer_class)
  );
}
