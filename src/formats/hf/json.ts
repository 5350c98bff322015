/**
 * JSON from untrusted files: config.json, index files, the header of safetensors. JSON.parse produces the
 * value; limits that it lacks are checked first: nesting depth and number of values. Settings are read as
 * Python's json, which wrote them, reads them: Infinity is a number, NaN is read as null, and the last of
 * duplicate keys counts. Strict readers refuse all three. The meaning of keys is checked elsewhere.
 */
import type { ByteSource } from "../../base/bytes.ts";
import { FormatError } from "../../base/errors.ts";

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
/** Read with `Object.entries` or `Object.hasOwn`: a key may be called "constructor". */
export type JsonObject = { readonly [key: string]: JsonValue };

export interface JsonLimits {
  /** Characters of text. Default 100,000,000. */
  readonly maxLength?: number;
  /** Nesting depth of objects and lists. Default 64. */
  readonly maxDepth?: number;
  /** Total number of values. Default 4,000,000: more than in any index file, and within memory. */
  readonly maxValues?: number;
  /** Accept a key "__proto__" as a plain own property. Default false: no legitimate settings file has one. */
  readonly allowProtoKey?: boolean;
  /** Refuse words that JSON lacks (NaN, Infinity) and duplicate keys. Default false. */
  readonly strict?: boolean;
}

const MAX_LENGTH = 100_000_000;
const MAX_DEPTH = 64;
const MAX_VALUES = 4_000_000;

function fail(name: string, found: string, expected?: string, cause?: unknown): never {
  throw new FormatError({
    doing: `read the JSON of "${name}"`,
    found,
    ...(expected === undefined ? {} : { expected }),
    ...(cause === undefined ? {} : { cause }),
    fix: "the file is damaged, hostile or not the intended one",
  });
}

/** Index of the quote that closes the string opened at `open`, or the text's length. */
function closingQuote(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}

interface Container {
  /** The keys read so far; undefined for a list. */
  readonly keys: Set<string> | undefined;
  wantsKey: boolean;
}

type KeyRules = Pick<JsonLimits, "allowProtoKey" | "strict">;

function addKey(name: string, container: Container, quoted: string, rules: KeyRules): void {
  const key: unknown = quoted.includes("\\") ? JSON.parse(quoted) : quoted.slice(1, -1);
  if (typeof key !== "string" || container.keys === undefined) return;
  if (rules.strict && container.keys.has(key))
    fail(name, `the key ${JSON.stringify(key)} twice in one object`);
  if (key === "__proto__" && !rules.allowProtoKey) fail(name, 'a key "__proto__"', "ordinary keys");
  container.keys.add(key);
  container.wantsKey = false;
}

/** Checks depth and number of values before anything is built. The text need not be valid. */
function checkSize(text: string, name: string, maxDepth: number, maxValues: number): void {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22) at = closingQuote(text, at);
    else if (char === 0x7b || char === 0x5b) {
      if (++depth > maxDepth) fail(name, `deeper nesting at character ${at}`, `at most ${maxDepth} levels`);
      values++;
    } else if (char === 0x7d || char === 0x5d) depth--;
    else if (char === 0x2c && ++values > maxValues) fail(name, "more values", `at most ${maxValues} values`);
  }
}

/** Looks for keys that are refused. The text must be valid JSON. */
function checkKeys(text: string, name: string, rules: KeyRules): void {
  const open: Container[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    const inner = open.at(-1);
    if (char === 0x22) {
      const end = closingQuote(text, at);
      if (inner?.wantsKey) addKey(name, inner, text.slice(at, end + 1), rules);
      at = end;
    } else if (char === 0x7b) open.push({ keys: new Set(), wantsKey: true });
    else if (char === 0x5b) open.push({ keys: undefined, wantsKey: false });
    else if (char === 0x7d || char === 0x5d) open.pop();
    else if (char === 0x2c && inner?.keys !== undefined) inner.wantsKey = true;
  }
}

const NUMBER_WORDS: readonly (readonly [word: string, json: string])[] = [
  ["Infinity", "1e999"],
  ["NaN", "null"],
];

/** The text with Python's words for numbers (Infinity, NaN) replaced by JSON. Strings are not changed. */
function withoutNumberWords(text: string): string {
  if (!NUMBER_WORDS.some(([word]) => text.includes(word))) return text;
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22) at = closingQuote(text, at);
    if (char !== 0x49 && char !== 0x4e) continue;
    const found = NUMBER_WORDS.find(([word]) => text.startsWith(word, at));
    if (found === undefined) continue;
    parts.push(text.slice(from, at), found[1]);
    from = at + found[0].length;
    at = from - 1;
  }
  return parts.join("") + text.slice(from);
}

/** True for JSON objects, false for arrays and null. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Parses `text`, with or without a byte order mark, to an object. Throws FormatError if the text is too long,
 * nested too deep, not valid JSON, not an object, or has a key "__proto__"; in strict mode, also for
 * duplicate keys.
 * @param name of the file, for messages.
 */
export function readJsonObject(text: string, name: string, limits: JsonLimits = {}): JsonObject {
  const maxLength = limits.maxLength ?? MAX_LENGTH;
  if (text.length > maxLength) fail(name, `${text.length} characters`, `at most ${maxLength}`);
  checkSize(text, name, limits.maxDepth ?? MAX_DEPTH, limits.maxValues ?? MAX_VALUES);
  let value: JsonValue;
  try {
    const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    value = JSON.parse(limits.strict ? body : withoutNumberWords(body)) as JsonValue;
  } catch (cause) {
    fail(name, `no valid JSON (${cause instanceof Error ? cause.message : String(cause)})`, undefined, cause);
  }
  if (limits.strict || !limits.allowProtoKey) checkKeys(text, name, limits);
  if (isJsonObject(value)) return value;
  const kind = value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
  fail(name, kind, "an object");
}

/** UTF-8 bytes as text, with or without a byte order mark. Throws FormatError if they are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    fail(name, "bytes that are no UTF-8", "text", cause);
  }
}

/** `readJsonObject` of a whole file; its length is checked before it is read. */
export function readJsonSource(source: ByteSource, limits: JsonLimits = {}): JsonObject {
  const maxLength = limits.maxLength ?? MAX_LENGTH;
  if (source.byteLength > maxLength) fail(source.name, `${source.byteLength} bytes`, `at most ${maxLength}`);
  return readJsonObject(decodeUtf8(source.bytes(0, source.byteLength), source.name), source.name, limits);
}
