/**
 * Sets of Unicode code points as sorted ranges. Surrogates belong to no set: UTF-8 cannot represent them.
 */

/** Flat pairs [low, high, low, high, …], both ends included; sorted, with gaps between the ranges. */
export type CodePoints = readonly number[];

const MAX = 0x10ffff;

/** Every code point. */
export const ANY: CodePoints = [0, 0xd7ff, 0xe000, MAX];

/** The set of the given ranges, in any order, without surrogates. */
export function codePoints(ranges: readonly (readonly [low: number, high: number])[]): CodePoints {
  const sorted = ranges.filter(([low, high]) => low <= high).sort(([a], [b]) => a - b);
  const merged: number[] = [];
  for (const [low, high] of sorted) {
    const last = merged.length - 1;
    if (last > 0 && low <= merged[last] + 1) merged[last] = Math.max(merged[last], high);
    else merged.push(low, high);
  }
  return intersect(merged, ANY);
}

/** The set of the characters of a text. */
export function charactersOf(text: string): CodePoints {
  return codePoints(Array.from(text, (character) => [codeOf(character), codeOf(character)] as const));
}

/** Code point of a text of one character. */
export function codeOf(character: string): number {
  return character.codePointAt(0) as number;
}

export function union(a: CodePoints, b: CodePoints): CodePoints {
  return codePoints([...pairsOf(a), ...pairsOf(b)]);
}

export function intersect(a: CodePoints, b: CodePoints): CodePoints {
  const common: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const low = Math.max(a[i], b[j]);
    const high = Math.min(a[i + 1], b[j + 1]);
    if (low <= high) common.push(low, high);
    if (a[i + 1] < b[j + 1]) i += 2;
    else j += 2;
  }
  return common;
}

/** The code points that are not in the set. */
export function complement(set: CodePoints): CodePoints {
  const gaps: number[] = [];
  let next = 0;
  for (const [low, high] of pairsOf(set)) {
    if (next < low) gaps.push(next, low - 1);
    next = high + 1;
  }
  if (next <= MAX) gaps.push(next, MAX);
  return intersect(gaps, ANY);
}

export function subtract(a: CodePoints, b: CodePoints): CodePoints {
  return intersect(a, complement(b));
}

export function contains(set: CodePoints, code: number): boolean {
  for (let i = 0; i < set.length; i += 2) if (code <= set[i + 1]) return code >= set[i];
  return false;
}

/** Number of code points. */
export function sizeOf(set: CodePoints): number {
  return pairsOf(set).reduce((sum, [low, high]) => sum + high - low + 1, 0);
}

/** The ranges, one pair each. */
export function pairsOf(set: CodePoints): [low: number, high: number][] {
  return Array.from({ length: set.length / 2 }, (_, i) => [set[2 * i], set[2 * i + 1]]);
}
