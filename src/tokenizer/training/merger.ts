/**
 * Learns byte-pair encoding [BPE]: the most frequent pair of adjacent symbols becomes a symbol, repeatedly.
 * Each occurrence of a pair in a word counts as often as the word; in "aaa" the pair a a occurs twice, as in
 * SentencePiece since 0.1.99 and in Hugging Face's trainer.
 *
 * A merge visits only the places of its pair, and changes only the counts of the adjacent pairs. All pairs
 * are counted, but the places of rare pairs would take most of the memory: only places of pairs that occur at
 * least `threshold` times are kept. When no such pair is left, the threshold is lowered and the places are
 * collected again.
 */
import { assert } from "../../base/errors.ts";
import { type Cells, INSIDE } from "./cells.ts";
import type { Pace } from "./pace.ts";
import { PairIndex } from "./pair-index.ts";
import { PairQueue } from "./pair-queue.ts";
import type { SymbolStore } from "./symbol-store.ts";

/** The rules that differ between kinds of vocabularies. */
export interface MergeRules {
  /** Pairs that occur less often are never merged. At least 1. */
  readonly minFrequency: number;
  mayMerge(left: number, right: number): boolean;
  /** Whether the first of two different pairs with equal counts merges first. A strict order. */
  isBefore(left: number, right: number, otherLeft: number, otherRight: number): boolean;
}

/** The currently most frequent pair. */
export interface BestPair {
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

/** Up to this number of cells, the places of all pairs are kept from the start. */
const FEW_CELLS = 2 ** 22;
/** A new threshold is the greatest count divided by this. */
const BAND = 4;
/** Cells that are read before yielding to other tasks. */
const SLICE = 2 ** 16;

type UsePair = (left: number, right: number, place: number) => void;

export class Merger {
  readonly #cells: Cells;
  readonly #symbols: SymbolStore;
  readonly #rules: MergeRules;
  readonly #pace: Pace;
  readonly #band: number;
  readonly #pairs = new PairIndex();
  readonly #queue: PairQueue;
  /** Places of pairs with at least this count are known, and these pairs are in the queue. */
  #threshold = Number.POSITIVE_INFINITY;
  /** Pairs that the current merge created. */
  readonly #made: number[] = [];

  /** Counts all pairs. @param band for tests: the ratio of the greatest count to a threshold. */
  static async create(
    cells: Cells,
    symbols: SymbolStore,
    rules: MergeRules,
    pace: Pace,
    band = cells.symbols.length <= FEW_CELLS ? Number.POSITIVE_INFINITY : BAND,
  ): Promise<Merger> {
    const merger = new Merger(cells, symbols, rules, pace, band);
    await merger.#eachPair((left, right, place) => {
      merger.#pairs.changeCount(merger.#pairOf(left, right), cells.countAt(place));
    });
    return merger;
  }

  private constructor(cells: Cells, symbols: SymbolStore, rules: MergeRules, pace: Pace, band: number) {
    this.#cells = cells;
    this.#symbols = symbols;
    this.#rules = rules;
    this.#pace = pace;
    this.#band = band;
    const pairs = this.#pairs;
    this.#queue = new PairQueue((a, b) =>
      rules.isBefore(pairs.leftOf(a), pairs.rightOf(a), pairs.leftOf(b), pairs.rightOf(b)),
    );
  }

  /** Calls `use` with every two adjacent symbols and the place of the left one, in ascending order. */
  async #eachPair(use: UsePair): Promise<void> {
    for (let place = 0; place < this.#cells.symbols.length; ) {
      place = this.#eachPairOf(place, place + SLICE, use);
      if (this.#pace.isDue) await this.#pace.rest();
    }
  }

  /** The pairs that begin in cells [from, to); returns where to continue. */
  #eachPairOf(from: number, to: number, use: UsePair): number {
    const cells = this.#cells.symbols;
    const end = Math.min(to, cells.length);
    let place = from;
    while (place < end) {
      const left = cells[place];
      if (left < 0) {
        place++;
        continue;
      }
      const next = place + this.#symbols.widthOf(left);
      if (cells[next] >= 0) use(left, cells[next], place);
      place = next;
    }
    return place;
  }

  /** The pair's number; a new pair is barred if it may not merge. */
  #pairOf(left: number, right: number): number {
    const known = this.#pairs.find(left, right);
    if (known >= 0) return known;
    const pair = this.#pairs.add(left, right);
    if (!this.#rules.mayMerge(left, right)) this.#pairs.bar(pair);
    return pair;
  }

  /** The most frequent pair that may merge; undefined if none occurs at least `minFrequency` times. */
  async best(): Promise<BestPair | undefined> {
    let pair = this.#bestPair();
    while (pair < 0) {
      if (!(await this.#lowerThreshold())) return undefined;
      pair = this.#bestPair();
    }
    return {
      left: this.#pairs.leftOf(pair),
      right: this.#pairs.rightOf(pair),
      count: this.#pairs.countOf(pair),
    };
  }

  /** The most frequent pair, or -1 if none reaches the threshold. */
  #bestPair(): number {
    const queue = this.#queue;
    while (queue.size > 0) {
      const count = this.#pairs.countOf(queue.firstPair);
      if (count === queue.firstCount) return queue.firstPair;
      if (count >= this.#threshold) queue.replaceFirst(count);
      else queue.pop();
    }
    return -1;
  }

  /** Collects the places of the most frequent pairs; false if no pair is frequent enough. */
  async #lowerThreshold(): Promise<boolean> {
    const { minFrequency } = this.#rules;
    const greatest = this.#pairs.greatestCount();
    if (greatest < minFrequency) return false;
    const threshold = Math.max(minFrequency, greatest / this.#band);
    this.#threshold = threshold;
    this.#pairs.places.clear();
    const ofSymbol = await this.#symbolCounts();
    await this.#eachPair((left, right, place) => {
      // A pair is no more frequent than its halves, which avoids most of the look-ups.
      if (ofSymbol[left] < threshold || ofSymbol[right] < threshold) return;
      const pair = this.#pairs.find(left, right);
      if (this.#pairs.countOf(pair) >= threshold) this.#pairs.places.add(pair, place);
    });
    for (let pair = 0; pair < this.#pairs.size; pair++) {
      const count = this.#pairs.countOf(pair);
      if (count >= threshold) this.#queue.push(pair, count);
    }
    return true;
  }

  /**
   * For each symbol, the larger of its counts as the left and as the right half of a pair. In "aaa" the pair
   * a a counts as often as a is the left half.
   */
  async #symbolCounts(): Promise<Float64Array> {
    const [asLeft, asRight] = [new Float64Array(this.#symbols.size), new Float64Array(this.#symbols.size)];
    await this.#eachPair((left, right, place) => {
      const count = this.#cells.countAt(place);
      asLeft[left] += count;
      asRight[right] += count;
    });
    return asLeft.map((count, symbol) => Math.max(count, asRight[symbol]));
  }

  /** Excludes the best pair permanently. */
  barBest(): void {
    const pair = this.#bestPair();
    this.#pairs.bar(pair);
    this.#pairs.places.drop(pair);
    this.#queue.pop();
  }

  /** Replaces the best pair by `product`, a new symbol, everywhere. */
  mergeBest(product: number): void {
    const pair = this.#bestPair();
    this.#queue.pop();
    const [left, right] = [this.#pairs.leftOf(pair), this.#pairs.rightOf(pair)];
    for (const place of this.#pairs.places.take(pair)) this.#mergeAt(place, left, right, product);
    assert(this.#pairs.countOf(pair) === 0, "places of a pair were missed");
    for (const made of this.#made) {
      const count = this.#pairs.countOf(made);
      if (count >= this.#threshold) this.#queue.push(made, count);
      else this.#pairs.places.drop(made);
    }
    this.#made.length = 0;
  }

  #mergeAt(place: number, left: number, right: number, product: number): void {
    const cells = this.#cells.symbols;
    const middle = place + this.#symbols.widthOf(left);
    if (cells[place] !== left || cells[middle] !== right) return; // changed by another merge
    const end = middle + this.#symbols.widthOf(right);
    const before = cells[place - 1];
    const after = cells[end];
    const count = this.#cells.countAt(place);
    this.#lower(left, right, count);
    if (before >= 0) this.#lower(before, left, count);
    if (after >= 0) this.#lower(right, after, count);
    cells[middle - 1] = INSIDE;
    cells[middle] = INSIDE;
    cells[place] = product;
    cells[end - 1] = product;
    if (before >= 0) this.#raise(before, product, place - this.#symbols.widthOf(before), count);
    if (after >= 0) this.#raise(product, after, place, count);
  }

  #lower(left: number, right: number, count: number): void {
    this.#pairs.changeCount(this.#pairs.find(left, right), -count);
  }

  /** Counts a pair that contains the product of the current merge, which created this pair. */
  #raise(left: number, right: number, place: number, count: number): void {
    const size = this.#pairs.size;
    const pair = this.#pairOf(left, right);
    if (this.#pairs.size > size) this.#made.push(pair);
    if (this.#pairs.countOf(pair) < 0) return;
    this.#pairs.changeCount(pair, count);
    this.#pairs.places.add(pair, place);
  }
}
