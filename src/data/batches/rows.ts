/** Turns pieces of documents into the input arrays of the training graph. */
import type { TokenDocuments } from "../training-data.ts";
import type { Borders, Piece } from "./layout.ts";
import type { TokenBytes } from "./token-bytes.ts";

/** Inputs of the training graph, each [batch · block], row after row. */
export interface BatchInputs {
  readonly tokens: Int32Array;
  /** Counted from 0 in each sequence. */
  readonly positions: Int32Array;
  /** The first slot that each slot attends to; it attends to all from there to itself. */
  readonly starts: Int32Array;
  readonly targets: Int32Array;
  /** 1/n for the n learnt targets, 0 for the others; the loss is their mean. */
  readonly loss_weights: Float32Array;
}

export interface FilledRows {
  readonly inputs: BatchInputs;
  /** Slots of documents: all but padding. */
  readonly slotCount: number;
  /** Number of learnt targets. */
  readonly targetCount: number;
  /** UTF-8 bytes of the text of these targets. */
  readonly byteCount: number;
}

export interface FillOptions {
  readonly batch: number;
  readonly block: number;
  readonly borders: Borders;
  readonly tokenBytes: TokenBytes;
  /** A token that gets weight 0 as the last target of a document. */
  readonly unlearnt?: number | undefined;
}

export interface Row {
  readonly documents: TokenDocuments;
  readonly pieces: readonly Piece[];
}

/** Fills a batch. Missing rows and empty slots are padding: weight 0, and a separate sequence in each row. */
export function fillRows(rows: readonly Row[], options: FillOptions): FilledRows {
  const filler = new RowFiller(options);
  for (let row = 0; row < options.batch; row++) filler.add(rows[row]);
  return filler.finish();
}

class RowFiller {
  readonly #options: FillOptions;
  readonly #inputs: BatchInputs;
  #at = 0;
  #slotCount = 0;
  #targetCount = 0;
  #byteCount = 0;

  constructor(options: FillOptions) {
    this.#options = options;
    const slots = options.batch * options.block;
    this.#inputs = {
      tokens: new Int32Array(slots),
      positions: new Int32Array(slots),
      starts: new Int32Array(slots),
      targets: new Int32Array(slots),
      loss_weights: new Float32Array(slots),
    };
  }

  add(row: Row | undefined): void {
    const { block, borders } = this.#options;
    const start = this.#at;
    for (const piece of row?.pieces ?? []) {
      const from = this.#at;
      if (row !== undefined) this.#addPiece(row.documents, piece);
      if (borders === "masked") this.#endSequence(from);
    }
    if (borders === "open" && this.#at > start) this.#endSequence(start);
    const filled = this.#at;
    this.#at = start + block;
    if (filled < this.#at) this.#endSequence(filled);
  }

  #addPiece(documents: TokenDocuments, { document, from, count, next }: Piece): void {
    const { tokens, targets, loss_weights } = this.#inputs;
    const { tokenBytes, unlearnt } = this.#options;
    const ids = documents.tokensOf(document, from, from + count + 1);
    this.#slotCount += count;
    const learnt = documents.learntOf?.(document, from, from + count + 1);
    const length = documents.lengthOf(document);
    for (let i = 0; i < count; i++, this.#at++) {
      const isBorder = from + i + 1 === length;
      const target = isBorder ? this.#firstToken(documents, next ?? document) : ids[i + 1];
      tokens[this.#at] = ids[i];
      targets[this.#at] = target;
      const isUnlearnt = isBorder ? learnt !== undefined : learnt?.[i + 1] === 0;
      if (isUnlearnt || (target === unlearnt && from + i + 2 === length)) continue;
      loss_weights[this.#at] = 1;
      this.#targetCount++;
      this.#byteCount += tokenBytes.of(target, isBorder ? 0 : from + i + 1);
    }
  }

  #firstToken(documents: TokenDocuments, document: number): number {
    return documents.tokensOf(document, 0, 1)[0];
  }

  /** Makes one sequence of the slots since `start`. */
  #endSequence(start: number): void {
    const { positions, starts } = this.#inputs;
    for (let at = start; at < this.#at; at++) {
      positions[at] = at - start;
      starts[at] = start;
    }
  }

  finish(): FilledRows {
    const { loss_weights } = this.#inputs;
    for (let i = 0; i < loss_weights.length; i++) loss_weights[i] /= Math.max(this.#targetCount, 1);
    return {
      inputs: this.#inputs,
      slotCount: this.#slotCount,
      targetCount: this.#targetCount,
      byteCount: this.#byteCount,
    };
  }
}

/**
 * Rows `first` to `first + count` of a batch, for a step that is computed in parts. The weights stay those of the whole
 * batch, so the losses and gradients of the parts sum to those of the step. Arrays are views, except `starts`, which
 * counts from the part's first slot.
 */
export function sliceRows(inputs: BatchInputs, block: number, first: number, count: number): BatchInputs {
  const [start, end] = [first * block, (first + count) * block];
  const { tokens, positions, starts, targets, loss_weights } = inputs;
  return {
    tokens: tokens.subarray(start, end),
    positions: positions.subarray(start, end),
    starts: starts.subarray(start, end).map((slot) => slot - start),
    targets: targets.subarray(start, end),
    loss_weights: loss_weights.subarray(start, end),
  };
}
