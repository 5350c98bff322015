/**
 * Damages files in the ways that break readers. A case is a pure function of its seeds and its number, so a
 * hang or a crash can be reproduced without a saved file.
 */
import { Random } from "../../src/base/random.ts";

type Mutation = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

const MAX_BYTES = 1 << 16;
const HEAD_BYTES = 256;

/** Numbers at which sizes, signs and products overflow. */
const INTERESTING: readonly bigint[] = [
  0n,
  1n,
  2n,
  3n,
  7n,
  8n,
  31n,
  32n,
  64n,
  127n,
  128n,
  255n,
  256n,
  1024n,
  4096n,
  32767n,
  32768n,
  65535n,
  65536n,
  1n << 20n,
  (1n << 24n) + 1n,
  (1n << 31n) - 1n,
  1n << 31n,
  (1n << 32n) - 1n,
  1n << 32n,
  1n << 40n,
  (1n << 53n) - 1n,
  1n << 53n,
  1n << 60n,
  1n << 61n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
  (1n << 64n) - 32n,
];

function pick<T>(items: readonly T[], random: Random): T {
  return items[random.below(items.length)];
}

/** End of the header; set for each case. */
let head = HEAD_BYTES;

/** A random offset; half of the time near the start, in the header. */
function place(bytes: Uint8Array, random: Random): number {
  return random.below(random.below(2) === 0 ? Math.min(bytes.byteLength, head) : bytes.byteLength);
}

/** A range of at least one byte and at most `most`, inside the file (which is not empty). */
function range(bytes: Uint8Array, random: Random, most = bytes.byteLength): { start: number; end: number } {
  const start = random.below(bytes.byteLength);
  const room = Math.min(most, bytes.byteLength - start);
  // Short ranges are more likely: 2 to a random power.
  const length = Math.min(room, 1 + random.below(2 ** random.below(17)));
  return { start, end: start + length };
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes.byteLength <= MAX_BYTES ? bytes : bytes.slice(0, MAX_BYTES);
}

function writeInteger(bytes: Uint8Array, offset: number, width: number, value: bigint): void {
  for (let i = 0; i < width && offset + i < bytes.byteLength; i++) {
    bytes[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }
}

function flipBit(bytes: Uint8Array, random: Random): Uint8Array {
  bytes[place(bytes, random)] ^= 1 << random.below(8);
  return bytes;
}

function setByte(bytes: Uint8Array, random: Random): Uint8Array {
  bytes[place(bytes, random)] = random.below(256);
  return bytes;
}

function setInteger(bytes: Uint8Array, random: Random): Uint8Array {
  const width = pick([1, 2, 4, 8], random);
  writeInteger(bytes, place(bytes, random), width, pick(INTERESTING, random));
  return bytes;
}

/** Overwrites an apparent count or length (a small number with zeros above it) with an interesting one. */
function setCount(bytes: Uint8Array, random: Random): Uint8Array {
  const start = place(bytes, random);
  for (let i = 0; i < bytes.byteLength; i++) {
    const at = (start + i) % bytes.byteLength;
    const width = [8, 4].find((w) => isSmallNumber(bytes, at, w));
    if (width === undefined) continue;
    writeInteger(bytes, at, width, pick(INTERESTING, random));
    return bytes;
  }
  return setInteger(bytes, random);
}

function isSmallNumber(bytes: Uint8Array, at: number, width: number): boolean {
  if (at + width > bytes.byteLength || bytes[at] === 0) return false;
  for (let i = 2; i < width; i++) if (bytes[at + i] !== 0) return false;
  return true;
}

/** Changes a number slightly: off by one, or by a block. */
function nudge(bytes: Uint8Array, random: Random): Uint8Array {
  const at = place(bytes, random);
  bytes[at] += pick([-32, -8, -1, 1, 8, 32], random);
  return bytes;
}

function truncate(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.slice(0, random.below(bytes.byteLength));
}

function insert(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.byteLength + 1);
  const length = 1 + random.below(2 ** random.below(8));
  const fill = pick([0, 0xff, random.below(256)], random);
  return joined(bytes.subarray(0, at), new Uint8Array(length).fill(fill), bytes.subarray(at));
}

function remove(bytes: Uint8Array, random: Random): Uint8Array {
  const { start, end } = range(bytes, random);
  return joined(bytes.subarray(0, start), bytes.subarray(end));
}

function duplicate(bytes: Uint8Array, random: Random): Uint8Array {
  const { start, end } = range(bytes, random);
  const times = 1 + random.below(3);
  const copies = Array.from({ length: times }, () => bytes.subarray(start, end));
  return joined(bytes.subarray(0, end), ...copies, bytes.subarray(end));
}

/** Copies a part of the file over another. */
function overwrite(bytes: Uint8Array, random: Random): Uint8Array {
  const { start, end } = range(bytes, random);
  bytes.copyWithin(random.below(bytes.byteLength), start, end);
  return bytes;
}

/** The start of one file and the end of another. */
function splice(bytes: Uint8Array, random: Random, others: readonly Uint8Array[]): Uint8Array {
  const other = pick(others, random);
  return joined(
    bytes.subarray(0, random.below(bytes.byteLength)),
    other.subarray(random.below(other.byteLength)),
  );
}

function fillRange(bytes: Uint8Array, random: Random): Uint8Array {
  const { start, end } = range(bytes, random, 64);
  return bytes.fill(pick([0, 0xff, random.below(256)], random), start, end);
}

/** Repeats a few bytes many times, to create deep nesting. */
function repeat(bytes: Uint8Array, random: Random): Uint8Array {
  const start = place(bytes, random);
  const unit = bytes.subarray(start, start + 1 + random.below(24));
  const times = 2 ** (1 + random.below(14));
  return joined(
    bytes.subarray(0, start),
    ...new Array<Uint8Array>(Math.min(times, MAX_BYTES)).fill(unit),
    bytes.subarray(start),
  );
}

const WORDS = [
  "null",
  "true",
  '"x"',
  "[]",
  "{}",
  "-1",
  "0",
  "1.5",
  "1e999",
  "2147483648",
  "9007199254740993",
  '"8"',
  "NaN",
  "[[[[1]]]]",
];

/** Replaces a number, word or string of a text with another value. */
function setWord(bytes: Uint8Array, random: Random): Uint8Array {
  const start = place(bytes, random);
  const near = String.fromCharCode(...bytes.subarray(start, start + 256));
  const match = /-?\d+(?:\.\d+)?|\b(?:true|false|null)\b|"[^"\n]{0,60}"/.exec(near);
  if (match === null) return setByte(bytes, random);
  const from = start + match.index;
  const word = new TextEncoder().encode(pick(WORDS, random));
  return joined(bytes.subarray(0, from), word, bytes.subarray(from + match[0].length));
}

/** Inserts a deep but balanced JSON value, so that the rest of the text stays valid. */
function nestWord(bytes: Uint8Array, random: Random): Uint8Array {
  const start = place(bytes, random);
  const near = String.fromCharCode(...bytes.subarray(start, start + 256));
  const match = /(?<=[:,[]\s?)(?:-?\d+(?:\.\d+)?|true|false|null|"[^"\n]{0,60}")/.exec(near);
  if (match === null) return setByte(bytes, random);
  const from = start + match.index;
  const depth = 2 ** (4 + random.below(11));
  const [open, close] = pick(
    [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const,
    random,
  );
  const text = `${open.repeat(depth)}1${close.repeat(depth)}`.slice(0, MAX_BYTES);
  return joined(
    bytes.subarray(0, from),
    new TextEncoder().encode(text),
    bytes.subarray(from + match[0].length),
  );
}

/** Each is chosen as often as it is listed: small changes get deepest into a reader. */
const MUTATIONS: readonly Mutation[] = [
  flipBit,
  flipBit,
  setByte,
  setByte,
  setInteger,
  setInteger,
  setCount,
  setCount,
  nudge,
  truncate,
  insert,
  remove,
  duplicate,
  overwrite,
  splice,
  fillRange,
  repeat,
  nestWord,
  setWord,
  setWord,
];

/** Case number `index` of run `seed` (below 2^32): one of the seed files, changed one to eight times. */
export function mutatedCase(
  seeds: readonly Uint8Array[],
  seed: number,
  index: number,
  headBytes = HEAD_BYTES,
): Uint8Array {
  head = headBytes;
  const random = new Random(seed * 2 ** 21 + index);
  let bytes: Uint8Array = pick(seeds, random).slice(0, MAX_BYTES);
  const changes = 1 + random.below(2 ** random.below(4));
  for (let i = 0; i < changes && bytes.byteLength > 0; i++)
    bytes = pick(MUTATIONS, random)(bytes, random, seeds);
  return bytes;
}
