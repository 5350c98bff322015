/**
 * Reads conversations from files of any known layout. What a file holds is recognised by its first bytes and its first
 * record, never by its name: an array of records, records on lines, or plain text.
 */
import { platform } from "#platform";
import { CriaError, FileError, FormatError, type Problem } from "../../base/errors.ts";
import { type Chunks, decompressed } from "../documents/decompress.ts";
import { decodeStrictly } from "../documents/document.ts";
import { type Place, placeText } from "../documents/index.ts";
import { fileChunks } from "../documents/read.ts";
import { TextDocuments } from "../documents/text.ts";
import type { BadRecord, Example } from "./conversation.ts";
import { ArrayRecords, LineRecords, type RawRecord } from "./json-records.ts";
import { isWrong, LAYOUTS, type Layout, layoutOf } from "./layouts.ts";

export interface ReadFile {
  readonly name: string;
  /** What was recognised: "Alpaca (instruction, input, output), an array". */
  readonly layout: string;
  /** Number of usable records. */
  readonly examples: number;
}

export interface ReadConversations {
  readonly examples: readonly Example[];
  readonly bad: readonly BadRecord[];
  readonly files: readonly ReadFile[];
}

/** Deeper folders are most likely a cycle of links. */
const MAX_DEPTH = 64;
/** Files next to data that hold none. */
const IGNORED = /^\.|^(?:readme|licen[cs]e|manifest)\b|\.(?:md|csv|tsv|py|sh)$/i;
const MARK = [0xef, 0xbb, 0xbf];

/** All files of a path, folders in the order of names. */
function filesOf(path: string, depth = 0): string[] {
  const status = platform.status(path);
  if (status === undefined) {
    throw new FileError({
      doing: `read "${path}"`,
      found: "there is no such file or folder",
      fix: "check the path",
    });
  }
  if (status.kind === "file") return [path];
  if (depth > MAX_DEPTH) {
    throw new FileError({
      doing: `list "${path}"`,
      found: `more than ${MAX_DEPTH} nested folders`,
      fix: "check for a link that points to a parent folder",
    });
  }
  return platform
    .list(path)
    .filter((name) => !IGNORED.test(name))
    .flatMap((name) => filesOf(platform.join(path, name), depth + 1));
}

/**
 * Reads everything under the paths.
 * @throws FileError for a missing path, FormatError for a damaged file or one whose records have no known layout.
 *   Single records that cannot be used are in `bad`.
 */
export async function readConversations(paths: readonly string[]): Promise<ReadConversations> {
  const examples: Example[] = [];
  const bad: BadRecord[] = [];
  const files: ReadFile[] = [];
  for (const name of paths.flatMap((path) => filesOf(path))) {
    const before = examples.length;
    const chunks = fileChunks({ name, byteLength: byteLengthOf(name) });
    const layout = await readConversationFile(name, chunks, examples, bad);
    files.push({ name, layout, examples: examples.length - before });
  }
  return { examples, bad, files };
}

const byteLengthOf = (name: string): number => platform.status(name)?.byteLength ?? 0;

/**
 * Reads one file, compressed or not, and adds what it holds to both lists. Returns its layout.
 * @throws FormatError for a damaged file or one whose records have no known layout.
 */
export async function readConversationFile(
  name: string,
  chunks: Chunks,
  examples: Example[],
  bad: BadRecord[],
): Promise<string> {
  let reader: Reader | undefined;
  for await (const chunk of decompressed(chunks, name)) {
    reader ??= readerOf(name, chunk, examples, bad);
    reader.push(chunk);
  }
  if (reader === undefined) return "empty";
  return reader.end();
}

interface Reader {
  push(chunk: Uint8Array): void;
  /** @returns the layout. */
  end(): string;
}

/** Chosen by the first byte that is not white space. */
function readerOf(file: string, start: Uint8Array, examples: Example[], bad: BadRecord[]): Reader {
  const from = MARK.every((byte, i) => start[i] === byte) ? MARK.length : 0;
  const first = start.subarray(from).find((byte) => byte > 0x20);
  if (first === 0x5b) return new Records(file, new ArrayRecords(file), "an array", examples, bad);
  if (first === 0x7b) return new Records(file, new LineRecords(file), "on lines", examples, bad);
  return new Texts(file, examples, bad);
}

class Texts implements Reader {
  readonly #documents: TextDocuments;
  readonly #examples: Example[];
  readonly #bad: BadRecord[];
  constructor(file: string, examples: Example[], bad: BadRecord[]) {
    this.#documents = new TextDocuments(file);
    this.#examples = examples;
    this.#bad = bad;
  }

  push(chunk: Uint8Array): void {
    this.#add(this.#documents.push(chunk));
  }
  end(): string {
    this.#add(this.#documents.end());
    return "plain text";
  }
  #add(found: ReturnType<TextDocuments["push"]>): void {
    for (const document of found) {
      if (document.kind === "bad") this.#bad.push(document);
      else if (document.text.trim() !== "")
        this.#examples.push({ content: { kind: "text", text: document.text }, place: document.place });
    }
  }
}

class Records implements Reader {
  readonly #file: string;
  readonly #splitter: ArrayRecords | LineRecords;
  readonly #form: string;
  readonly #examples: Example[];
  readonly #bad: BadRecord[];
  #layout: Layout | undefined;

  constructor(
    file: string,
    splitter: ArrayRecords | LineRecords,
    form: string,
    examples: Example[],
    bad: BadRecord[],
  ) {
    this.#file = file;
    this.#splitter = splitter;
    this.#form = form;
    this.#examples = examples;
    this.#bad = bad;
  }

  push(chunk: Uint8Array): void {
    for (const record of this.#splitter.push(chunk)) this.#add(record);
  }
  end(): string {
    for (const record of this.#splitter.end()) this.#add(record);
    return this.#layout === undefined ? "no records" : `${this.#layout.name}, ${this.#form}`;
  }

  #add({ bytes, line }: RawRecord): void {
    const place = { file: this.#file, line };
    const value = parsed(bytes, line);
    if (value instanceof Error) {
      this.#refuse(place, { expected: "JSON", found: value.message, fix: "correct the record" });
      return;
    }
    this.#layout ??= firstLayout(value, place);
    const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
    const content = isRecord ? this.#layout.read(value as Record<string, unknown>) : NO_RECORD;
    if (isWrong(content)) this.#refuse(place, { ...content, fix: "correct the record, or remove it" });
    else this.#examples.push({ content, place });
  }

  #refuse(place: Place, problem: Omit<Problem, "doing">): void {
    this.#bad.push({ place, problem: { doing: `read a record of ${placeText(place)}`, ...problem } });
  }
}

const NO_RECORD = { expected: "an object", found: "another value" };

/** The value of a record, or why it is none. */
function parsed(bytes: Uint8Array, line: number): unknown {
  const text = decodeStrictly(bytes);
  if (text === undefined) return new Error("invalid UTF-8");
  try {
    return JSON.parse(line === 1 && text.startsWith("\ufeff") ? text.slice(1) : text);
  } catch (error) {
    return error instanceof Error && !(error instanceof CriaError) ? error : new Error(String(error));
  }
}

function firstLayout(value: unknown, place: Place): Layout {
  const layout = layoutOf(value);
  if (layout !== undefined) return layout;
  const fields =
    typeof value === "object" && value !== null ? Object.keys(value).slice(0, 10).join(", ") : "";
  throw new FormatError({
    doing: `recognise the records of ${placeText(place)}`,
    expected: `one of ${LAYOUTS.map(({ name }) => name).join("; ")}`,
    found: fields === "" ? "no known fields" : `the fields ${fields.slice(0, 200)}`,
  });
}
