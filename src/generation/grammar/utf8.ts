/** Sets of code points as sequences of byte ranges in UTF-8. */
import { type CodePoints, pairsOf } from "./code-points.ts";

/** One or more ranges of bytes, one per byte of a character. */
export type ByteSequence = readonly (readonly [low: number, high: number])[];

/** Greatest code point of each encoded length. */
const LAST = [0x7f, 0x7ff, 0xffff, 0x10ffff];

const encoder = new TextEncoder();

/** UTF-8 bytes of a text; a lone surrogate becomes U+FFFD. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Sequences that together match exactly the characters of the set, in order of code points. */
export function byteSequences(set: CodePoints): ByteSequence[] {
  return pairsOf(set).flatMap(([low, high]) => splitByLength(low, high));
}

function splitByLength(low: number, high: number): ByteSequence[] {
  const sequences: ByteSequence[] = [];
  let from = low;
  for (const last of LAST) {
    if (from > last) continue;
    const to = Math.min(high, last);
    sequences.push(...splitByPrefix(bytesOf(from), bytesOf(to)));
    from = to + 1;
    if (from > high) break;
  }
  return sequences;
}

/** Splits a range so that all bytes after the first differing one take all values. */
function splitByPrefix(low: readonly number[], high: readonly number[]): ByteSequence[] {
  const [first, ...restOfLow] = low;
  const [last, ...restOfHigh] = high;
  if (restOfLow.length === 0) return [[[first, last]]];
  if (first === last) return splitByPrefix(restOfLow, restOfHigh).map((rest) => [[first, first], ...rest]);
  const least = restOfLow.map(() => 0x80);
  const greatest = restOfLow.map(() => 0xbf);
  const atLow = !restOfLow.every((byte) => byte === 0x80);
  const atHigh = !restOfHigh.every((byte) => byte === 0xbf);
  const sequences: ByteSequence[] = [];
  if (atLow)
    sequences.push(...splitByPrefix(restOfLow, greatest).map((rest) => [[first, first] as const, ...rest]));
  const from = first + (atLow ? 1 : 0);
  const to = last - (atHigh ? 1 : 0);
  if (from <= to) sequences.push([[from, to], ...least.map((byte, i) => [byte, greatest[i]] as const)]);
  if (atHigh)
    sequences.push(...splitByPrefix(least, restOfHigh).map((rest) => [[last, last] as const, ...rest]));
  return sequences;
}

function bytesOf(code: number): number[] {
  if (code <= LAST[0]) return [code];
  const tail = (shift: number): number => 0x80 | ((code >> shift) & 0x3f);
  if (code <= LAST[1]) return [0xc0 | (code >> 6), tail(0)];
  if (code <= LAST[2]) return [0xe0 | (code >> 12), tail(6), tail(0)];
  return [0xf0 | (code >> 18), tail(12), tail(6), tail(0)];
}

/** Bytes of a control token: they begin with 0xFF, which no UTF-8 text contains. */
export function bytesOfControl(id: number): Uint8Array {
  return Uint8Array.of(0xff, id >> 16, (id >> 8) & 0xff, id & 0xff);
}
