/** Writes one split of a source, document after document, with buffers of fixed size. */
import { platform } from "#platform";
import type { FileSink, FolderSink } from "../platform/platform.ts";
import {
  bytesOfToken,
  type CorpusFileSplit,
  INDEX_HEADER_BYTES,
  INDEX_MAGIC,
  INDEX_VERSION,
  type SplitName,
  splitFiles,
  type TokenType,
} from "./corpus-file.ts";

const BUFFER_BYTES = 1 << 20;

/** Buffers and hashes the bytes written to a file. */
class HashedFile {
  readonly #sink: FileSink;
  readonly #hash = platform.hash("sha256");
  #buffer = new DataView(new ArrayBuffer(BUFFER_BYTES));
  #used = 0;

  constructor(sink: FileSink) {
    this.#sink = sink;
  }

  #flush(): void {
    const bytes = new Uint8Array(this.#buffer.buffer, 0, this.#used);
    this.#sink.write(bytes);
    this.#hash.update(bytes);
    this.#used = 0;
  }
  #room(length: number): number {
    if (this.#used + length > BUFFER_BYTES) this.#flush();
    this.#used += length;
    return this.#used - length;
  }

  tokens(ids: ArrayLike<number>, type: TokenType): void {
    const byteLength = bytesOfToken(type);
    for (let i = 0; i < ids.length; i++) {
      const at = this.#room(byteLength);
      if (byteLength === 2) this.#buffer.setUint16(at, ids[i], true);
      else this.#buffer.setUint32(at, ids[i], true);
    }
  }
  u64(...values: readonly number[]): void {
    for (const value of values) this.#buffer.setBigUint64(this.#room(8), BigInt(value), true);
  }

  /** @returns the hash of everything written through this object. */
  close(): string {
    this.#flush();
    return this.#hash.digest();
  }
}

export interface SplitWriterOptions {
  readonly source: string;
  readonly split: SplitName;
  readonly type: TokenType;
}

export class SplitWriter {
  readonly #folder: FolderSink;
  readonly #options: SplitWriterOptions;
  #files:
    | { readonly sinks: readonly FileSink[]; readonly tokens: HashedFile; readonly records: HashedFile }
    | undefined;
  #documents = 0;
  #tokens = 0;
  #bytes = 0;

  /** Creates its files with the first document. */
  constructor(folder: FolderSink, options: SplitWriterOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** Begins a document. @param byteLength UTF-8 bytes of its text. */
  begin(byteLength: number): void {
    this.#files ??= this.#open();
    this.#files.records.u64(this.#tokens, byteLength);
    this.#documents++;
    this.#bytes += byteLength;
  }

  /** Adds tokens to the current document. */
  append(ids: ArrayLike<number>): void {
    this.#files?.tokens.tokens(ids, this.#options.type);
    this.#tokens += ids.length;
  }

  /** Writes the buffered bytes and completes the files. */
  close(): CorpusFileSplit {
    const counts = { documents: this.#documents, tokens: this.#tokens, bytes: this.#bytes };
    if (this.#files === undefined) return counts;
    const { sinks, tokens, records } = this.#files;
    records.u64(this.#tokens, 0);
    const hashes = { tokensSha256: tokens.close(), indexSha256: records.close() };
    sinks[1].writeAt(0, this.#header());
    for (const sink of sinks) sink.commit();
    return { ...counts, ...hashes };
  }

  #open() {
    const { source, split } = this.#options;
    const names = splitFiles(source, split);
    const sinks = [this.#folder.file(names.tokens), this.#folder.file(names.index)];
    sinks[1].write(new Uint8Array(INDEX_HEADER_BYTES));
    return { sinks, tokens: new HashedFile(sinks[0]), records: new HashedFile(sinks[1]) };
  }

  #header(): Uint8Array {
    const view = new DataView(new ArrayBuffer(INDEX_HEADER_BYTES));
    for (let i = 0; i < INDEX_MAGIC.length; i++) view.setUint8(i, INDEX_MAGIC.charCodeAt(i));
    view.setUint32(8, INDEX_VERSION, true);
    view.setUint32(12, bytesOfToken(this.#options.type), true);
    view.setBigUint64(16, BigInt(this.#documents), true);
    view.setBigUint64(24, BigInt(this.#tokens), true);
    return new Uint8Array(view.buffer);
  }
}
