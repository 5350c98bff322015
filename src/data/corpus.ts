/**
 * An open corpus. Token files and indexes are mapped and read on demand. Nothing in the folder is trusted: file lengths
 * are checked on opening, a document's range and its tokens whenever they are read.
 */

import { platform } from "#platform";
import type { ByteSource } from "../base/bytes.ts";
import { DISPOSE } from "../base/dispose.ts";
import { FileError, FormatError, RequestError } from "../base/errors.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import {
  bytesOfToken,
  CORPUS_JSON,
  type CorpusFile,
  type CorpusFileSource,
  type CorpusFileSplit,
  INDEX_HEADER_BYTES,
  INDEX_MAGIC,
  INDEX_RECORD_BYTES,
  INDEX_VERSION,
  parseCorpusFile,
  type SplitName,
  splitFiles,
  type TokenType,
} from "./corpus-file.ts";
import { openCopiedTokenizer } from "./tokenizer-copy.ts";
import type { TokenArray, TokenDocuments, TrainingData, TrainingSource } from "./training-data.ts";

/** Largest view of a mapped file. */
const MAX_VIEW_BYTES = 2 ** 32;

const DAMAGED = "the file is damaged or truncated; pack the corpus again";

/** The documents of one split of a source, by number. */
export class Documents implements TokenDocuments, Disposable {
  readonly count: number;
  readonly tokenCount: number;
  /** UTF-8 bytes of all texts. */
  readonly byteLength: number;
  /** All ids are below this. */
  readonly vocabSize: number;
  readonly #tokens: ByteSource | undefined;
  readonly #index: ByteSource | undefined;
  readonly #records: DataView<ArrayBufferLike>;
  /** A view of all tokens, if the file is mapped. */
  readonly #mapped: Uint8Array | undefined;
  readonly #type: TokenType;

  private constructor(
    split: CorpusFileSplit,
    { type, vocabSize }: { readonly type: TokenType; readonly vocabSize: number },
    files?: { readonly tokens: ByteSource; readonly index: ByteSource },
  ) {
    this.count = split.documents;
    this.tokenCount = split.tokens;
    this.byteLength = split.bytes;
    this.vocabSize = vocabSize;
    this.#type = type;
    this.#tokens = files?.tokens;
    this.#index = files?.index;
    this.#records = files === undefined ? new DataView(new ArrayBuffer(0)) : recordsOf(files.index);
    const whole = files?.tokens.mapped === true && files.tokens.byteLength <= MAX_VIEW_BYTES;
    this.#mapped = whole ? files.tokens.bytes(0, files.tokens.byteLength) : undefined;
  }

  /** Opens the files of a split. @throws FileError, FormatError. */
  static open(
    folder: string,
    { tokenType, tokenizer }: CorpusFile,
    source: CorpusFileSource,
    name: SplitName,
  ) {
    const split = source[name];
    const options = { type: tokenType, vocabSize: tokenizer.vocabSize };
    if (split.documents === 0) return new Documents(split, options);
    const names = splitFiles(source.name, name);
    const tokens = platform.open(platform.join(folder, names.tokens));
    try {
      const index = platform.open(platform.join(folder, names.index));
      try {
        checkFiles(split, tokenType, { tokens, index });
        return new Documents(split, options, { tokens, index });
      } catch (error) {
        index.dispose();
        throw error;
      }
    } catch (error) {
      tokens.dispose();
      throw error;
    }
  }

  /** UTF-8 bytes of the document's text. */
  byteLengthOf(document: number): number {
    return u64(this.#records, this.#recordOf(document) + 8);
  }

  /** Number of the document's tokens. @throws FormatError if the index is damaged there. */
  lengthOf(document: number): number {
    const { start, end } = this.#range(document);
    return end - start;
  }

  /**
   * Tokens `from` to `to` of the document (default: all), as a view if the file is mapped.
   * @throws FormatError for a damaged index or a token outside the vocabulary, RequestError for a document that does not
   * exist.
   */
  tokensOf(document: number, from = 0, to?: number): TokenArray {
    const range = this.#range(document);
    const end = range.start + Math.min(to ?? range.end - range.start, range.end - range.start);
    const start = Math.min(range.start + from, end);
    const byteLength = bytesOfToken(this.#type);
    const bytes = this.#bytes(start * byteLength, end * byteLength);
    const aligned = bytes.byteOffset % byteLength === 0 ? bytes : bytes.slice();
    const Type = this.#type === "u16" ? Uint16Array : Uint32Array;
    const ids = new Type(aligned.buffer as ArrayBuffer, aligned.byteOffset, end - start);
    for (let i = 0; i < ids.length; i++)
      if (ids[i] >= this.vocabSize) throw this.#badToken(document, start - range.start + i, ids[i]);
    return ids;
  }

  #bytes(start: number, end: number): Uint8Array {
    if (this.#mapped !== undefined) return this.#mapped.subarray(start, end);
    return this.#tokens?.bytes(start, end - start) ?? new Uint8Array(0);
  }

  #badToken(document: number, at: number, id: number): FormatError {
    return new FormatError({
      doing: `read document ${document} of "${this.#tokens?.name}"`,
      expected: `tokens below ${this.vocabSize}`,
      found: `${id} at token ${at} of the document`,
      fix: DAMAGED,
    });
  }

  #recordOf(document: number): number {
    if (Number.isInteger(document) && document >= 0 && document < this.count)
      return document * INDEX_RECORD_BYTES;
    throw new RequestError({
      doing: "read a document of a corpus",
      expected: this.count === 0 ? "no document: there are none" : `a number from 0 to ${this.count - 1}`,
      found: String(document),
    });
  }

  #range(document: number): { readonly start: number; readonly end: number } {
    const at = this.#recordOf(document);
    const start = u64(this.#records, at);
    const end = u64(this.#records, at + INDEX_RECORD_BYTES);
    if (start < end && end <= this.tokenCount) return { start, end };
    throw new FormatError({
      doing: `read document ${document} of "${this.#index?.name}"`,
      expected: `a range inside ${this.tokenCount} tokens`,
      found: `${start} to ${end}`,
      fix: DAMAGED,
    });
  }

  dispose(): void {
    this.#tokens?.dispose();
    this.#index?.dispose();
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

/** Exact up to 2^53. Larger numbers are rounded, but remain larger than every valid count. */
function u64(view: DataView<ArrayBufferLike>, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

function recordsOf(index: ByteSource): DataView<ArrayBufferLike> {
  const bytes = index.bytes(INDEX_HEADER_BYTES, index.byteLength - INDEX_HEADER_BYTES);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function checkFiles(
  split: CorpusFileSplit,
  type: TokenType,
  { tokens, index }: { readonly tokens: ByteSource; readonly index: ByteSource },
): void {
  expectEqual(tokens, "bytes", split.tokens * bytesOfToken(type), tokens.byteLength);
  expectEqual(
    index,
    "bytes",
    INDEX_HEADER_BYTES + (split.documents + 1) * INDEX_RECORD_BYTES,
    index.byteLength,
  );
  const header = index.bytes(0, INDEX_HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const magic = String.fromCharCode(...header.subarray(0, INDEX_MAGIC.length));
  expectEqual(index, "the magic", INDEX_MAGIC, magic);
  expectEqual(index, "version", INDEX_VERSION, view.getUint32(8, true));
  expectEqual(index, "bytes of a token", bytesOfToken(type), view.getUint32(12, true));
  expectEqual(index, "documents", split.documents, u64(view, 16));
  expectEqual(index, "tokens", split.tokens, u64(view, 24));
  const records = recordsOf(index);
  expectEqual(index, "a first document at token", 0, u64(records, 0));
  expectEqual(index, "an end at token", split.tokens, u64(records, split.documents * INDEX_RECORD_BYTES));
}

function expectEqual(
  file: ByteSource,
  what: string,
  expected: number | string,
  found: number | string,
): void {
  if (expected === found) return;
  throw new FormatError({
    doing: `open "${file.name}"`,
    expected: `${what} ${expected}`,
    found: String(found),
    fix: DAMAGED,
  });
}

/** One named source of a corpus. */
export interface CorpusSource extends TrainingSource {
  readonly train: Documents;
  readonly heldOut: Documents;
}

/** A packed corpus. Keeps its files open until `dispose`. */
export class Corpus implements TrainingData, Disposable {
  readonly path: string;
  /** The contents of corpus.json. */
  readonly file: CorpusFile;
  readonly sources: readonly CorpusSource[];
  #tokenizer: Tokenizer | undefined;

  /** Use `openCorpus`. */
  constructor(path: string, file: CorpusFile, sources: readonly CorpusSource[]) {
    this.path = path;
    this.file = file;
    this.sources = sources;
  }

  /** Hash of everything that training depends on: vocabulary, tokens, document borders. */
  get id(): string {
    return this.file.id;
  }
  get vocabSize(): number {
    return this.file.tokenizer.vocabSize;
  }
  /** The vocabulary's file in the folder. */
  get tokenizerPath(): string {
    return platform.join(this.path, this.file.tokenizer.file);
  }
  get startsWithBos(): boolean {
    return this.file.bos !== null;
  }
  /** EOS: it is not text, so scores with and without it stay comparable. */
  get unscored(): number | undefined {
    return this.file.eos ?? undefined;
  }
  /** The vocabulary of the tokens. Opened on first use. */
  get tokenizer(): Tokenizer {
    this.#tokenizer ??= openCopiedTokenizer(this.path, this.file.tokenizer);
    return this.#tokenizer;
  }

  /** @throws RequestError if there is no such source. */
  source(name: string): CorpusSource {
    const found = this.sources.find((source) => source.name === name);
    if (found !== undefined) return found;
    throw new RequestError({
      doing: `use the source "${name}" of the corpus "${this.path}"`,
      expected: `one of ${this.sources.map((source) => source.name).join(", ")}`,
      found: "no such source",
    });
  }

  dispose(): void {
    for (const { train, heldOut } of this.sources) {
      train.dispose();
      heldOut.dispose();
    }
  }
  [DISPOSE](): void {
    this.dispose();
  }
}

const MAX_JSON_BYTES = 2 ** 28;

/**
 * Opens a folder written by `packCorpus`. Reads only corpus.json and the headers of the indexes.
 * @throws FileError for missing files, FormatError for damaged ones.
 */
export function openCorpus(path: string): Corpus {
  const json = platform.join(path, CORPUS_JSON);
  if (platform.status(json)?.kind !== "file") {
    throw new FileError({
      doing: `open the corpus "${path}"`,
      expected: `a folder with ${CORPUS_JSON}`,
      found: platform.status(path) === undefined ? "no such folder" : "none in it",
      fix: "check the path, or create a corpus with cria data pack",
    });
  }
  const file = parseCorpusFile(platform.readText(json, MAX_JSON_BYTES), json);
  const opened: Documents[] = [];
  const open = (source: CorpusFileSource, split: SplitName): Documents => {
    const documents = Documents.open(path, file, source, split);
    opened.push(documents);
    return documents;
  };
  try {
    const sources = file.sources.map((source) => ({
      name: source.name,
      weight: source.weight,
      train: open(source, "train"),
      heldOut: open(source, "heldOut"),
    }));
    return new Corpus(path, file, sources);
  } catch (error) {
    for (const documents of opened) documents.dispose();
    throw error;
  }
}
