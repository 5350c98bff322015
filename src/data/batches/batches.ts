/**
 * Batches for training, without end or for a number of epochs. Each epoch of a source is shuffled twice: first its
 * documents, before they are laid out in rows, then the rows. Sources alternate by their shares. The position of a run
 * is a few numbers, its cursor. A run that continues from a cursor gets the same batches bit for bit.
 */
import { RequestError } from "../../base/errors.ts";
import type { TokenDocuments, TrainingData } from "../training-data.ts";
import { type BatchCursor, checkCursor, type RunSettings } from "./cursor.ts";
import { type Borders, EpochLayout, type Packing, type Piece } from "./layout.ts";
import { nextSource } from "./mixture.ts";
import { Permutation, randomFor } from "./permutation.ts";
import { type BatchInputs, type FilledRows, fillRows, type Row } from "./rows.ts";
import { TokenBytes } from "./token-bytes.ts";

/** A source of a mixture: its weight relative to the others, or its number of epochs. All entries use the same kind. */
export type MixtureEntry =
  | { readonly name: string; readonly weight: number; readonly epochs?: undefined }
  | { readonly name: string; readonly epochs: number; readonly weight?: undefined };

export interface BatchOptions {
  /** Rows per step. */
  readonly batch: number;
  /** Tokens per row. */
  readonly block: number;
  /** A non-negative integer up to 2^53 − 1. */
  readonly seed: number;
  /**
   * The mixture. Default: all sources with documents, by the weights of the corpus or, if it has none, by their numbers of
   * tokens. With epochs, the batches end once each source has been seen that often.
   */
  readonly sources?: readonly MixtureEntry[];
  /** Layout of documents in rows. Default "stream"; see `EpochLayout`. */
  readonly packing?: Packing;
  /** Whether documents in a row attend to each other ("open") or not ("masked", the default). */
  readonly borders?: Borders;
  /** Continue from here. All options but `batch` and the mixture's numbers must be those of the run. */
  readonly cursor?: BatchCursor;
}

export interface TrainingBatch {
  /** Counted from 0. */
  readonly step: number;
  readonly inputs: BatchInputs;
  /** Slots of documents: batch · block without padding. */
  readonly slotCount: number;
  /** Learnt targets: all slots, unless documents say otherwise. */
  readonly targetCount: number;
  /** UTF-8 bytes of the targets' text. */
  readonly byteCount: number;
  /** Epochs of each source after this step, with fractions. */
  readonly epochs: Readonly<Record<string, number>>;
  /** Position after this batch, regardless of read-ahead. */
  readonly cursor: BatchCursor;
}

/** Batches of the training documents of a corpus. @throws RequestError; later FormatError for damaged files. */
export function batches(corpus: TrainingData, options: BatchOptions): IterableIterator<TrainingBatch> {
  return run(new Mixture(corpus, options));
}

function* run(mixture: Mixture): Generator<TrainingBatch, undefined> {
  for (let batch = mixture.next(); batch !== undefined; batch = mixture.next()) yield batch;
}

interface Share {
  readonly name: string;
  readonly share: number;
  readonly epochs?: number;
}

class Mixture {
  readonly #settings: RunSettings;
  readonly #batch: number;
  readonly #shares: readonly Share[];
  readonly #numbers: readonly number[];
  readonly #rows: readonly SourceRows[];
  readonly #taken: number[];
  readonly #tokenBytes: TokenBytes;
  #step: number;

  constructor(corpus: TrainingData, options: BatchOptions) {
    const { batch, block, seed, packing = "stream", borders = "masked", cursor } = options;
    checkNumber("batch", batch, 1, 2 ** 24);
    checkNumber("block", block, 1, 2 ** 24);
    checkNumber("seed", seed, 0, Number.MAX_SAFE_INTEGER);
    this.#batch = batch;
    this.#shares = sharesOf(corpus, options.sources);
    this.#numbers = this.#shares.map(({ share }) => share);
    const names = this.#shares.map(({ name }) => name);
    this.#settings = { corpus: corpus.id, seed, block, packing, borders };
    if (cursor !== undefined) checkCursor(cursor, this.#settings, names);
    const places = cursor?.sources ?? names.map((name) => ({ name, share: 0, epoch: 0, row: 0, taken: 0 }));
    const sameMixture = places.every(({ share }, i) => share === this.#shares[i].share);
    this.#step = cursor?.step ?? 0;
    this.#taken = places.map(({ taken }) => (sameMixture ? taken : 0));
    this.#rows = this.#shares.map(
      ({ name, epochs }, i) =>
        new SourceRows(corpus.source(name).train, { ...this.#settings, name, epochs, ...place(places[i]) }),
    );
    this.#tokenBytes = new TokenBytes(corpus.tokenizer, { bos: corpus.startsWithBos });
  }

  /** Undefined at the end. */
  next(): TrainingBatch | undefined {
    const rows: Row[] = [];
    while (rows.length < this.#batch) {
      const source = nextSource(this.#numbers, this.#taken, (i) => this.#rows[i].hasMore);
      if (source === undefined) break;
      rows.push(this.#rows[source].next());
      this.#taken[source]++;
    }
    if (rows.length === 0) return undefined;
    const { block, borders } = this.#settings;
    const filled = fillRows(rows, { batch: this.#batch, block, borders, tokenBytes: this.#tokenBytes });
    return this.#described(filled);
  }

  #described(filled: FilledRows): TrainingBatch {
    const step = this.#step++;
    const sources = this.#shares.map(({ name, share }, i) => {
      const { epoch, row } = this.#rows[i];
      return { name, share, epoch, row, taken: this.#taken[i] };
    });
    return {
      step,
      ...filled,
      epochs: Object.fromEntries(this.#shares.map(({ name }, i) => [name, this.#rows[i].seen])),
      cursor: { version: 1, ...this.#settings, step: this.#step, sources },
    };
  }
}

const place = ({ epoch, row }: { readonly epoch: number; readonly row: number }) => ({ epoch, row });

function checkNumber(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  const expected = `a whole number from ${min} to ${max} for ${name}`;
  throw new RequestError({ doing: "make batches", expected, found: String(value) });
}

/** The sources of a mixture with their shares of rows, relative to each other. */
export function sharesOf(corpus: TrainingData, mixture: BatchOptions["sources"]): Share[] {
  const doing = `make batches of the corpus "${corpus.path}"`;
  const entries = mixture ?? defaultMixture(corpus);
  if (entries.length === 0)
    throw new RequestError({ doing, expected: "at least one source with documents", found: "none" });
  if (new Set(entries.map(({ name }) => name)).size < entries.length)
    throw new RequestError({
      doing,
      expected: "each source once",
      found: entries.map(({ name }) => name).join(", "),
    });
  const kinds = new Set(entries.map(({ epochs }) => (epochs === undefined ? "weight" : "epochs")));
  if (kinds.size > 1)
    throw new RequestError({ doing, expected: "weights for all sources, or epochs for all", found: "both" });
  return entries.map(({ name, weight, epochs }) => {
    const { count, tokenCount } = corpus.source(name).train;
    if (count === 0)
      throw new RequestError({
        doing,
        expected: `documents in the source "${name}"`,
        found: "none",
        fix: "omit it",
      });
    const amount = weight ?? epochs ?? 0;
    if (!(amount > 0 && amount < Number.POSITIVE_INFINITY)) {
      const expected = `a positive number for the source "${name}"`;
      throw new RequestError({ doing, expected, found: String(amount), fix: "omit unwanted sources" });
    }
    return epochs === undefined ? { name, share: amount } : { name, share: epochs * tokenCount, epochs };
  });
}

function defaultMixture(corpus: TrainingData): MixtureEntry[] {
  const sources = corpus.sources.filter(({ train }) => train.count > 0);
  const weighted = sources.some(({ weight }) => weight !== undefined);
  return sources.map(({ name, weight, train }) => ({
    name,
    weight: weighted ? (weight ?? 1) : train.tokenCount,
  }));
}

interface SourceOptions extends RunSettings {
  readonly name: string;
  readonly epochs?: number | undefined;
  readonly epoch: number;
  readonly row: number;
}

/** Rows of one source, epoch after epoch. */
class SourceRows {
  readonly #documents: TokenDocuments;
  readonly #options: SourceOptions;
  #epoch: number;
  #row: number;
  #layout: EpochLayout;
  #order: Permutation;

  constructor(documents: TokenDocuments, options: SourceOptions) {
    this.#documents = documents;
    this.#options = options;
    this.#epoch = options.epoch;
    this.#row = options.row;
    this.#layout = this.#layOut();
    this.#order = this.#rowOrder();
  }

  get epoch(): number {
    return this.#epoch;
  }
  get row(): number {
    return this.#row;
  }
  get seen(): number {
    return this.#epoch + this.#row / this.#layout.rowCount;
  }
  /** False after the last epoch. A fraction of an epoch is rounded up to whole rows. */
  get hasMore(): boolean {
    const { epochs } = this.#options;
    return epochs === undefined || this.seen < epochs;
  }

  next(): Row {
    const pieces: Piece[] = this.#layout.row(this.#order.at(this.#row++));
    if (this.#row === this.#layout.rowCount) {
      this.#epoch++;
      this.#row = 0;
      if (this.hasMore) {
        this.#layout = this.#layOut();
        this.#order = this.#rowOrder();
      }
    }
    return { documents: this.#documents, pieces };
  }

  #layOut(): EpochLayout {
    const { seed, name, block, packing, borders, row } = this.#options;
    const documents = this.#documents;
    const random = randomFor(seed, "documents", name, this.#epoch);
    const order = new Permutation(documents.count, random);
    const layout = new EpochLayout({
      count: documents.count,
      lengthOf: (document) => documents.lengthOf(document),
      order: (place) => order.at(place),
      block,
      packing,
      borders,
      phase: random.uniform(),
    });
    if (layout.rowCount > this.#row) return layout;
    throw new RequestError({
      doing: `make batches of the source "${name}"`,
      expected: row === 0 ? "documents of at least 2 tokens" : `a cursor inside ${layout.rowCount} rows`,
      found: row === 0 ? "shorter ones only" : `row ${row}`,
    });
  }

  #rowOrder(): Permutation {
    const { seed, name } = this.#options;
    return new Permutation(this.#layout.rowCount, randomFor(seed, "rows", name, this.#epoch));
  }
}
