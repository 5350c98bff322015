/**
 * Plain text. A file is one document, byte for byte, unless it has lines that contain only `<|endoftext|>`, which separate
 * documents. In such a file the line break before a separator and the one at the end of the file are not part of a
 * document, so that all documents end the same way.
 */
import {
  decodeStrictly,
  type FoundDocument,
  MAX_DOCUMENT_BYTES,
  notUtf8,
  type Place,
  tooLong,
} from "./document.ts";
import { LineBuffer, withoutBreak } from "./line-buffer.ts";

export const SEPARATOR = "<|endoftext|>";
const SEPARATOR_BYTES = new TextEncoder().encode(SEPARATOR);
const BYTE_ORDER_MARK = "\ufeff";

function isSeparator(line: Uint8Array): boolean {
  const { byteLength } = SEPARATOR_BYTES;
  if (line.byteLength < byteLength || line.byteLength > byteLength + 2) return false;
  const plain = withoutBreak(line);
  return plain.byteLength === byteLength && SEPARATOR_BYTES.every((byte, i) => plain[i] === byte);
}

/** Parses a text file chunk by chunk. */
export class TextDocuments {
  readonly #file: string;
  readonly #lines = new LineBuffer();
  readonly #partBytes: number;
  #firstLine = 1;
  #separated = false;

  /**
   * @param file for messages.
   * @param partBytes longer documents are split into parts of at least this many bytes, which end with a line.
   */
  constructor(file: string, partBytes = Number.POSITIVE_INFINITY) {
    this.#file = file;
    this.#partBytes = partBytes;
  }

  /** @returns the documents that the chunk completes. Throws FormatError for one that is too long. */
  push(chunk: Uint8Array): FoundDocument[] {
    const lines = this.#lines;
    lines.append(chunk);
    const found: FoundDocument[] = [];
    let start = 0;
    for (let line = lines.nextLine(); line !== undefined; line = lines.nextLine()) {
      if (!isSeparator(lines.kept.subarray(line.start, line.end))) {
        if (line.end - start < this.#partBytes) continue;
        found.push(this.#document(lines.kept.subarray(start, line.end)));
        start = line.end;
        this.#firstLine = lines.lineNumber;
        continue;
      }
      found.push(this.#document(withoutBreak(lines.kept.subarray(start, line.start))));
      start = line.end;
      this.#separated = true;
      this.#firstLine = lines.lineNumber;
    }
    lines.forget(start);
    if (lines.kept.byteLength > MAX_DOCUMENT_BYTES) throw this.#tooLong();
    return found;
  }

  /** @returns the last document; none if the file ends with a separator. */
  end(): FoundDocument[] {
    const { kept, lineStart } = this.#lines;
    const last = kept.subarray(lineStart);
    if (isSeparator(last)) return [this.#document(withoutBreak(kept.subarray(0, lineStart)))];
    if (!this.#separated) return [this.#document(kept)];
    return kept.byteLength === 0 ? [] : [this.#document(withoutBreak(kept))];
  }

  #document(bytes: Uint8Array): FoundDocument {
    const place: Place = { file: this.#file, line: this.#firstLine };
    const text = decodeStrictly(bytes);
    if (text === undefined) return notUtf8({ ...place, line: this.#firstLine + badLine(bytes) });
    const marked = this.#firstLine === 1 && text.startsWith(BYTE_ORDER_MARK);
    return { kind: "document", text: marked ? text.slice(1) : text, place };
  }

  #tooLong(): Error {
    const place = { file: this.#file, line: this.#firstLine };
    return tooLong(place, `put lines with ${SEPARATOR} between its documents`);
  }
}

/** Number (from 0) of the first line with invalid UTF-8. */
function badLine(bytes: Uint8Array): number {
  const lines = new LineBuffer();
  lines.append(bytes);
  for (;;) {
    const line = lines.nextLine();
    if (line === undefined) return lines.lineNumber - 1;
    if (decodeStrictly(lines.kept.subarray(line.start, line.end)) === undefined) return lines.lineNumber - 2;
  }
}
