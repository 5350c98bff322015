/** Sets of integers as disjoint intervals [start, end), such as the bytes of a file that have arrived. */

export interface Range {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

export class Ranges {
  /** Sorted, disjoint and not touching. */
  #parts: Range[] = [];

  constructor(parts: Iterable<Range> = []) {
    for (const { start, end } of parts) this.add(start, end);
  }

  get parts(): readonly Range[] {
    return this.#parts;
  }

  /** Number of integers in the set. */
  get size(): number {
    return this.#parts.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  add(start: number, end: number): void {
    if (end <= start) return;
    const from = this.#firstEndingFrom(start);
    let to = from;
    let merged: Range = { start, end };
    for (; to < this.#parts.length && this.#parts[to].start <= end; to++) {
      const part = this.#parts[to];
      merged = { start: Math.min(merged.start, part.start), end: Math.max(merged.end, part.end) };
    }
    this.#parts.splice(from, to - from, merged);
  }

  /** Where the interval that holds `at` ends; `at` itself if it is not in the set. */
  endFrom(at: number): number {
    const part = this.#parts[this.#firstEndingFrom(at)];
    return part !== undefined && part.start <= at ? part.end : at;
  }

  has(start: number, end: number): boolean {
    return start >= end || this.endFrom(start) >= end;
  }

  /** The first part of [start, end) that is not in the set, or undefined. */
  firstGap(start: number, end: number): Range | undefined {
    const from = this.endFrom(start);
    if (from >= end) return undefined;
    const next = this.#parts[this.#firstEndingFrom(from + 1)];
    return { start: from, end: Math.min(end, next === undefined ? end : Math.max(next.start, from + 1)) };
  }

  /** Index of the first interval whose end is at least `at`. */
  #firstEndingFrom(at: number): number {
    let low = 0;
    let high = this.#parts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#parts[middle].end < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
