/**
 * About one and a half bits per value: eight values of −1, 0, 1 together are one of 2048 points (grids.ts),
 * all shifted by +⅛ or −⅛. Blocks of 256; groups of eight values (g = 0 … 31).
 *
 *     IQ1_S   byte 0    d       f16
 *             byte 2    q       u8 × 32: low 8 bits of the grid numbers
 *             byte 34   high    u16 × 8, per 32 values: nsss 333 222 111 000: shift negative?, scale,
 *                               bits 8 … 10 of the grid numbers of the 32 values' groups 3 … 0
 *     IQ1_M   byte 0    q       u8 × 32: low 8 bits of the grid numbers
 *             byte 32   high    nhhhnlll × 16: bits 8 … 10 of grid numbers 2i (l) and 2i + 1 (h),
 *                               each with its own n: shift negative?
 *             byte 48   scales  u16 × 4: dddd 333 222 111 000: four scales of 16 values each,
 *                               and four bits of d, an f16 whose lowest bits are in the first u16
 */
import { f16ToF32 } from "../base/half.ts";
import { type Codec, D, type Floats, f16, field, u16 } from "./codec.ts";
import { IQ1_GRID } from "./grids.ts";

const SHIFT = 0.125;

function shiftedPoint(point: number, scale: number, shift: number, out: Floats, to: number): void {
  const { points } = IQ1_GRID;
  for (let j = 0; j < 8; j++) out[to + j] = scale * (points[8 * point + j] + shift);
}

export const IQ1_S: Codec = {
  fields: [
    D,
    field("q", 32, "32 × low 8 bits of an 11-bit grid number"),
    field("high", 16, "8 × (4 × 3 bits of grid numbers, 3-bit scale, 1-bit sign of the shift)"),
  ],
  formula: "d · (2 · scale + 1) · (grid[q] ± ⅛)",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 50, to += 256) {
      const d = f16(bytes, at);
      for (let g = 0; g < 32; g++) {
        const high = u16(bytes, at + 34 + 2 * (g >> 2));
        const scale = d * (2 * ((high >> 12) & 7) + 1);
        const point = bytes[at + 2 + g] | (((high >> (3 * (g & 3))) & 7) << 8);
        shiftedPoint(point, scale, high & 0x8000 ? -SHIFT : SHIFT, out, to + 8 * g);
      }
    }
  },
};

/** The f16 scale of an IQ1_M block, gathered from the top four bits of each of the four words at `at`. */
function gatheredScale(bytes: Uint8Array, at: number): number {
  const low = (bytes[at + 1] >> 4) | (bytes[at + 3] & 0xf0);
  const high = (bytes[at + 5] >> 4) | (bytes[at + 7] & 0xf0);
  return f16ToF32(low | (high << 8));
}

export const IQ1_M: Codec = {
  fields: [
    field("q", 32, "32 × low 8 bits of an 11-bit grid number"),
    field("high", 16, "32 × (3 bits of a grid number, 1-bit sign of the shift)"),
    field("scales", 8, "4 × (4 × 3-bit scale, 4 bits of the f16 d)"),
  ],
  formula: "d · (2 · scale + 1) · (grid[q] ± ⅛)",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 56, to += 256) {
      const d = gatheredScale(bytes, at + 48);
      for (let g = 0; g < 32; g++) {
        const high = bytes[at + 32 + (g >> 1)] >> (4 * (g & 1));
        const word = u16(bytes, at + 48 + 2 * (g >> 3));
        const scale = d * (2 * ((word >> (3 * ((g >> 1) & 3))) & 7) + 1);
        const point = bytes[at + g] | ((high & 7) << 8);
        shiftedPoint(point, scale, high & 8 ? -SHIFT : SHIFT, out, to + 8 * g);
      }
    }
  },
};
