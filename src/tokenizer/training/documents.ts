/**
 * Documents out of bytes: plain text, where a line `<|endoftext|>` ends a document, or JSON lines. Input is read as it
 * comes; what is held is a block of lines and, of a long document, one stretch.
 */
import { FormatError } from "../../base/errors.ts";
import { charClass, SPACE } from "../char-class.ts";
import { isWordEnd } from "./lines.ts";

export interface DocumentSource {
  /** File name, for messages. */
  readonly name: string;
  readonly format: "text" | "jsonl";
  /** Member of each JSON object that holds the text. Default "text". */
  readonly field?: string;
}

const SEPARATOR = "<|endoftext|>";
/** UTF-16 units of a document; a longer one is handed on in several, cut where a line and a word end. */
const MAX_DOCUMENT = 2 ** 22;
const MAX_JSON_LINE = 2 ** 26;
/** Bytes without a line break that are kept to find one. */
const MAX_BLOCK = 2 ** 23;

/** Throws FormatError for bytes that are no UTF-8 and for broken JSON, with the number of the line. */
export function readDocuments(
  chunks: AsyncIterable<Uint8Array>,
  source: DocumentSource,
): AsyncGenerator<string> {
  const blocks = decodedBlocks(chunks, source.name);
  return source.format === "text" ? textDocuments(blocks) : jsonDocuments(blocks, source);
}

interface Block {
  readonly text: string;
  /** Number of its first line, from 1. */
  readonly line: number;
}

/** Text in blocks that end with a line break, but for the last one and for lines longer than MAX_BLOCK. */
async function* decodedBlocks(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Block> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let kept = new Uint8Array(0);
  let line = 1;
  let atStart = true;
  const block = (bytes: Uint8Array): Block => {
    const text = decode(decoder, bytes, line, name);
    const result = { text: atStart && text.startsWith("\ufeff") ? text.slice(1) : text, line };
    for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) line++;
    atStart = false;
    return result;
  };
  for await (const chunk of chunks) {
    const bytes = new Uint8Array(kept.length + chunk.length);
    bytes.set(kept);
    bytes.set(chunk, kept.length);
    let end = bytes.lastIndexOf(0x0a) + 1;
    if (end === 0 && bytes.length > MAX_BLOCK) end = lastCharacterStart(bytes);
    if (end > 0) yield block(bytes.subarray(0, end));
    kept = bytes.slice(end);
  }
  if (kept.length > 0) yield block(kept);
}

/** Start of the last character, which may be incomplete. */
function lastCharacterStart(bytes: Uint8Array): number {
  let at = bytes.length - 1;
  while (at > bytes.length - 4 && (bytes[at] & 0xc0) === 0x80) at--;
  return at;
}

function decode(decoder: TextDecoder, bytes: Uint8Array, firstLine: number, name: string): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    let [from, line] = [0, firstLine];
    for (let to = bytes.indexOf(0x0a); to >= 0 && isUtf8(decoder, bytes.subarray(from, to)); line++) {
      from = to + 1;
      to = bytes.indexOf(0x0a, from);
    }
    throw new FormatError({
      doing: `read "${name}"`,
      expected: "text in UTF-8",
      found: `other bytes in line ${line}`,
      fix: "convert the file to UTF-8, or leave it out",
      cause,
    });
  }
}

function isUtf8(decoder: TextDecoder, bytes: Uint8Array): boolean {
  try {
    decoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

async function* textDocuments(blocks: AsyncIterable<Block>): AsyncGenerator<string> {
  let document = "";
  for await (const { text } of blocks) {
    let from = 0;
    for (let at = text.indexOf(SEPARATOR); at >= 0; at = text.indexOf(SEPARATOR, at + 1)) {
      const end = endOfSeparator(text, at);
      if (end < 0) continue;
      document += text.slice(from, at);
      if (document !== "") yield document;
      document = "";
      from = end;
    }
    document += text.slice(from);
    while (document.length > MAX_DOCUMENT) {
      const cut = lastCut(document.slice(0, MAX_DOCUMENT));
      yield document.slice(0, cut);
      document = document.slice(cut);
    }
  }
  if (document !== "") yield document;
}

/** Where the text goes on after a separator that is a whole line; -1 if it is part of one. */
function endOfSeparator(text: string, at: number): number {
  const end = at + SEPARATOR.length;
  if (at > 0 && text[at - 1] !== "\n") return -1;
  if (end === text.length) return end;
  if (text[end] === "\n") return end + 1;
  return text.startsWith("\r\n", end) ? end + 2 : -1;
}

/** The last place to cut a long text: after a line where a word ends, else after any line, else before a space. */
function lastCut(text: string): number {
  for (let at = text.lastIndexOf("\n"); at > 0; at = text.lastIndexOf("\n", at - 1)) {
    if (isWordEnd(text, at + 1)) return at + 1;
  }
  const line = text.lastIndexOf("\n") + 1;
  if (line > 0) return line;
  for (let at = text.lastIndexOf(" "); at > 0; at = text.lastIndexOf(" ", at - 1)) {
    if (!(charClass(text.charCodeAt(at - 1)) & SPACE)) return at;
  }
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
}

async function* jsonDocuments(blocks: AsyncIterable<Block>, source: DocumentSource): AsyncGenerator<string> {
  let rest = "";
  let number = 1;
  for await (const { text } of blocks) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const document = textOfJson(line, number++, source);
      if (document !== "") yield document;
    }
    if (rest.length > MAX_JSON_LINE) throw badLine(source, number, `more than ${MAX_JSON_LINE} characters`);
  }
  const document = textOfJson(rest, number, source);
  if (document !== "") yield document;
}

/** The text of one line; "" for a blank one. */
function textOfJson(line: string, number: number, source: DocumentSource): string {
  if (line.trim() === "") return "";
  const { field = "text" } = source;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw badLine(source, number, (cause as Error).message, cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badLine(source, number, "another kind of value");
  }
  const text: unknown = Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined;
  if (typeof text === "string") return text;
  const fields = Object.keys(value).slice(0, 8).join(", ");
  throw badLine(
    source,
    number,
    text === undefined ? `the fields ${fields}` : `a ${typeof text} in that field`,
  );
}

function badLine({ name, field = "text" }: DocumentSource, line: number, found: string, cause?: unknown) {
  return new FormatError({
    doing: `read line ${line} of "${name}"`,
    expected: `a JSON object with text in the field "${field}"`,
    found: found.slice(0, 200),
    fix: "name the field that holds the text, or correct the line",
    ...(cause === undefined ? {} : { cause }),
  });
}
