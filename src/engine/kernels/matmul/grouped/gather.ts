/**
 * First part of a task of a grouped product: which tokens need which columns. Groups are cut into pieces of at most as many
 * columns as a chunk of a sum. For each piece the rows of x that it is multiplied with are copied one after another, scaled
 * by their gates, with the numbers of their tokens.
 */
import type { Arguments, KernelBuilder } from "../../../jit/builder.ts";
import type { Operand } from "../../../jit/language/core.ts";
import { CHUNK } from "../float/tile.ts";

/** Some columns of a group. */
export interface Piece {
  readonly width: number;
  readonly group: number;
}

/** The pieces of groups, in order of their columns. */
export function piecesOf(ranks: readonly number[]): Piece[] {
  return ranks.flatMap((rank, group) =>
    Array.from({ length: Math.ceil(rank / CHUNK) }, (_, i) => ({
      width: Math.min(CHUNK, rank - i * CHUNK),
      group,
    })),
  );
}

/** Two integers of each piece: its width, its group. */
export const pieceTable = (pieces: readonly Piece[]): Int32Array<ArrayBuffer> =>
  Int32Array.from(pieces.flatMap(({ width, group }) => [width, group]));

const field = (k: KernelBuilder, table: Operand<"ptr">, piece: Operand<"int">, number: number) =>
  k.loadInt("i32", { base: k.offset(table, k.shl(piece, 3)), disp: 4 * number });

export const widthOf = (k: KernelBuilder, table: Operand<"ptr">, piece: Operand<"int">) =>
  field(k, table, piece, 0);

/** A slot is one token of one piece. */
export interface Room {
  readonly pieces: number;
  /** Slots that there is room for. */
  readonly count: number;
  /** Floats of a slot. */
  readonly width: number;
}

/** Where a thread keeps what it gathered: notes, the slot after the last of each piece, tokens of slots, rows of slots. */
export interface Slots extends Room {
  readonly base: Operand<"ptr">;
}

/** Numbers of a task that registers have no room for. */
const NOTES_BYTES = 64;

export const endsAt = NOTES_BYTES;
export const tokensAt = ({ pieces }: Room): number => endsAt + 8 * pieces;
export const rowsAt = (slots: Room): number => 64 * Math.ceil((tokensAt(slots) + 8 * slots.count) / 64);
export const slotsBytes = (slots: Room): number =>
  64 * Math.ceil((rowsAt(slots) + 4 * slots.width * slots.count) / 64);

export const GATHER_PARAMETERS = {
  x: "ptr",
  gates: "ptr",
  sequences: "ptr",
  table: "ptr",
  columns: "int",
  groups: "int",
} as const;

/** Fills the slots with the tokens from `first` to `end`. */
export function gather(
  k: KernelBuilder,
  p: Arguments<typeof GATHER_PARAMETERS>,
  slots: Slots,
  first: () => Operand<"int">,
  end: () => Operand<"int">,
): void {
  const { base, pieces } = slots;
  const slot = k.variable(k.constant("int", 0));
  const column = k.variable(k.constant("int", 0));
  k.loop(0, pieces, 1, (piece) => {
    k.loop(first(), end(), 1, (token) => {
      const sequence = k.loadInt("i32", { base: p.sequences, index: token, scale: 4 });
      const gate = k.variable(k.add(k.mul(sequence, p.groups), field(k, p.table, piece, 1)));
      const bits = k.loadInt("i32", { base: p.gates, index: gate, scale: 4 });
      k.if(k.is(k.and(bits, 0x7fffffff), "!=", 0), () => {
        const factor = k.variable(k.broadcastF32({ base: p.gates, index: gate, scale: 4 }));
        k.storeInt("i64", { base, index: slot, scale: 8, disp: tokensAt(slots) }, token);
        const from = k.variable(k.offset(p.x, k.shl(k.add(k.mul(token, p.columns), column), 2)));
        const to = k.variable(k.offset(base, k.add(k.mul(slot, 4 * slots.width), rowsAt(slots))));
        k.vectorLoop(widthOf(k, p.table, piece), (index, mask) => {
          const scaled = k.mul(k.load("f32v", { base: from, index, scale: 4 }, { mask }), factor);
          k.store({ base: to, index, scale: 4 }, scaled, { mask });
        });
        slot.set(k.add(slot, 1));
      });
    });
    column.set(k.add(column, widthOf(k, p.table, piece)));
    k.storeInt("i64", { base, index: piece, scale: 8, disp: endsAt }, slot);
  });
}
