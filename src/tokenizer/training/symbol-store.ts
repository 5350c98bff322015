/**
 * The symbols of a training: single characters or bytes first, then products of merges. Each is a string of
 * units.
 */
import { grown } from "./grown.ts";

export class SymbolStore {
  /** Units of symbol s: [starts[s], starts[s + 1]). Units are code points, or bytes. */
  #units = new Uint32Array(1 << 12);
  #starts = new Uint32Array(1 << 10);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  widthOf(symbol: number): number {
    return this.#starts[symbol + 1] - this.#starts[symbol];
  }

  /** Adds a symbol of one unit. */
  addUnit(unit: number): number {
    const start = this.#reserve(1);
    this.#units[start] = unit;
    return this.#size++;
  }

  /** Adds left + right. */
  addPair(left: number, right: number): number {
    const start = this.#reserve(this.widthOf(left) + this.widthOf(right));
    this.copyPair(left, right, this.#units.subarray(start));
    return this.#size++;
  }

  /** Removes the last symbol. */
  removeLast(): void {
    this.#size--;
  }

  #reserve(width: number): number {
    const start = this.#starts[this.#size];
    if (start + width > this.#units.length) this.#units = grown(this.#units, start + width);
    if (this.#size + 2 > this.#starts.length) this.#starts = grown(this.#starts, this.#size + 2);
    this.#starts[this.#size + 1] = start + width;
    return start;
  }

  /** Units of a symbol, a view. */
  unitsOf(symbol: number): Uint32Array {
    return this.#units.subarray(this.#starts[symbol], this.#starts[symbol + 1]);
  }

  /** Writes the units of left + right; returns their number. */
  copyPair(left: number, right: number, out: Uint32Array): number {
    out.set(this.unitsOf(left));
    out.set(this.unitsOf(right), this.widthOf(left));
    return this.widthOf(left) + this.widthOf(right);
  }

  /** Text of a symbol if units are code points. */
  textOf(symbol: number): string {
    return String.fromCodePoint(...this.unitsOf(symbol));
  }

  /** Below 0 if a + b comes before c + d by their units, above 0 if after, 0 if they are the same text. */
  comparePairs(a: number, b: number, c: number, d: number): number {
    const [width, other] = [this.widthOf(a) + this.widthOf(b), this.widthOf(c) + this.widthOf(d)];
    for (let at = 0; at < width && at < other; at++) {
      const difference = this.#unitOfPair(a, b, at) - this.#unitOfPair(c, d, at);
      if (difference !== 0) return difference;
    }
    return width - other;
  }

  #unitOfPair(left: number, right: number, at: number): number {
    const inRight = at - this.widthOf(left);
    return this.#units[inRight < 0 ? this.#starts[left] + at : this.#starts[right] + inRight];
  }
}
