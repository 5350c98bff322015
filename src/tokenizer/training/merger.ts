/**
 * Byte-pair encoding, learned [BPE]: again and again the most frequent pair of
 * adjacent symbols becomes a symbol. A pair counts wherever it stands in a word, times the word's count; in "aaa"
 * the pair a a stands twice, as in SentencePiece since 0.1.99 and in Hugging Face's trainer.
 *
 * A merge touches only the places of its pair, and only the counts of the pairs beside them. All pairs are counted,
 * but the places of the rare ones would take most of the memory: only those are kept whose pair occurs at least
 * `threshold` times. When no such pair is left, a lower threshold is set and the places are collected once more.
 */
import { assert } from "../../base/errors.ts";
import { type Cells, INSIDE } from "./cells.ts";
import type { Pace } from "./pace.ts";
import { PairIndex } from "./pair-index.ts";
import { PairQueue } from "./pair-queue.ts";
import type { SymbolStore } from "./symbol-store.ts";

/** What differs between kinds of vocabularies. */
export interface MergeRules {
  /** Pairs that occur less often are never merged. At least 1. */
  readonly minFrequency: number;
  mayMerge(left: number, right: number): boolean;
  /** Of two different pairs with equal counts, whether the first merges first. A strict order. */
  isBefore(left: number, right: number, otherLeft: number, otherRight: number): boolean;
}

/** The most frequent pair of the moment. */
export interface BestPair {
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

/** Cells up to which the places of all pairs are kept from the start. */
const FEW_CELLS = 2 ** 22;
/** The threshold that is set, as a part of the greatest count. */
const BAND = 4;
/** Cells that are read before others may run. */
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
  /** Pairs that the merge in hand made. */
  readonly #made: number[] = [];

  /** Counts all pairs. @param band for tests: how far a threshold lies below the greatest count. */
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

  /** Hands on every two adjacent symbols, and the place of the left one, in ascending order. */
  async #eachPair(use: UsePair): Promise<void> {
    for (let place = 0; place < this.#cells.symbols.length; ) {
      place = this.#eachPairOf(place, place + SLICE, use);
      if (this.#pace.isDue) await this.#pace.rest();
    }
  }

  /** The pairs that begin in cells [from, to); where to go on. */
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

  /** The most frequent pair that may merge; undefined if none occurs `minFrequency` times. */
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
      // A pair is no more frequent than its halves, which spares most of the look-ups.
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
   * How often each symbol is the left or the right one of a pair, whichever is more. In "aaa" the pair a a counts as
   * often as a is the left one.
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

  /** Excludes the best pair for ever. */
  barBest(): void {
    const pair = this.#bestPair();
    this.#pairs.bar(pair);
    this.#pairs.places.drop(pair);
    this.#queue.pop();
  }

  /** Replaces the best pair by `product`, a symbol that was not there before, wherever it occurs. */
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
    if (cells[place] !== left || cells[middle] !== right) return; // another merge was here
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

  /** Counts a pair with the product of the merge in hand: it is a pair that this merge made. */
  #raise(left: number, right: number, place: number, count: number): void {
    const size = this.#pairs.size;
    const pair = this.#pairOf(left, right);
    if (this.#pairs.size > size) this.#made.push(pair);
    if (this.#pairs.countOf(pair) < 0) return;
    this.#pairs.changeCount(pair, count);
    this.#pairs.places.add(pair, place);
  }
}
