/** Chunks whose words are transposed in registers: vector i holds word i of every block. For every type and target. */
import { dtypeInfo } from "../../../../base/dtypes.ts";
import type { Target } from "../../../jit/target.ts";
import { constantRows, wordsOf } from "../layout/transpose.ts";
import { layoutOf } from "./activations.ts";
import { ChunkTile, type ChunkWay } from "./chunk-tile.ts";
import { FileFields } from "./file-fields.ts";
import {
  liftOf,
  PackedBlock,
  type QuantisedType,
  RUN_WORDS,
  type RunCodes,
  runOfBlock,
  takesWholeBytes,
} from "./types/block-type.ts";
import { Literals } from "./types/literals.ts";

/** Words of a run of nibbles. */
const NIBBLE_WORDS = RUN_WORDS / 2;

/** Whether the codes of a type are nibbles that the target multiplies as they are. */
const multipliesNibbles = (type: QuantisedType, target: Target): boolean =>
  type.unpacking.kind === "nibbles" && takesWholeBytes(target);

/**
 * Adds the products of nibbles that stay where they are in their bytes. The sum of the lower ones (of the upper ones, if codes
 * are not lifted) is shifted, so that no code is.
 */
function addNibbles(tile: ChunkTile, codes: RunCodes, block: PackedBlock): void {
  const { k } = tile;
  let [low, high] = [k.constant("i32v", 0), k.constant("i32v", 0)];
  for (let word = 0; word < NIBBLE_WORDS; word++) {
    const bytes = block.bytes(word);
    const values = [word, word + NIBBLE_WORDS].map((at) => tile.value("i8v", 0, 0, 4 * at));
    low = k.dot4(low, k.and(bytes, block.literal(0x0f)), values[0], { max: 0x0f });
    high = k.dot4(high, k.and(bytes, block.literal(0xf0)), values[1], { max: 0xf0 });
  }
  const sum = block.lift === 0 ? k.add(low, k.sar(high, 4)) : k.add(k.shl(low, 4), high);
  tile.addProducts(0, codes, [sum]);
}

const activationBytes: ChunkWay["activationBytes"] = (type, target) => layoutOf(type, target).runBytes;

/** Each vector of activations holds the same 4 bytes of every block. */
export const TRANSPOSED: ChunkWay = {
  activationBytes,
  begin(k, type, grid) {
    const runBytes = activationBytes(type, k.target);
    const areNibbles = multipliesNibbles(type, k.target);
    const masks = areNibbles ? [0x0f, 0xf0] : (type.masks?.(liftOf(type, k.target)) ?? []);
    const literals = new Literals(k, masks);
    return {
      order(from, to) {
        const rows = constantRows(from, runBytes);
        const words = runBytes / 4;
        for (let word = 0; word < words; word += 4) {
          // The last 16 bytes begin early enough to end with the run.
          const start = Math.min(word, words - 4);
          wordsOf(k, rows, 4 * start).forEach((vector, i) => {
            k.store({ base: to, disp: 4 * k.lanes * (start + i) }, vector);
          });
        }
      },
      multiply(from, activations, to) {
        const tile = new ChunkTile(k, type, activations, (disp) => k.lanes * disp, to);
        const fields = new FileFields(k, type, constantRows(from, dtypeInfo(type.dtype).blockBytes));
        const block = new PackedBlock(k, type, fields, grid, { literals });
        const codes = runOfBlock(block, 0);
        if (areNibbles) addNibbles(tile, codes, block);
        else tile.add(0, codes);
      },
    };
  },
};
