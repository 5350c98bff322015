/**
 * About two bits per value: eight magnitudes together are one point of a grid (grids.ts), plus eight signs.
 * Blocks of 256; sub-blocks of 32 (k = 0 … 7), each four groups of eight values (g = 0 … 3).
 *
 *     IQ2_XXS  byte 0    d       f16
 *              byte 2    q       per sub-block: 4 grid numbers of 8 bits (256 points), then a u32
 *                                ssss 3333333 2222222 1111111 0000000: scale, and the signs of groups 3 … 0
 *     IQ2_XS   byte 0    d       f16
 *              byte 2    q       u16 × 32, one per group: sssssssp pppppppp: signs, grid number (512 points)
 *              byte 66   scales  hhhhllll × 8: groups 0, 1 (l) and 2, 3 (h) of sub-block k
 *     IQ2_S    byte 0    d       f16
 *              byte 2    q       u8 × 32, one per group: low 8 bits of the grid number (1024 points)
 *              byte 34   signs   u8 × 32, one per group: bit j set makes value j negative
 *              byte 66   high    33221100 × 8: bits 8, 9 of the grid numbers of groups 3 … 0
 *              byte 74   scales  as in IQ2_XS
 *
 * Seven bits encode eight signs: see SIGNS in grids.ts.
 */
import { type Codec, D, f16, field, u16, u32 } from "./codec.ts";
import { IQ2_S_GRID, IQ2_XS_GRID, IQ2_XXS_GRID, SIGNS, signedPoint } from "./grids.ts";

/** The 4-bit scale s encodes (s + ½) / 4, so that no scale is zero. */
const step = (scale: number): number => (scale + 0.5) * 0.25;

export const IQ2_XXS: Codec = {
  fields: [D, field("q", 64, "8 × (4 × 8-bit grid number, 4 × 7-bit signs, 4-bit scale)")],
  formula: "d · (scale + ½) / 4 · ±grid[q]",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 66, to += 256) {
      const d = f16(bytes, at);
      for (let k = 0; k < 8; k++) {
        const q = at + 2 + 8 * k;
        const word = u32(bytes, q + 4);
        const scale = d * step(word >>> 28);
        for (let g = 0; g < 4; g++) {
          const signs = SIGNS[(word >>> (7 * g)) & 127];
          signedPoint(IQ2_XXS_GRID, bytes[q + g], scale, signs, out, to + 32 * k + 8 * g);
        }
      }
    }
  },
};

export const IQ2_XS: Codec = {
  fields: [
    D,
    field("q", 64, "32 × (9-bit grid number, 7-bit signs)"),
    field("scales", 8, "16 × 4 bits, each for 16 values"),
  ],
  formula: "d · (scale + ½) / 4 · ±grid[q]",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 74, to += 256) {
      const d = f16(bytes, at);
      for (let g = 0; g < 32; g++) {
        const q = u16(bytes, at + 2 + 2 * g);
        const scale = d * step((bytes[at + 66 + (g >> 2)] >> (2 * (g & 2))) & 15);
        signedPoint(IQ2_XS_GRID, q & 511, scale, SIGNS[q >> 9], out, to + 8 * g);
      }
    }
  },
};

export const IQ2_S: Codec = {
  fields: [
    D,
    field("q", 32, "32 × low 8 bits of a 10-bit grid number"),
    field("signs", 32, "256 × 1 bit"),
    field("high", 8, "32 × 2 bits: bits 8 and 9 of each grid number"),
    field("scales", 8, "16 × 4 bits, each for 16 values"),
  ],
  formula: "d · (scale + ½) / 4 · ±grid[q]",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 82, to += 256) {
      const d = f16(bytes, at);
      for (let g = 0; g < 32; g++) {
        const high = (bytes[at + 66 + (g >> 2)] >> (2 * (g & 3))) & 3;
        const scale = d * step((bytes[at + 74 + (g >> 2)] >> (2 * (g & 2))) & 15);
        const point = bytes[at + 2 + g] | (high << 8);
        signedPoint(IQ2_S_GRID, point, scale, bytes[at + 34 + g], out, to + 8 * g);
      }
    }
  },
};
