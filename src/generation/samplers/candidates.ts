/**
 * The candidate tokens at one position, with their logits, as parallel typed arrays that live as long
 * as the sampler, so no token allocates memory per element. Work is lazy: tokens are numbered when a step reads their
 * numbers, and a chain that begins with top-k 40 on a vocabulary of 128k selects 40 and sorts those.
 *
 * Order is total: greater logit first, lower token among equals. A sort key packs both into one exact float64
 * integer (32 bits of logit, 21 bits of token), so that the engine's native numeric sort can be used.
 */
import { DeviceError, RequestError, ShapeError } from "../../base/errors.ts";

/** Tokens must fit the 21 bits of a sort key. */
export const MAX_VOCAB_SIZE = 2 ** 21;
const ID_SPAN = MAX_VOCAB_SIZE;
/** Above this a quickselect is faster than a heap. */
const HEAP_LIMIT = 512;

export class Candidates {
  readonly #ids: Uint32Array;
  readonly #logits: Float32Array;
  /** Valid for the first `length` after `normalise`, until logits or membership change. */
  readonly probs: Float32Array;
  /** Space for a step's scores; the contents are valid for one step. */
  readonly scratch: Float64Array;
  length = 0;
  readonly #logitBits: Uint32Array;
  readonly #one = new Float32Array(1);
  readonly #oneBits = new Uint32Array(this.#one.buffer);
  /** Number of leading entries that are in their final order. */
  #sorted = 0;
  /** True while entry i is token i. */
  #identity = false;
  /** True while `#logits` are those of all tokens, −Infinity for those that are no candidates, and `#ids` are unwritten. */
  #byToken = false;

  constructor(vocabSize: number) {
    this.#ids = new Uint32Array(vocabSize);
    this.#logits = new Float32Array(vocabSize);
    this.probs = new Float32Array(vocabSize);
    this.scratch = new Float64Array(vocabSize);
    this.#logitBits = new Uint32Array(this.#logits.buffer);
  }

  /** Token of each of the first `length` entries. */
  get ids(): Uint32Array {
    this.#gather();
    return this.#ids;
  }
  /** Logit of each of the first `length` entries. */
  get logits(): Float32Array {
    this.#gather();
    return this.#logits;
  }

  /**
   * Copies the logits of all tokens. Tokens at −Infinity are excluded.
   * @param allowed a bit per token (bit `t & 31` of word `t >> 5`); tokens with a zero bit are excluded.
   * @throws DeviceError for NaN and +Infinity among them, RequestError if no token is left.
   */
  load(source: Float32Array, allowed?: Int32Array | Uint32Array): void {
    const logits = this.#logits;
    if (source.length !== logits.length) {
      throw new ShapeError({
        doing: "sample a token",
        expected: `${logits.length} logits`,
        found: `${source.length}`,
      });
    }
    this.#sorted = 0;
    this.#byToken = allowed === undefined;
    if (allowed === undefined) {
      logits.set(source);
      this.length = source.length - (allFinite(source) ? 0 : countExcluded(source));
    } else this.#loadAllowed(source, allowed);
    this.#identity = this.length === source.length;
    this.requireSome();
  }

  #loadAllowed(source: Float32Array, allowed: Int32Array | Uint32Array): void {
    this.length = 0;
    for (let id = 0; id < source.length; id += 32)
      this.#loadRange(source, id, Math.min(id + 32, source.length), allowed[id >> 5]);
  }

  /** @param bits of tokens `from` … `from` + 31. */
  #loadRange(source: Float32Array, from: number, to: number, bits: number): void {
    if (bits === 0) return;
    const [ids, logits] = [this.#ids, this.#logits];
    let n = this.length;
    for (let id = from; id < to; id++) {
      if (((bits >> (id & 31)) & 1) === 0) continue;
      const logit = source[id];
      if (!(logit < Infinity)) throw brokenLogit(id, logit);
      if (logit === -Infinity) continue;
      ids[n] = id;
      logits[n++] = logit;
    }
    this.length = n;
  }

  /** Writes the candidates' tokens, next to their logits. */
  #gather(): void {
    if (!this.#byToken) return;
    this.#byToken = false;
    const [ids, logits] = [this.#ids, this.#logits];
    if (this.#identity) {
      for (let id = 0; id < ids.length; id++) ids[id] = id;
      return;
    }
    let n = 0;
    for (let id = 0; id < logits.length; id++) {
      if (logits[id] === -Infinity) continue;
      ids[n] = id;
      logits[n++] = logits[id];
    }
  }

  /** Whether `add` can be used. */
  get isByToken(): boolean {
    return this.#byToken;
  }

  /** Adds to the logit of a token, while no step has read the candidates. At −Infinity the token is no candidate. */
  add(token: number, change: number): void {
    const logits = this.#logits;
    const wasCandidate = logits[token] !== -Infinity;
    logits[token] += change;
    // A finite change can overflow a float, too.
    if (!wasCandidate || logits[token] !== -Infinity) return;
    this.length--;
    this.#identity = false;
  }

  /** Marks that logits were changed in place, which invalidates order and probabilities. */
  touch(): void {
    this.#sorted = 0;
  }

  /** Marks that the order was changed deliberately. */
  disorder(): void {
    this.#sorted = 0;
    this.#identity = false;
  }

  /** Index of a token, if known without a search; −1 means: search `ids`. */
  indexOf(token: number): number {
    return this.#identity ? token : -1;
  }

  /** @throws RequestError if every token has been removed. */
  requireSome(): void {
    if (this.length > 0) return;
    throw new RequestError({
      doing: "sample a token",
      expected: "at least one token that is not banned",
      found: "none: every logit is −Infinity",
      fix: "ban fewer tokens, or check the grammar",
    });
  }

  greatest(): number {
    const logits = this.#logits;
    if (this.#sorted > 0) return logits[0];
    let max = -Infinity;
    const end = this.#end;
    for (let i = 0; i < end; i++) if (logits[i] > max) max = logits[i];
    return max;
  }

  /** End of the logits, of which some may be −Infinity while they are by token. */
  get #end(): number {
    return this.#byToken ? this.#logits.length : this.length;
  }

  /** Puts the `count` best candidates first, in order. */
  sortHead(count: number): void {
    const n = Math.min(count, this.length);
    const from = this.#sorted;
    if (n <= from) return;
    const keys = this.scratch;
    const { ids } = this;
    for (let i = from; i < this.length; i++) keys[i] = descendingBits(this.#logitBits[i]) * ID_SPAN + ids[i];
    if (n < this.length) selectSmallest(keys, from, this.length, n);
    keys.subarray(from, n).sort();
    this.#decode(from);
    this.#sorted = n;
    this.#identity = false;
  }

  /** Keeps the `count` best, in order. Small counts read each logit once (a heap of the best so far). */
  keepTop(count: number): void {
    if (count === 1 && this.#sorted === 0 && this.length > 0) {
      this.#keepGreatest();
      return;
    }
    if (count > HEAP_LIMIT || count >= this.length || this.#sorted >= count) {
      this.sortHead(count);
      this.truncate(count);
      return;
    }
    // There are more candidates than `count`, so none of those at −Infinity stays in the heap.
    const [ids, logits, heap, byToken, end] = [
      this.#ids,
      this.#logits,
      this.scratch,
      this.#byToken,
      this.#end,
    ];
    let size = 0;
    let worst = -Infinity;
    for (let i = 0; i < end; i++) {
      if (size === count && logits[i] < worst) continue;
      const key = descendingBits(this.#logitBits[i]) * ID_SPAN + (byToken ? i : ids[i]);
      if (size < count) siftUp(heap, size++, key);
      else if (key < heap[0]) siftDown(heap, size, key);
      if (size === count) worst = this.#logitOf(heap[0]);
    }
    heap.subarray(0, size).sort();
    this.length = size;
    this.#byToken = false;
    this.#decode(0);
    this.#sorted = size;
    this.#identity = false;
  }

  /** Keeps the greatest; the lowest token among equals. */
  #keepGreatest(): void {
    const [ids, logits, byToken, end] = [this.#ids, this.#logits, this.#byToken, this.#end];
    let best = 0;
    let greatest = logits[0];
    for (let i = 1; i < end; i++) {
      if (logits[i] < greatest) continue;
      // The first of equal ones is the lowest token, unless an earlier step has changed the order.
      if (logits[i] === greatest && (byToken || ids[i] > ids[best])) continue;
      best = i;
      greatest = logits[i];
    }
    ids[0] = byToken ? best : ids[best];
    logits[0] = greatest;
    this.length = 1;
    this.#byToken = false;
    this.#sorted = 1;
    this.#identity = false;
  }

  /** Decodes tokens and logits from the keys in `scratch`. */
  #decode(from: number): void {
    const ids = this.#ids;
    for (let i = from; i < this.length; i++) {
      const id = this.scratch[i] % ID_SPAN;
      ids[i] = id;
      this.#logitBits[i] = descendingBits((this.scratch[i] - id) / ID_SPAN);
    }
  }

  #logitOf(key: number): number {
    this.#oneBits[0] = descendingBits((key - (key % ID_SPAN)) / ID_SPAN);
    return this.#one[0];
  }

  /** ln Σ exp(logit), which turns a logit into a log-probability. */
  logSumExp(): number {
    const { logits, length } = this;
    const max = this.greatest();
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Math.exp(logits[i] - max);
    return max + Math.log(sum);
  }

  /** Sets `probs` to the softmax of `logits`; with `logSum`, only of the first `count`. */
  normalise(count: number = this.length, logSum: number = this.logSumExp()): void {
    const { logits, probs } = this;
    for (let i = 0; i < count; i++) probs[i] = Math.exp(logits[i] - logSum);
  }

  /** Keeps the first `count` entries. */
  truncate(count: number): void {
    if (count >= this.length) return;
    this.#gather();
    this.length = count;
    this.#sorted = Math.min(this.#sorted, count);
    this.#identity = false;
  }

  /** Drops the first `count` entries. */
  dropHead(count: number): void {
    this.ids.copyWithin(0, count, this.length);
    this.logits.copyWithin(0, count, this.length);
    this.length -= count;
    this.#sorted = Math.max(0, this.#sorted - count);
    this.#identity = false;
  }

  /** Keeps the candidates whose logit is at least `floor`, in their present order. */
  keepAtLeast(floor: number): void {
    const { ids, logits, length } = this;
    let n = 0;
    while (n < length && logits[n] >= floor && logits[n] !== -Infinity) n++;
    for (let i = n + 1; i < length; i++) {
      if (logits[i] < floor || logits[i] === -Infinity) continue;
      ids[n] = ids[i];
      logits[n++] = logits[i];
    }
    if (n === length) return;
    this.length = n;
    this.#sorted = Math.min(this.#sorted, n);
    this.#identity = false;
  }
}

/** True if no number is NaN or infinite. x − x is NaN for those, so the sum of all x − x is NaN. */
function allFinite(numbers: Float32Array): boolean {
  // Four sums, so that an addition need not wait for the one before.
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = numbers.length & -4;
  for (let i = 0; i < whole; i += 4) {
    a += numbers[i] - numbers[i];
    b += numbers[i + 1] - numbers[i + 1];
    c += numbers[i + 2] - numbers[i + 2];
    d += numbers[i + 3] - numbers[i + 3];
  }
  for (let i = whole; i < numbers.length; i++) a += numbers[i] - numbers[i];
  return a + b + c + d === 0;
}

/** The number of tokens at −Infinity. Throws DeviceError for NaN and +Infinity. */
function countExcluded(logits: Float32Array): number {
  let count = 0;
  for (let token = 0; token < logits.length; token++) {
    if (!(logits[token] < Infinity)) throw brokenLogit(token, logits[token]);
    if (logits[token] === -Infinity) count++;
  }
  return count;
}

/** Maps float32 bits to unsigned integers that grow as the number falls; its own inverse except for the sign rule. */
function descendingBits(bits: number): number {
  return bits & 0x80000000 ? bits >>> 0 : (bits ^ 0x7fffffff) >>> 0;
}

/** Adds a key to a heap whose greatest key is at 0. */
function siftUp(heap: Float64Array, at: number, key: number): void {
  let i = at;
  while (i > 0) {
    const parent = (i - 1) >>> 1;
    if (heap[parent] >= key) break;
    heap[i] = heap[parent];
    i = parent;
  }
  heap[i] = key;
}

/** Replaces the heap's greatest key. */
function siftDown(heap: Float64Array, size: number, key: number): void {
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= size) break;
    if (child + 1 < size && heap[child + 1] > heap[child]) child++;
    if (heap[child] <= key) break;
    heap[i] = heap[child];
    i = child;
  }
  heap[i] = key;
}

/** Rearranges keys[from, to) so that the smallest lie before `middle` (quickselect; sorts if it degenerates). */
export function selectSmallest(keys: Float64Array, from: number, to: number, middle: number): void {
  let low = from;
  let high = to - 1;
  for (let round = 0; low < high; round++) {
    if (round > 64) {
      keys.subarray(low, high + 1).sort();
      return;
    }
    const pivot = medianOfThree(keys[low], keys[(low + high) >>> 1], keys[high]);
    let i = low;
    let j = high;
    while (i <= j) {
      while (keys[i] < pivot) i++;
      while (keys[j] > pivot) j--;
      if (i > j) break;
      const key = keys[i];
      keys[i++] = keys[j];
      keys[j--] = key;
    }
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else return;
  }
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function brokenLogit(token: number, logit: number): DeviceError {
  return new DeviceError({
    doing: "sample a token",
    expected: "finite logits",
    found: `${logit} for token ${token}`,
    fix: "the model's weights or its configuration are broken; check the file's checksum",
  });
}
