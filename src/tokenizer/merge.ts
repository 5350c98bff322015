/**
 * Byte-pair encoding of one word: merge the adjacent pair of lowest rank, the leftmost on ties, until no pair
 * merges [BPE]. Short words are scanned; long ones use a heap, so that a word of n symbols costs O(n·log n).
 */
/** Pairs of symbols that merge. */
export interface Pairs {
  /** Slot of the pair for `rankAt` and `productAt`, or -1 if it does not merge; negative symbols never do. */
  find(left: number, right: number): number;
  /** Not negative; lower ranks merge first. */
  rankAt(slot: number): number;
  productAt(slot: number): number;
}

/** Called for every merge: the product and its halves. */
export type OnMerge = (product: number, left: number, right: number) => void;

const SCAN_LIMIT = 32;

/**
 * Merges `symbols[0, length)` in place and returns the new length. A negative symbol never merges.
 */
export function mergeSymbols(symbols: Int32Array, length: number, pairs: Pairs, onMerge?: OnMerge): number {
  return length <= SCAN_LIMIT
    ? mergeByScan(symbols, length, pairs, onMerge)
    : mergeByHeap(symbols, length, pairs, onMerge);
}

function mergeByScan(
  symbols: Int32Array,
  initialLength: number,
  pairs: Pairs,
  onMerge: OnMerge | undefined,
): number {
  let length = initialLength;
  for (;;) {
    let best = -1;
    let bestSlot = -1;
    let bestRank = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < length; i++) {
      const slot = pairs.find(symbols[i], symbols[i + 1]);
      if (slot >= 0 && pairs.rankAt(slot) < bestRank) {
        best = i;
        bestSlot = slot;
        bestRank = pairs.rankAt(slot);
      }
    }
    if (best < 0) return length;
    const product = pairs.productAt(bestSlot);
    onMerge?.(product, symbols[best], symbols[best + 1]);
    symbols[best] = product;
    symbols.copyWithin(best + 1, best + 2, length);
    length--;
  }
}

/** Rank and place in one number, so that the smallest is the best pair, the leftmost among equals. */
const PLACES = 2 ** 30;

class MinHeap {
  #items = new Float64Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: number): void {
    if (this.#length === this.#items.length) {
      const grown = new Float64Array(this.#length * 2);
      grown.set(this.#items);
      this.#items = grown;
    }
    const items = this.#items;
    let at = this.#length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent] <= item) break;
      items[at] = items[parent];
      at = parent;
    }
    items[at] = item;
  }

  pop(): number {
    const items = this.#items;
    const top = items[0];
    const item = items[--this.#length];
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= this.#length) break;
      if (child + 1 < this.#length && items[child + 1] < items[child]) child++;
      if (items[child] >= item) break;
      items[at] = items[child];
      at = child;
    }
    items[at] = item;
    return top;
  }
}

function mergeByHeap(
  symbols: Int32Array,
  length: number,
  pairs: Pairs,
  onMerge: OnMerge | undefined,
): number {
  const heap = new MinHeap();
  const previous = new Int32Array(length);
  const next = new Int32Array(length);
  const offer = (left: number, right: number): void => {
    const slot = pairs.find(symbols[left], symbols[right]);
    if (slot >= 0) heap.push(pairs.rankAt(slot) * PLACES + left);
  };
  for (let i = 0; i < length; i++) {
    previous[i] = i - 1;
    next[i] = i + 1;
    if (i > 0) offer(i - 1, i);
  }
  const GONE = -2;
  while (heap.length > 0) {
    const item = heap.pop();
    const left = item % PLACES;
    const right = next[left];
    if (right === GONE || right >= length) continue;
    // An entry is stale if its symbols have changed; the current pair decides.
    const slot = pairs.find(symbols[left], symbols[right]);
    if (slot < 0 || pairs.rankAt(slot) * PLACES + left !== item) continue;
    const product = pairs.productAt(slot);
    onMerge?.(product, symbols[left], symbols[right]);
    symbols[left] = product;
    const after = next[right];
    next[left] = after;
    next[right] = GONE;
    if (after < length) {
      previous[after] = left;
      offer(left, after);
    }
    if (previous[left] >= 0) offer(previous[left], left);
  }
  let kept = 0;
  for (let i = 0; i < length; i = next[i]) symbols[kept++] = symbols[i];
  return kept;
}
