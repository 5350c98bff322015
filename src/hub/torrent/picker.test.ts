import { describe, expect, it } from "vitest";
import { BLOCK_BYTES } from "./limits.ts";
import { type Block, Picker, type PieceOrder } from "./picker.ts";
import { blockLength, PieceSet } from "./pieces.ts";
import type { Torrent } from "./torrent.ts";

const BLOCKS = 2;
const torrentOf = (pieceCount: number) =>
  ({
    byteLength: pieceCount * BLOCKS * BLOCK_BYTES - 100,
    pieceBytes: BLOCKS * BLOCK_BYTES,
    pieceCount,
  }) as Torrent;

const pickerOf = (pieceCount: number, order: PieceOrder = "rarest", have = new PieceSet(pieceCount)) =>
  new Picker(torrentOf(pieceCount), have, order, () => 0);

function setOf(count: number, ...pieces: number[]): PieceSet {
  const set = new PieceSet(count);
  for (const piece of pieces) set.add(piece);
  return set;
}

const pieces = (blocks: readonly Block[]) => [...new Set(blocks.map(({ piece }) => piece))];
const give = (picker: Picker, source: object, { piece, index }: Block, pieceCount: number) =>
  picker.receive(source, { piece, index }, new Uint8Array(blockLength(torrentOf(pieceCount), piece, index)));

describe("Picker", () => {
  it("prefers the rarest piece, and finishes what it began", () => {
    const picker = pickerOf(4);
    const all = PieceSet.full(4);
    for (const piece of [0, 0, 0, 1, 1, 2, 3, 3]) picker.gained(piece);
    expect(picker.blocksFor({}, all, 1)).toEqual([{ piece: 2, index: 0 }]);
    expect(picker.blocksFor({}, all, 2)).toEqual([
      { piece: 2, index: 1 },
      { piece: 1, index: 0 },
    ]);
  });

  it("goes in order if asked, past what the peer lacks and what is there", () => {
    const picker = pickerOf(6, "sequential", setOf(6, 0));
    expect(pieces(picker.blocksFor({}, setOf(6, 0, 2, 4, 5), 4))).toEqual([2, 4]);
    expect(pieces(picker.blocksFor({}, PieceSet.full(6), 6))).toEqual([1, 3, 5]);
  });

  it("asks several sources for the last blocks, and says who still owes a block that came", () => {
    const picker = pickerOf(1);
    const [a, b, c, d] = [{}, {}, {}, {}];
    const all = PieceSet.full(1);
    expect(picker.blocksFor(a, all, 9)).toHaveLength(2);
    expect(picker.blocksFor(b, all, 9)).toHaveLength(2);
    expect(picker.blocksFor(c, all, 9)).toHaveLength(2);
    expect(picker.blocksFor(d, all, 9)).toEqual([]); // three are enough
    expect(picker.blocksFor(a, all, 9)).toEqual([]);
    expect(give(picker, b, { piece: 0, index: 0 }, 1)).toEqual({ others: [a, c] });
    expect(give(picker, a, { piece: 0, index: 0 }, 1)).toBeUndefined();
  });

  it("accepts only blocks that were asked for, with the right length", () => {
    const picker = pickerOf(2, "sequential");
    const source = {};
    picker.blocksFor(source, PieceSet.full(2), 4);
    expect(give(picker, {}, { piece: 0, index: 0 }, 2)).toBeUndefined();
    expect(picker.receive(source, { piece: 0, index: 0 }, new Uint8Array(5))).toBeUndefined();
    expect(picker.receive(source, { piece: 0, index: 7 }, new Uint8Array(BLOCK_BYTES))).toBeUndefined();
    expect(picker.receive(source, { piece: 9, index: 0 }, new Uint8Array(BLOCK_BYTES))).toBeUndefined();
    expect(give(picker, source, { piece: 0, index: 0 }, 2)).toEqual({ others: [] });
    expect(give(picker, source, { piece: 0, index: 1 }, 2)?.full).toMatchObject({
      piece: 0,
      sources: [source],
    });
  });

  it("gives the blocks of a source that left to others", () => {
    const picker = pickerOf(1);
    const [a, b] = [{}, {}];
    picker.blocksFor(a, PieceSet.full(1), 9);
    give(picker, a, { piece: 0, index: 0 }, 1);
    picker.release(a);
    expect(picker.blocksFor(b, PieceSet.full(1), 9)).toEqual([{ piece: 0, index: 1 }]);
  });

  it("fetches a wrong piece again from a single source, and from another if that one leaves", () => {
    const picker = pickerOf(1);
    const [a, b] = [{}, {}];
    const all = PieceSet.full(1);
    picker.blocksFor(a, all, 1);
    picker.blocksFor(b, all, 1);
    give(picker, a, { piece: 0, index: 0 }, 1);
    expect(give(picker, b, { piece: 0, index: 1 }, 1)?.full?.sources).toEqual([a, b]);
    picker.refused(0);
    expect(picker.blocksFor(a, all, 1)).toHaveLength(1);
    expect(picker.blocksFor(b, all, 9)).toEqual([]);
    give(picker, a, { piece: 0, index: 0 }, 1);
    picker.release(a);
    expect(picker.blocksFor(b, all, 9)).toHaveLength(2); // also the block that the first one sent
  });

  it("gives web seeds runs of whole pieces, and what others owe at the end", () => {
    const picker = pickerOf(9, "sequential", setOf(9, 2, 5, 6, 7, 8));
    const [seed, other] = [{}, {}];
    const two = 2 * BLOCKS * BLOCK_BYTES;
    expect(picker.runFor(seed, two)).toEqual({ first: 0, end: 1 }); // a quarter of what waits
    expect(picker.runFor(other, 1)).toEqual({ first: 1, end: 2 });
    expect(picker.runFor(other, two)).toEqual({ first: 3, end: 4 });
    expect(picker.runFor(other, two)).toEqual({ first: 4, end: 5 });
    expect(picker.runFor(other, two)).toEqual({ first: 0, end: 1 });
    expect(picker.owes(other, 3, 5)).toBe(true);
    picker.release(other);
    expect(picker.owes(other, 0, 5)).toBe(false);
    const many = pickerOf(100, "sequential", setOf(100, 3));
    expect(many.runFor(seed, 1e9)).toEqual({ first: 0, end: 3 }); // up to a piece that is there
    expect(many.runFor(seed, 1e9)).toEqual({ first: 4, end: 28 });
    expect(many.runFor(seed, two)).toEqual({ first: 28, end: 30 });
  });

  it("bounds the pieces in memory", () => {
    const pieceBytes = 64 * 2 ** 20;
    const torrent = { byteLength: 100 * pieceBytes, pieceBytes, pieceCount: 100 } as Torrent;
    const picker = new Picker(torrent, new PieceSet(100), "rarest", () => 0);
    expect(pieces(picker.blocksFor({}, PieceSet.full(100), 1e6))).toHaveLength(4);
  });

  it("wants what is missing here", () => {
    const picker = pickerOf(9, "rarest", setOf(9, 0, 8));
    expect(picker.wants(setOf(9, 0, 8))).toBe(false);
    expect(picker.wants(setOf(9, 0, 7))).toBe(true);
  });
});
