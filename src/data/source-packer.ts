/**
 * Packs one source: reads its documents, assigns each to a split, encodes them in batches, and writes them in their
 * original order, however many batches run at once.
 */
import { platform } from "#platform";
import type { FolderSink } from "../platform/platform.ts";
import type { CorpusFileSource, SplitName, TokenType } from "./corpus-file.ts";
import { type BadDocument, type DocumentInput, readDocuments } from "./documents/index.ts";
import type { EncodedBatch, Encoder } from "./encode-pool.ts";
import type { TextCutter, TextPart } from "./long-text.ts";
import type { Borders, PackSource } from "./pack-options.ts";
import { SplitWriter } from "./split-writer.ts";

/** State shared by the sources of a corpus during packing. */
export interface PackContext {
  readonly folder: FolderSink;
  readonly encoder: Encoder;
  readonly cutter: TextCutter;
  readonly tokenType: TokenType;
  readonly borders: Borders;
  readonly fields: readonly string[];
  /** Share of documents to hold out. */
  readonly heldOut: number;
  /** Hashes of documents of held-out files. */
  readonly heldOutTexts: Set<string>;
  /** Throws unless bad documents are skipped. */
  onBad(document: BadDocument): void;
  /** Reports work since the last call. Throws on abort. */
  onProgress(more: { readonly bytes?: number; readonly documents?: number; readonly tokens?: number }): void;
}

/** The split of an input; "both" is decided for each document. */
export type InputSplit = SplitName | "both";

/** A batch is full when it reaches one of these. */
const BATCH_CHARACTERS = 1 << 18;
const BATCH_DOCUMENTS = 1 << 10;

/** A document, or a part of a long one, before it is encoded. */
interface Waiting extends TextPart {
  readonly split: SplitName;
  /** Of the whole document. */
  readonly byteLength: number;
}

const utf8 = new TextEncoder();

/** 128 bits of a document's SHA-256, as digits. */
function hashOf(bytes: Uint8Array): string {
  const hash = platform.hash("sha256");
  hash.update(bytes);
  return hash.digest().slice(0, 32);
}

/** The first 48 bits, as a fraction of 1, are below `share`. A larger share holds out the same documents and more. */
export function isHeldOut(hash: string, share: number): boolean {
  return Number.parseInt(hash.slice(0, 12), 16) / 2 ** 48 < share;
}

export class SourcePacker {
  readonly #source: PackSource;
  readonly #context: PackContext;
  readonly #writers: Readonly<Record<SplitName, SplitWriter>>;
  readonly #skipped = { empty: 0, bad: 0, heldOutCopies: 0 };
  readonly #inputs: CorpusFileSource["inputs"] = [];
  #batch: Waiting[] = [];
  #characters = 0;
  /** Running batches, oldest first. */
  readonly #encoding: { readonly parts: readonly Waiting[]; readonly result: Promise<EncodedBatch> }[] = [];

  constructor(source: PackSource, context: PackContext) {
    this.#source = source;
    this.#context = context;
    const writer = (split: SplitName) =>
      new SplitWriter(context.folder, { source: source.name, split, type: context.tokenType });
    this.#writers = { train: writer("train"), heldOut: writer("heldOut") };
  }

  /** Packs files and streams, in order. */
  async pack(inputs: readonly DocumentInput[], split: InputSplit): Promise<void> {
    for (const input of inputs) await this.#packInput(input, split);
    this.#submit();
    while (this.#encoding.length > 0) await this.#writeOldest();
  }

  async #packInput(input: DocumentInput, split: InputSplit): Promise<void> {
    const { fields, onBad, onProgress } = this.#context;
    const hash = platform.hash("sha256");
    let byteLength = 0;
    const onBytes = (bytes: Uint8Array) => {
      hash.update(bytes);
      byteLength += bytes.byteLength;
      onProgress({ bytes: bytes.byteLength });
    };
    for await (const found of readDocuments(input, { fields, onBytes })) {
      for (const document of found) {
        if (document.kind === "document") {
          await this.#take(document.text, split);
        } else {
          this.#skipped.bad++;
          onBad(document);
        }
      }
    }
    const { name, format } = input;
    this.#inputs.push({ name, format, split, byteLength, sha256: hash.digest() });
  }

  async #take(text: string, inputSplit: InputSplit): Promise<void> {
    if (text.trim() === "") {
      this.#skipped.empty++;
      return;
    }
    const bytes = utf8.encode(text);
    const split = this.#splitOf(bytes, inputSplit);
    if (split === undefined) {
      this.#skipped.heldOutCopies++;
      return;
    }
    for (const part of this.#context.cutter.cut(text)) {
      this.#batch.push({ ...part, split, byteLength: bytes.byteLength });
      this.#characters += part.text.length;
      if (this.#characters < BATCH_CHARACTERS && this.#batch.length < BATCH_DOCUMENTS) continue;
      this.#submit();
      while (this.#encoding.length > this.#context.encoder.parallel) await this.#writeOldest();
    }
  }

  /** Undefined for a copy of a document from a held-out file. */
  #splitOf(bytes: Uint8Array, inputSplit: InputSplit): SplitName | undefined {
    const { heldOut, heldOutTexts } = this.#context;
    if (inputSplit === "heldOut") {
      heldOutTexts.add(hashOf(bytes));
      return "heldOut";
    }
    if (inputSplit === "train" && heldOutTexts.size === 0) return "train";
    const hash = hashOf(bytes);
    if (heldOutTexts.has(hash)) return undefined;
    return inputSplit === "both" && isHeldOut(hash, heldOut) ? "heldOut" : "train";
  }

  #submit(): void {
    if (this.#batch.length === 0) return;
    const parts = this.#batch;
    const texts = parts.map(({ text, continues, goesOn }) => ({ text, continues, goesOn }));
    const result = this.#context.encoder.encode(texts);
    result.catch(() => {}); // awaited later, unless an earlier batch fails
    this.#encoding.push({ parts, result });
    this.#batch = [];
    this.#characters = 0;
  }

  async #writeOldest(): Promise<void> {
    const oldest = this.#encoding.shift();
    if (oldest === undefined) return;
    const { ids, lengths } = await oldest.result;
    let documents = 0;
    let at = 0;
    for (const [i, part] of oldest.parts.entries()) {
      documents += this.#writePart(part, ids.subarray(at, at + lengths[i]));
      at += lengths[i];
    }
    this.#context.onProgress({ documents, tokens: at });
  }

  /** @returns 1 if a document begins with the part, else 0. */
  #writePart({ split, byteLength, continues, goesOn }: Waiting, ids: Int32Array): number {
    const { bos, eos } = this.#context.borders;
    if (!continues && !goesOn && ids.length <= Number(bos) + Number(eos)) {
      this.#skipped.empty++; // the vocabulary drops all of it
      return 0;
    }
    if (!continues) this.#writers[split].begin(byteLength);
    this.#writers[split].append(ids);
    return Number(!continues);
  }

  /** Completes the source's files. */
  close(): CorpusFileSource {
    const { name, weight } = this.#source;
    return {
      name,
      ...(weight === undefined ? {} : { weight }),
      train: this.#writers.train.close(),
      heldOut: this.#writers.heldOut.close(),
      skipped: this.#skipped,
      inputs: this.#inputs,
    };
  }
}
