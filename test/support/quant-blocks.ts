/** Blocks shared by tests: pseudo-random bytes in every field, except that scales are finite. */
import { type DType, dtypeInfo } from "../../src/base/dtypes.ts";
import { Random } from "../../src/base/random.ts";
import { codecs, decode } from "../../src/quant/index.ts";

/** Offset (within a block) of the byte that has the top bits of each float field. */
function topBytes(dtype: DType): number[] {
  if (dtype === "IQ1_M") return [55]; // d's top nibble is in the last of the four scale words
  const found: number[] = [];
  let end = 0;
  for (const { byteLength, holds } of codecs[dtype].fields) {
    end += byteLength;
    if (/^f(16|32)/.test(holds)) found.push(end - 1);
  }
  return found;
}

/** `count` blocks from the low bytes of `new Random(seed).u32()`, then bit 6 of each float's top byte cleared. */
export function randomBlocks(dtype: DType, count: number, seed: number): Uint8Array {
  const { blockBytes, kind } = dtypeInfo(dtype);
  const random = new Random(seed);
  const bytes = Uint8Array.from({ length: count * blockBytes }, () => random.u32() & 255);
  const tops = kind === "float" ? [blockBytes - 1] : topBytes(dtype);
  for (let block = 0; block < count; block++) {
    for (const top of tops) bytes[block * blockBytes + top] &= 0xbf;
  }
  return bytes;
}

/**
 * Rows to encode: bell-shaped values (sums of four uniforms, since no library function may change them) at scales from
 * 2^-20 to 2^11, followed by difficult rows: zeros, negative zeros, ties in rounding, equal magnitudes of both signs,
 * subnormal and large values.
 */
export function randomRows(rowLength: number, seed: number): Float32Array {
  const random = new Random(seed);
  const rows: number[] = [];
  for (let exponent = -20; exponent < 12; exponent++) {
    for (let j = 0; j < rowLength; j++) {
      const sum = random.uniform() + random.uniform() + random.uniform() + random.uniform();
      rows.push((sum - 2) * 2 ** exponent);
    }
  }
  const awkward: ((j: number) => number)[] = [
    () => 0,
    () => -0,
    (j) => (j === 3 ? 1 : 0),
    (j) => (j === 3 ? -127 : j - 15.5),
    (j) => (j === 5 ? 8 : (j % 16) - 7.5),
    (j) => (j === 5 ? -8 : (j % 16) - 7.5),
    (j) => (j % 2 === 0 ? 3 : -3),
    (j) => (j + 1) * 1e-42,
    (j) => (j - 16) * 2 ** -24,
    (j) => ((j % 32) - 16) * 30000,
  ];
  for (const at of awkward) for (let j = 0; j < rowLength; j++) rows.push(at(j));
  return Float32Array.from(rows);
}

/** Bytes at offsets of a block: `{ 0: [0x00, 0x3c] }` puts f16 1.0 at its start. */
export type Patch = Readonly<Record<number, readonly number[]>>;

/** The f16 numbers that hand-made blocks use, as bytes. */
export const HALF = { one: [0x00, 0x3c], two: [0x00, 0x40], minusOne: [0x00, 0xbc], quarter: [0x00, 0x34] };

/** A block of zero bytes with these patches; later patches override earlier ones. */
export function blockOf(dtype: DType, ...patches: Patch[]): Uint8Array {
  const bytes = new Uint8Array(dtypeInfo(dtype).blockBytes);
  for (const patch of patches) {
    for (const [offset, values] of Object.entries(patch)) bytes.set(values, Number(offset));
  }
  return bytes;
}

/** The values of one hand-made block. */
export function valuesOf(dtype: DType, ...patches: Patch[]): number[] {
  return [...decode(dtype, blockOf(dtype, ...patches), dtypeInfo(dtype).blockLength)];
}

/** The changes of `patch` on top of `base`: value by index. */
export function effectOf(dtype: DType, base: Patch, patch: Patch): Record<number, number> {
  const before = valuesOf(dtype, base);
  const after = valuesOf(dtype, base, patch);
  return Object.fromEntries(after.flatMap((value, i) => (value === before[i] ? [] : [[i, value]])));
}

/** `{ from: value, from + 1: value, … }` for `count` values: the result of `effectOf` for a run. */
export function run(from: number, count: number, value: number): Record<number, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [from + i, value]));
}
