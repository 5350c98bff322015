/** Packed layouts on every target, compared with the definition of where each byte of the file's rows goes. */
import { describe, expect, it } from "vitest";
import {
  interpretingMachine,
  kernelMachines,
  runPacking,
} from "../../../../../test/support/kernel-harness.ts";
import { dtypeInfo } from "../../../../base/dtypes.ts";
import { Random } from "../../../../base/random.ts";
import { avx512 } from "../../../jit/target.ts";
import { FLOAT_TYPES, floatPackingOf, panelRows } from "../float/panels.ts";
import { groupsTogether, type QuantisedType } from "../quantised/types/block-type.ts";
import { QUANTISED_TYPES } from "../quantised/types/table.ts";
import { groupBlockBytes, packingOf } from "./interleave.ts";

const machines = kernelMachines();
/** Interpreted if this processor lacks it. */
if (!machines.some(({ target }) => target.isa === "avx512")) machines.push(interpretingMachine(avx512()));

function randomBytes(length: number): Uint8Array {
  const random = new Random(length);
  return Uint8Array.from({ length }, () => random.below(256));
}

/** Fields of `width` rows side by side, block by block. Does not apply `repack`. */
function interleaved(type: QuantisedType, source: Uint8Array, rows: number, blocks: number, width: number) {
  const { blockBytes } = dtypeInfo(type.dtype);
  const packed = new Uint8Array(Math.ceil(rows / width) * blocks * groupBlockBytes(type.dtype, width));
  for (let row = 0; row < rows; row++)
    for (let block = 0; block < blocks; block++) {
      const from = (row * blocks + block) * blockBytes;
      const to = (Math.floor(row / width) * blocks + block) * groupBlockBytes(type.dtype, width);
      const copy = (offset: number, bytes: number, start: number) =>
        packed.set(source.subarray(from + offset, from + offset + bytes), to + start + bytes * (row % width));
      for (const [i, offset] of type.halves.entries()) copy(offset, 2, 2 * width * i);
      const words = 2 * width * type.halves.length;
      for (const [i, offset] of type.words.entries()) copy(offset, 4, words + 4 * width * i);
    }
  return packed;
}

/** [panel][column][row]. */
function panels(source: Uint8Array, rows: number, columns: number, height: number, bytes: number) {
  const packed = new Uint8Array(Math.ceil(rows / height) * height * columns * bytes);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * bytes;
      const panel = Math.floor(row / height);
      const to = ((panel * columns + column) * height + (row % height)) * bytes;
      packed.set(source.subarray(from, from + bytes), to);
    }
  return packed;
}

/** Whole groups are packed with vectors, the rows of the last group one by one: the results must match. */
const ROW_COUNTS = [1, 15, 16, 32, 39];

describe.each(machines.map((machine) => ({ name: machine.target.name, machine })))("$name", ({ machine }) => {
  const width = machine.target.lanes * groupsTogether(machine.target);

  it.each([...QUANTISED_TYPES.values()].filter(({ repack }) => repack === undefined))(
    "$dtype is interleaved",
    (type) => {
      const { blockBytes, blockLength } = dtypeInfo(type.dtype);
      for (const rows of ROW_COUNTS)
        for (const blocks of [1, 3]) {
          const source = randomBytes(rows * blocks * blockBytes);
          const packing = packingOf(type, rows, blocks * blockLength, machine.target);
          const expected = interleaved(type, source, rows, blocks, width);
          expect(runPacking(machine, packing, source, 1), `${rows} × ${blocks} blocks`).toEqual(expected);
        }
    },
  );

  it.each([...QUANTISED_TYPES.values()])(
    "$dtype: a row's words do not depend on the rows beside it",
    (type) => {
      const { blockBytes, blockLength } = dtypeInfo(type.dtype);
      const blocks = 2;
      const source = randomBytes(width * blocks * blockBytes);
      const pack = (rows: number) =>
        runPacking(
          machine,
          packingOf(type, rows, blocks * blockLength, machine.target),
          source.subarray(0, rows * blocks * blockBytes),
        );
      const [whole, part] = [pack(width), pack(width - 1)];
      const halves = 2 * width * type.halves.length;
      const lastRow = (at: number): boolean => {
        const within = at % groupBlockBytes(type.dtype, width);
        const field = within < halves ? within >> 1 : (within - halves) >> 2;
        return field % width === width - 1;
      };
      expect(part).toEqual(whole.map((byte, at) => (lastRow(at) ? 0 : byte)));
    },
  );

  it.each([...FLOAT_TYPES.values()])("$dtype is packed in panels", (type) => {
    const height = panelRows(machine.target);
    for (const rows of [1, height - 1, height, 2 * height + 3])
      for (const columns of [1, 15, 32, 64, 101]) {
        const source = randomBytes(rows * columns * type.bytes);
        const packing = floatPackingOf(type, rows, columns, machine.target);
        const expected = panels(source, rows, columns, height, type.bytes);
        expect(runPacking(machine, packing, source, 1), `${rows} × ${columns}`).toEqual(expected);
      }
  });
});
