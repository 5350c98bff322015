/** The result of reading a document: its text or an error, and its place. */
import { FormatError, type Problem } from "../../base/errors.ts";

/** Longest document, in UTF-8 bytes. A whole document is kept in memory. */
export const MAX_DOCUMENT_BYTES = 2 ** 27;

/** Where a document begins: its file, and its line (from 1) or its row of a table (from 0). */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly row?: number;
}

export interface GoodDocument {
  readonly kind: "document";
  readonly text: string;
  readonly place: Place;
}

/** A document that cannot be read. Reading continues after it. */
export interface BadDocument {
  readonly kind: "bad";
  readonly place: Place;
  readonly problem: Problem;
}

export type FoundDocument = GoodDocument | BadDocument;

/** `"corpus.jsonl", line 12`. */
export function placeText({ file, line, row }: Place): string {
  if (line !== undefined) return `"${file}", line ${line}`;
  return row === undefined ? `"${file}"` : `"${file}", row ${row}`;
}

/** A document that cannot be read. @param fix a remedy other than skipping it. */
export function badDocument(
  place: Place,
  { fix, ...problem }: { expected?: string; found: string; fix: string },
): BadDocument {
  const doing = `read a document of ${placeText(place)}`;
  return { kind: "bad", place, problem: { doing, ...problem, fix } };
}

/** An overlong document. It ends the reading of its file, because the document's end is unknown. */
export function tooLong(place: Place, fix: string): FormatError {
  return new FormatError({
    doing: `read a document of ${placeText(place)}`,
    expected: `at most ${MAX_DOCUMENT_BYTES} bytes`,
    found: "more",
    fix,
  });
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined for invalid UTF-8. Keeps U+FEFF. */
export function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

const UTF8_FIX = "convert the file to UTF-8 (iconv -f FROM -t UTF-8)";

/** Invalid UTF-8. */
export function notUtf8(place: Place): BadDocument {
  return badDocument(place, { expected: "UTF-8", found: "invalid bytes", fix: UTF8_FIX });
}
