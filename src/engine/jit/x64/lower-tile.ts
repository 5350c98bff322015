/**
 * Matrix tiles (AMX) in x86-64 code. Intel's manual, volume 2: all are VEX.128.0F38.W0; memory operands have a SIB
 * byte, whose index register holds the stride of rows.
 */
import { assert } from "../../../base/errors.ts";
import { type Address, TILE_OPS } from "../ir.ts";
import type { Context, Lowering } from "./context.ts";

/** Opcode and prefix (0 none, 1 66, 2 F3, 3 F2) by number of TILE_OPS. */
const ENCODINGS: Readonly<Record<number, { readonly opcode: number; readonly pp: number }>> = {
  [TILE_OPS.config]: { opcode: 0x49, pp: 0 },
  [TILE_OPS.release]: { opcode: 0x49, pp: 0 },
  [TILE_OPS.zero]: { opcode: 0x49, pp: 3 },
  [TILE_OPS.load]: { opcode: 0x4b, pp: 3 },
  [TILE_OPS.store]: { opcode: 0x4b, pp: 2 },
  [TILE_OPS.dot]: { opcode: 0x5e, pp: 3 },
  [TILE_OPS.dotBf16]: { opcode: 0x5c, pp: 2 },
};

function memory(c: Context, tile: number, address: Address): { extension: number; tail: number[] } {
  const base = c.reg(address.base);
  // Register 4 as an index means none.
  const index = address.index === undefined ? 4 : c.reg(address.index);
  assert(address.index === undefined || index !== 4, "rsp cannot be an index");
  const { disp } = address;
  const bytes = [disp & 255, (disp >> 8) & 255, (disp >> 16) & 255, (disp >> 24) & 255];
  const extension = 0x80 | (((index >> 3) ^ 1) << 6) | (((base >> 3) ^ 1) << 5);
  return { extension, tail: [0x84 | (tile << 3), ((index & 7) << 3) | (base & 7), ...bytes] };
}

export const tile: Lowering = (c, { imm, words, address }) => {
  const { opcode, pp } = ENCODINGS[imm as number];
  const [first = 0, a = 0, b = 0] = words as number[];
  const registers = { extension: 0xe0, tail: [0xc0 | (first << 3) | a] };
  const { extension, tail } = address === undefined ? registers : memory(c, first, address);
  c.asm.encoded([0xc4, extension | 2, ((~b & 15) << 3) | pp, opcode, ...tail]);
};
