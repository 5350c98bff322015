/**
 * The tokens still in the race at one position, with their logits, as parallel typed arrays that live as long
 * as the sampler: nothing is allocated per element per token. Sorting is lazy and partial: a chain that begins
 * with top-k 40 on a vocabulary of 128k selects 40 and sorts those.
 *
 * Order is total: greater logit first, lower token among equals. A sort key packs both into one exact float64
 * integer (32 bits of logit, 21 bits of token), so that the engine's native numeric sort can be used.
 */
import { DeviceError, RequestError, ShapeError } from "../../base/errors.ts";

/** Tokens must fit the 21 bits that they have in a sort key. */
export const MAX_VOCAB_SIZE = 2 ** 21;
const ID_SPAN = MAX_VOCAB_SIZE;

export class Candidates {
  readonly ids: Uint32Array;
  readonly logits: Float32Array;
  /** Valid for the first `length` after `normalise`, until logits or membership change. */
  readonly probs: Float32Array;
  /** Room for any step's own scores; its contents last for one step. */
  readonly scratch: Float64Array;
  length = 0;
  readonly #logitBits: Uint32Array;
  /** So many leading entries are in their final order. */
  #sorted = 0;
  /** True while entry i is token i. */
  #identity = false;

  constructor(vocabSize: number) {
    this.ids = new Uint32Array(vocabSize);
    this.logits = new Float32Array(vocabSize);
    this.probs = new Float32Array(vocabSize);
    this.scratch = new Float64Array(vocabSize);
    this.#logitBits = new Uint32Array(this.logits.buffer);
  }

  /**
   * Copies the logits of all tokens. Tokens at −Infinity stay out.
   * @param allowed a bit per token (bit `t & 31` of word `t >> 5`); tokens with a zero stay out.
   * @throws DeviceError for NaN and +Infinity, RequestError when no token is left.
   */
  load(source: Float32Array, allowed?: Int32Array | Uint32Array): void {
    const { ids, logits } = this;
    if (source.length !== ids.length) {
      throw new ShapeError({
        doing: "sample a token",
        expected: `${ids.length} logits`,
        found: `${source.length}`,
      });
    }
    let n = 0;
    for (let id = 0; id < source.length; id++) {
      const logit = source[id];
      if (!(logit < Infinity)) throw brokenLogit(id, logit);
      if (logit === -Infinity || (allowed !== undefined && !((allowed[id >> 5] >> (id & 31)) & 1))) continue;
      ids[n] = id;
      logits[n++] = logit;
    }
    this.length = n;
    this.#sorted = 0;
    this.#identity = n === source.length;
    this.requireSome();
  }

  /** Marks that logits were changed in place: order and probabilities no longer hold. */
  touch(): void {
    this.#sorted = 0;
  }

  /** Marks that the order was changed on purpose. */
  disorder(): void {
    this.#sorted = 0;
    this.#identity = false;
  }

  /** Index of a token, when that is known without a search; −1 means: look through `ids`. */
  indexOf(token: number): number {
    return this.#identity ? token : -1;
  }

  /** @throws RequestError when every token has been taken out. */
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
    if (this.#sorted > 0) return this.logits[0];
    let max = -Infinity;
    for (let i = 0; i < this.length; i++) if (this.logits[i] > max) max = this.logits[i];
    return max;
  }

  /** Puts the `count` best candidates first, in order. */
  sortHead(count: number): void {
    const n = Math.min(count, this.length);
    const from = this.#sorted;
    if (n <= from) return;
    const keys = this.scratch;
    for (let i = from; i < this.length; i++)
      keys[i] = descendingBits(this.#logitBits[i]) * ID_SPAN + this.ids[i];
    if (n < this.length) selectSmallest(keys, from, this.length, n);
    keys.subarray(from, n).sort();
    for (let i = from; i < this.length; i++) {
      const id = keys[i] % ID_SPAN;
      this.ids[i] = id;
      this.#logitBits[i] = descendingBits((keys[i] - id) / ID_SPAN);
    }
    this.#sorted = n;
    this.#identity = false;
  }

  /** Sets `probs` to the softmax of `logits`. */
  normalise(): void {
    const { logits, probs, length } = this;
    const max = this.greatest();
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const p = Math.exp(logits[i] - max);
      probs[i] = p;
      sum += p;
    }
    for (let i = 0; i < length; i++) probs[i] /= sum;
  }

  /** Keeps the first `count` entries. */
  truncate(count: number): void {
    if (count >= this.length) return;
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

  /** Keeps the candidates whose logit is at least `floor`, in the order that they have. */
  keepAtLeast(floor: number): void {
    const { ids, logits, length } = this;
    let n = 0;
    for (let i = 0; i < length; i++) {
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

/** Maps float32 bits to unsigned integers that grow as the number falls; its own inverse up to the sign rule. */
function descendingBits(bits: number): number {
  return bits & 0x80000000 ? bits >>> 0 : (bits ^ 0x7fffffff) >>> 0;
}

/** Rearranges keys[from, to) so that the smallest lie before `middle` (quickselect; sorts if it goes badly). */
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
