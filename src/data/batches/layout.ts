/**
 * One epoch of a source, laid out in rows of `block` slots. A slot is a token and its target, the token that follows.
 *
 *     masked borders    a document has tokens − 1 slots: its last token has no target
 *     open borders      a document has as many slots as tokens: the last target is the next document's first token
 *     stream            documents follow one another and are cut where a row is full; the next row continues
 *     documents         a document that fits into a row is never cut: the rest of the row before it stays empty; a longer
 *                       document fills whole rows, and its last part shares a row
 *     single            each document begins a row: a step has as many documents as rows
 *
 * Every slot of every document is in exactly one row. The first document of a stream starts at `phase`, and the slots
 * before `phase` come last, so that a source of one long document is cut at different places in each epoch. Only the
 * start of every 16th row is stored; other rows are found from there.
 */

/** How documents fill rows: cut where a row is full, kept whole if they fit, or one in each row. */
export const PACKINGS = ["stream", "documents", "single"] as const;
export type Packing = (typeof PACKINGS)[number];
/** How much a token sees of earlier documents in its row: nothing, or all of them. */
export const BORDERS = ["masked", "open"] as const;
export type Borders = (typeof BORDERS)[number];

/** The part of a document in one row. */
export interface Piece {
  readonly document: number;
  /** First slot, and number of slots. */
  readonly from: number;
  readonly count: number;
  /** With open borders: the document whose first token is the last target. */
  readonly next?: number;
}

export interface LayoutOptions {
  /** Number of documents. */
  readonly count: number;
  /** Tokens of a document, at least 1. */
  readonly lengthOf: (document: number) => number;
  /** The document at each place of the order. */
  readonly order: (place: number) => number;
  readonly block: number;
  readonly packing: Packing;
  readonly borders: Borders;
  /** Start of the first document of a stream, as a fraction of a row, from 0 to below 1. Default 0. */
  readonly phase?: number;
}

const STRIDE = 16;

/** Start of a row: a place of the order, and a slot of the document there. */
interface Position {
  place: number;
  slot: number;
}

export class EpochLayout {
  readonly rowCount: number;
  readonly #options: LayoutOptions;
  /** First slot of the stream in the document at place 0. The slots before it come at place `count`. */
  readonly #phase: number;
  /** Starts of rows 0, 16, 32, …: place and slot alternate. */
  readonly #starts: number[] = [];

  /** Reads the lengths of all documents once. */
  constructor(options: LayoutOptions) {
    this.#options = options;
    const { count, packing, block, phase = 0 } = options;
    const longest =
      count === 0 || packing !== "stream" ? 0 : Math.min(block, this.#slotsOf(options.order(0)));
    this.#phase = Math.floor(phase * longest);
    const position = { place: 0, slot: this.#phase };
    let rows = 0;
    for (;;) {
      const { place, slot } = position;
      if (!this.#advance(position)) break;
      if (rows % STRIDE === 0) this.#starts.push(place, slot);
      rows++;
    }
    this.rowCount = rows;
  }

  /** The pieces of a row in order, with at most `block` slots. */
  row(row: number): Piece[] {
    const nearest = Math.floor(row / STRIDE);
    const position = { place: this.#starts[2 * nearest], slot: this.#starts[2 * nearest + 1] };
    for (let before = nearest * STRIDE; before < row; before++) this.#advance(position);
    const pieces: Piece[] = [];
    this.#advance(position, pieces);
    return pieces;
  }

  #slotsOf(document: number): number {
    const length = this.#options.lengthOf(document);
    return this.#options.borders === "open" ? length : length - 1;
  }

  /** Moves over one row and collects its pieces. False if no slot was left. */
  #advance(position: Position, pieces?: Piece[]): boolean {
    const { count, order, block, packing } = this.#options;
    const last = this.#phase > 0 ? count : count - 1;
    let room = block;
    while (room > 0 && position.place <= last) {
      const document = order(position.place % count);
      const end = position.place === count ? this.#phase : this.#slotsOf(document);
      const left = end - position.slot;
      if (packing === "documents" && left > room && room < block) break;
      const taken = Math.min(left, room);
      if (taken > 0) pieces?.push(this.#piece(position, document, taken));
      room -= taken;
      position.slot += taken;
      if (position.slot < end) continue;
      position.place++;
      position.slot = 0;
      if (packing === "single" && taken > 0) break;
    }
    return room < block;
  }

  #piece({ place, slot: from }: Position, document: number, count: number): Piece {
    const { borders, lengthOf, order, count: documents } = this.#options;
    const piece = { document, from, count };
    if (borders === "masked" || from + count < lengthOf(document)) return piece;
    return { ...piece, next: order((place + 1) % documents) };
  }
}

/** Rows of an epoch of these documents in the order of their numbers: nearly those of any order. */
export function countRows(
  { count, lengthOf }: Pick<LayoutOptions, "count" | "lengthOf">,
  form: Pick<LayoutOptions, "block" | "packing" | "borders">,
): number {
  return new EpochLayout({ count, lengthOf, order: (place) => place, ...form }).rowCount;
}
