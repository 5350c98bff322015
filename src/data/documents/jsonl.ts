/** JSON lines: an object on each line, with the text in one of its fields. Empty lines are ignored. */
import {
  badDocument,
  decodeStrictly,
  type FoundDocument,
  MAX_DOCUMENT_BYTES,
  notUtf8,
  type Place,
  tooLong,
} from "./document.ts";
import { LineBuffer } from "./line-buffer.ts";

const BYTE_ORDER_MARK = "\ufeff";

/** Parses a JSON lines file chunk by chunk. */
export class JsonlDocuments {
  readonly #file: string;
  readonly #fields: readonly string[];
  readonly #lines = new LineBuffer();

  /** @param fields the first of these fields in a line is its text. @param file for messages. */
  constructor(file: string, fields: readonly string[]) {
    this.#file = file;
    this.#fields = fields;
  }

  /** @returns the documents that the chunk completes. Throws FormatError for a line that is too long. */
  push(chunk: Uint8Array): FoundDocument[] {
    const lines = this.#lines;
    lines.append(chunk);
    const found: FoundDocument[] = [];
    for (let line = lines.nextLine(); line !== undefined; line = lines.nextLine())
      found.push(...this.#document(lines.kept.subarray(line.start, line.end)));
    lines.forget(lines.lineStart);
    if (lines.kept.byteLength > MAX_DOCUMENT_BYTES) {
      const place = { file: this.#file, line: lines.lineNumber };
      throw tooLong(place, "put each object on a separate line");
    }
    return found;
  }

  end(): FoundDocument[] {
    const line = this.#lines.lastLine();
    return line === undefined ? [] : this.#document(this.#lines.kept.subarray(line.start, line.end));
  }

  /** Returns no document for an empty line. */
  #document(line: Uint8Array): FoundDocument[] {
    const number = this.#lines.lineNumber - 1;
    const place: Place = { file: this.#file, line: number };
    const decoded = decodeStrictly(line);
    if (decoded === undefined) return [notUtf8(place)];
    const json = number === 1 && decoded.startsWith(BYTE_ORDER_MARK) ? decoded.slice(1) : decoded;
    if (json.trim() === "") return [];
    try {
      return [documentOfFields(JSON.parse(json), this.#fields, place)];
    } catch (error) {
      const found = error instanceof Error ? error.message : String(error);
      const fix = "correct the line (each holds one object)";
      return [badDocument(place, { expected: "JSON", found, fix })];
    }
  }
}

function documentOfFields(value: unknown, fields: readonly string[], place: Place): FoundDocument {
  const expected = `an object with the text in ${fields.map((name) => `"${name}"`).join(" or ")}`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const found = Array.isArray(value) ? "an array" : `${JSON.stringify(value)}`.slice(0, 60);
    return badDocument(place, { expected, found, fix: "put an object on each line" });
  }
  const object = value as Readonly<Record<string, unknown>>;
  const field = fields.find((name) => Object.hasOwn(object, name));
  if (field === undefined) {
    const found = `the fields ${Object.keys(object).slice(0, 10).join(", ").slice(0, 200) || "of an empty object"}`;
    return badDocument(place, { expected, found, fix: "set the field that has the text (--field)" });
  }
  const text = object[field];
  if (typeof text === "string") return { kind: "document", text, place };
  const found = `${JSON.stringify(text)}`.slice(0, 60);
  return badDocument(place, { expected: `text in "${field}"`, found, fix: "set another field (--field)" });
}
