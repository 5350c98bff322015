/**
 * Batches for evaluation on held-out documents. A document's score does not depend on the others in its batch. The EOS
 * at its end is not text and is not scored, so bits per byte are comparable between vocabularies with and without EOS.
 */
import { RequestError } from "../../base/errors.ts";
import type { TokenArray, TokenDocuments, TrainingData } from "../training-data.ts";
import { EpochLayout } from "./layout.ts";
import { Permutation, randomFor } from "./permutation.ts";
import { type FilledRows, fillRows } from "./rows.ts";
import { TokenBytes } from "./token-bytes.ts";

export interface HeldOutOptions {
  /** Rows per batch (default 1). */
  readonly batch?: number;
  /** Tokens per row. A longer document is cut into rows; no row sees the one before. */
  readonly block: number;
  /** Names of sources. Default: all with documents in the split. */
  readonly sources?: readonly string[];
  /** Limit on the documents of each source. */
  readonly maxDocuments?: number;
  /** Limit on the tokens of each source. The document that would exceed it is left out; the first one is cut. */
  readonly maxTokens?: number;
  /** Limit on the tokens of each document; the rest is not scored. */
  readonly documentTokens?: number;
  /** Which documents a limit selects: the first ones, or (default) a fixed random sample. */
  readonly order?: "file" | "sample";
  /** Default "heldOut"; "train" evaluates on training documents. */
  readonly split?: "heldOut" | "train";
}

/** The evaluated documents of one source. */
export interface HeldOutPart {
  readonly source: string;
  readonly documents: number;
  /** Scored tokens. */
  readonly targetCount: number;
  /** UTF-8 bytes of the scored text; exact for whole documents. */
  readonly byteLength: number;
  /** Batches of one shape. The loss of each is the mean over its `targetCount` targets. */
  batches(): Iterable<FilledRows>;
}

/** Bits per byte of a text: `nats` is the sum of the negative log-likelihoods of its tokens. */
export function bitsPerByte(nats: number, byteLength: number): number {
  return nats / (Math.LN2 * byteLength);
}

/**
 * The held-out documents of a corpus, source by source. With BOS before each document every byte is predicted. Without BOS
 * the first token is not, and its bytes are not counted.
 * @throws RequestError if there are none.
 */
export function heldOut(corpus: TrainingData, options: HeldOutOptions): HeldOutPart[] {
  const { split = "heldOut", sources } = options;
  const all = corpus.sources.filter((source) => source[split].count > 0).map(({ name }) => name);
  const names = sources ?? all;
  const empty = names.find((name) => corpus.source(name)[split].count === 0);
  if (names.length === 0 || empty !== undefined) {
    throw new RequestError({
      doing: `evaluate on the corpus "${corpus.path}"`,
      expected: empty === undefined ? "held-out documents" : `held-out documents in the source "${empty}"`,
      found: "none",
      fix: "pack the corpus with a held-out share or held-out files",
    });
  }
  const tokenBytes = new TokenBytes(corpus.tokenizer, { bos: corpus.startsWithBos });
  const eos = corpus.unscored;
  return names.map((name) => new Part(name, corpus.source(name)[split], { ...options, tokenBytes, eos }));
}

interface Chosen {
  readonly document: number;
  /** Number of its tokens that are used. */
  readonly length: number;
}

type PartOptions = HeldOutOptions & { readonly tokenBytes: TokenBytes; readonly eos: number | undefined };

class Part implements HeldOutPart {
  readonly source: string;
  readonly targetCount: number;
  readonly byteLength: number;
  readonly #documents: TokenDocuments;
  readonly #chosen: readonly Chosen[];
  readonly #options: PartOptions;

  constructor(source: string, documents: TokenDocuments, options: PartOptions) {
    this.source = source;
    this.#documents = documents;
    this.#options = options;
    this.#chosen = choose(documents, options);
    const scored = this.#chosen.map((chosen) => scoredOf(documents, chosen, options));
    this.targetCount = scored.reduce((sum, { targets }) => sum + targets, 0);
    this.byteLength = scored.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get documents(): number {
    return this.#chosen.length;
  }

  *batches(): Generator<FilledRows> {
    const { batch = 1, block, tokenBytes, eos } = this.#options;
    const chosen = this.#chosen;
    const layout = new EpochLayout({
      count: chosen.length,
      lengthOf: (i) => chosen[i].length,
      order: (i) => i,
      block,
      packing: "documents",
      borders: "masked",
    });
    for (let first = 0; first < layout.rowCount; first += batch) {
      const rows = Array.from({ length: Math.min(batch, layout.rowCount - first) }, (_, i) => ({
        documents: this.#documents,
        pieces: layout
          .row(first + i)
          .map((piece) => ({ ...piece, document: chosen[piece.document].document })),
      }));
      yield fillRows(rows, { batch, block, borders: "masked", tokenBytes, unlearnt: eos });
    }
  }
}

function choose(documents: TokenDocuments, options: HeldOutOptions): Chosen[] {
  const {
    maxDocuments,
    maxTokens = Number.POSITIVE_INFINITY,
    documentTokens = Number.POSITIVE_INFINITY,
  } = options;
  const limited = maxDocuments !== undefined || options.maxTokens !== undefined;
  const sampled = limited && options.order !== "file";
  const sample = sampled ? new Permutation(documents.count, randomFor(0, "held-out")) : undefined;
  const chosen: Chosen[] = [];
  let tokens = 0;
  for (let i = 0; i < documents.count && chosen.length < (maxDocuments ?? documents.count); i++) {
    const document = sample?.at(i) ?? i;
    const length = Math.min(documents.lengthOf(document), documentTokens);
    if (tokens + length > maxTokens && chosen.length > 0) break;
    chosen.push({ document, length: Math.min(length, maxTokens) });
    tokens += length;
  }
  return chosen;
}

/** Number of scored targets of a document, and the bytes of their text. */
function scoredOf(
  documents: TokenDocuments,
  { document, length }: Chosen,
  { tokenBytes, eos }: PartOptions,
): { readonly targets: number; readonly bytes: number } {
  const ids = documents.tokensOf(document, 0, length);
  const learnt = documents.learntOf?.(document, 0, length);
  if (learnt !== undefined) return learntScore(ids, learnt, tokenBytes);
  const isWhole = length === documents.lengthOf(document);
  const ends = isWhole && ids[length - 1] === eos;
  const targets = Math.max(length - 1 - Number(ends), 0);
  const unscored = tokenBytes.of(ids[0], 0); // 0 for BOS
  if (isWhole) return { targets, bytes: documents.byteLengthOf(document) - unscored };
  let bytes = 0;
  for (let i = 1; i < length; i++) bytes += tokenBytes.of(ids[i], i);
  return { targets, bytes: Math.min(bytes, documents.byteLengthOf(document)) };
}

/** Of a document of which only some tokens are learnt: only those are scored, with their bytes. */
function learntScore(ids: TokenArray, learnt: Uint8Array, tokenBytes: TokenBytes) {
  let [targets, bytes] = [0, 0];
  for (let i = 1; i < ids.length; i++) {
    if (learnt[i] === 0) continue;
    targets++;
    bytes += tokenBytes.of(ids[i], i);
  }
  return { targets, bytes };
}
