/**
 * About three bits per value: four magnitudes together are one point of a grid (grids.ts), plus signs. Blocks
 * of 256; groups of eight values (g = 0 … 31), each two points (i = 2g, 2g + 1).
 *
 *     IQ3_XXS  byte 0    d       f16
 *              byte 2    q       u8 × 64: grid numbers (256 points)
 *              byte 66   signs   u32 × 8, per 32 values: ssss 3333333 2222222 1111111 0000000:
 *                                scale, and the signs of the 32 values' groups 3 … 0
 *     IQ3_S    byte 0    d       f16
 *              byte 2    q       u8 × 64: low 8 bits of the grid numbers (512 points)
 *              byte 66   high    u8 × 8: bit i of byte k is bit 8 of grid number 8k + i
 *              byte 74   signs   u8 × 32, one per group: bit j set makes value j negative
 *              byte 106  scales  hhhhllll × 4: of 32 values each
 */
import { type Codec, D, f16, field, u32 } from "./codec.ts";
import { IQ3_S_GRID, IQ3_XXS_GRID, SIGNS, signedPoint } from "./grids.ts";

export const IQ3_XXS: Codec = {
  fields: [
    D,
    field("q", 64, "64 × 8-bit grid number"),
    field("signs", 32, "8 × (4 × 7-bit signs, 4-bit scale)"),
  ],
  formula: "d · (scale + ½) / 2 · ±grid[q]",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 98, to += 256) {
      const d = f16(bytes, at);
      for (let k = 0; k < 8; k++) {
        const word = u32(bytes, at + 66 + 4 * k);
        const scale = d * ((word >>> 28) + 0.5) * 0.5;
        for (let g = 0; g < 4; g++) {
          const signs = SIGNS[(word >>> (7 * g)) & 127];
          const q = at + 2 + 8 * k + 2 * g;
          const group = to + 32 * k + 8 * g;
          signedPoint(IQ3_XXS_GRID, bytes[q], scale, signs, out, group);
          signedPoint(IQ3_XXS_GRID, bytes[q + 1], scale, signs >> 4, out, group + 4);
        }
      }
    }
  },
};

export const IQ3_S: Codec = {
  fields: [
    D,
    field("q", 64, "64 × low 8 bits of a 9-bit grid number"),
    field("high", 8, "64 × 1 bit: bit 8 of each grid number"),
    field("signs", 32, "256 × 1 bit"),
    field("scales", 4, "8 × 4 bits, each for 32 values"),
  ],
  formula: "d · (2 · scale + 1) · ±grid[q]",
  decode(bytes, at, out, to, blocks) {
    for (let block = 0; block < blocks; block++, at += 110, to += 256) {
      const d = f16(bytes, at);
      for (let i = 0; i < 64; i++) {
        const k = i >> 3;
        const scale = d * (2 * ((bytes[at + 106 + (k >> 1)] >> (4 * (k & 1))) & 15) + 1);
        const point = bytes[at + 2 + i] | (((bytes[at + 66 + k] >> (i & 7)) & 1) << 8);
        const signs = bytes[at + 74 + (i >> 1)] >> (4 * (i & 1));
        signedPoint(IQ3_S_GRID, point, scale, signs, out, to + 4 * i);
      }
    }
  },
};
