/**
 * Decides what to ask whom for. Pieces are chosen rarest first, so that none dies out, or in order, for models that run
 * while they arrive; a piece that was begun is finished first. When every missing block has been asked for, slow blocks
 * are asked of other sources too (end game).
 *
 * A source is any object that identifies a peer or a web seed here.
 */
import { ASSEMBLY_BYTES, BLOCK_BYTES } from "./limits.ts";
import { blockCount, blockLength, type PieceSet, pieceLength } from "./pieces.ts";
import type { Torrent } from "./torrent.ts";

export type PieceOrder = "rarest" | "sequential";
export type Source = object;

export interface Block {
  readonly piece: number;
  readonly index: number;
}

/** A piece that is being assembled. */
interface Assembly {
  readonly bytes: Uint8Array;
  /** By block: who has been asked; empty if nobody. */
  readonly asked: Source[][];
  /** By block: who sent it. */
  readonly sentBy: (Source | undefined)[];
  missing: number;
  /** After a bad hash: the only source that may be asked, so that its honesty shows. Null: the first that asks. */
  only: Source | null | undefined;
}

/** A piece whose blocks are all there. */
export interface FullPiece {
  readonly piece: number;
  readonly bytes: Uint8Array;
  readonly sources: readonly Source[];
}

/** Missing pieces that are compared for the rarest. Bounds the time of a choice in torrents of a million pieces. */
const COMPARED = 2048;
/** A web seed is asked for at most this part of the waiting pieces at once. */
const RUN_SHARE = 4;
/** Sources that may be asked for the same block. */
const MAX_ASKED = 3;

export class Picker {
  readonly #torrent: Torrent;
  readonly #order: PieceOrder;
  readonly #random: () => number;
  readonly have: PieceSet;
  /** By piece: the number of connected peers that have it. */
  readonly #owners: Uint16Array;
  /** Pieces that are neither here nor begun; in order if the order is sequential. */
  readonly #waiting: number[] = [];
  readonly #assemblies = new Map<number, Assembly>();
  /** Pieces whose hash is being computed, or that are being written. */
  readonly #checking = new Set<number>();
  /** Pieces that failed: each is fetched from a single source. */
  readonly #failed = new Set<number>();
  readonly #maxAssemblies: number;

  constructor(torrent: Torrent, have: PieceSet, order: PieceOrder, random: () => number = Math.random) {
    this.#torrent = torrent;
    this.#order = order;
    this.#random = random;
    this.have = have;
    this.#owners = new Uint16Array(torrent.pieceCount);
    for (let piece = 0; piece < torrent.pieceCount; piece++) if (!have.has(piece)) this.#waiting.push(piece);
    this.#maxAssemblies = Math.max(4, Math.floor(ASSEMBLY_BYTES / torrent.pieceBytes));
  }

  get isComplete(): boolean {
    return this.have.isFull;
  }

  /** A connected peer has a piece. */
  gained(piece: number): void {
    this.#owners[piece]++;
  }
  /** A peer with these pieces has gone. */
  lost(pieces: PieceSet): void {
    for (let piece = 0; piece < pieces.count; piece++) if (pieces.has(piece)) this.#owners[piece]--;
  }

  /** Whether one of these pieces is missing here. */
  wants(pieces: PieceSet): boolean {
    if (this.isComplete) return false;
    const { bytes } = this.have;
    return pieces.bytes.some((byte, i) => (byte & ~bytes[i]) !== 0);
  }

  /** Up to `count` blocks to ask of `source`, which has `pieces`. They count as asked. */
  blocksFor(source: Source, pieces: PieceSet, count: number): Block[] {
    const blocks: Block[] = [];
    for (const [piece, assembly] of this.#assemblies) {
      if (blocks.length >= count) return blocks;
      if (pieces.has(piece)) this.#take(blocks, source, piece, assembly, count, 1);
    }
    while (blocks.length < count) {
      const piece = this.#begin((candidate) => pieces.has(candidate));
      if (piece === undefined) break;
      this.#take(blocks, source, piece, this.#assemblies.get(piece)!, count, 1);
    }
    if (blocks.length === 0 && this.#waiting.length === 0) this.#duplicate(blocks, source, pieces, count);
    return blocks;
  }

  /** End game: blocks that others owe. */
  #duplicate(blocks: Block[], source: Source, pieces: PieceSet, count: number): void {
    for (const [piece, assembly] of this.#assemblies) {
      if (blocks.length >= count) return;
      if (pieces.has(piece)) this.#take(blocks, source, piece, assembly, count, MAX_ASKED);
    }
  }

  /** Adds blocks of a piece that fewer than `maxAsked` sources have been asked for. */
  #take(
    blocks: Block[],
    source: Source,
    piece: number,
    assembly: Assembly,
    count: number,
    maxAsked: number,
  ): void {
    if (assembly.only === null) assembly.only = source;
    if (assembly.only !== undefined && assembly.only !== source) return;
    for (let index = 0; index < assembly.asked.length && blocks.length < count; index++) {
      const asked = assembly.asked[index];
      if (assembly.sentBy[index] !== undefined || asked.length >= maxAsked || asked.includes(source))
        continue;
      asked.push(source);
      blocks.push({ piece, index });
    }
  }

  /**
   * A run of whole pieces for a web seed, which has every piece: at most `maxBytes` unless one piece is longer, one
   * after the other in the torrent, and only a part of what waits, so that peers have something to send too. In the end
   * game, a piece that others owe. Undefined if there is nothing to do.
   * @param partners sources that are the same server: what they owe is not asked for twice.
   */
  runFor(
    source: Source,
    maxBytes: number,
    partners: readonly Source[] = [],
  ): { readonly first: number; readonly end: number } | undefined {
    const share = Math.ceil(this.#waiting.length / RUN_SHARE);
    const first = this.#begin(() => true) ?? this.#owed(source, partners);
    if (first === undefined) return undefined;
    const limit = Math.max(1, Math.min(share, Math.floor(maxBytes / this.#torrent.pieceBytes)));
    let end = first;
    do {
      this.#take([], source, end, this.#assemblies.get(end)!, Number.POSITIVE_INFINITY, MAX_ASKED);
      end++;
    } while (end < first + limit && this.#beginAt(end));
    return { first, end };
  }

  /** A piece with blocks that this source may be asked for, though others have been asked. */
  #owed(source: Source, partners: readonly Source[]): number | undefined {
    for (const [piece, { asked, sentBy, only }] of this.#assemblies) {
      if (only !== undefined && only !== null && only !== source) continue;
      const isOpen = (index: number) =>
        sentBy[index] === undefined &&
        asked[index].length < MAX_ASKED &&
        !asked[index].some((other) => other === source || partners.includes(other));
      if (asked.some((_, index) => isOpen(index))) return piece;
    }
    return undefined;
  }

  /** Starts assembling the best waiting piece that `isPossible`. */
  #begin(isPossible: (piece: number) => boolean): number | undefined {
    if (this.#assemblies.size + this.#checking.size >= this.#maxAssemblies) return undefined;
    const at = this.#order === "sequential" ? this.#waiting.findIndex(isPossible) : this.#rarest(isPossible);
    return at < 0 ? undefined : this.#beginWaiting(at);
  }

  #beginAt(piece: number): boolean {
    if (this.#assemblies.size + this.#checking.size >= this.#maxAssemblies) return false;
    if (this.have.has(piece) || piece >= this.#torrent.pieceCount) return false;
    const at = this.#waiting.indexOf(piece);
    if (at < 0) return false;
    this.#beginWaiting(at);
    return true;
  }

  #beginWaiting(at: number): number {
    const piece = this.#waiting[at];
    if (this.#order === "sequential") this.#waiting.splice(at, 1);
    else {
      const last = this.#waiting.pop()!;
      if (at < this.#waiting.length) this.#waiting[at] = last;
    }
    const blocks = blockCount(this.#torrent, piece);
    this.#assemblies.set(piece, {
      bytes: new Uint8Array(pieceLength(this.#torrent, piece)),
      asked: Array.from({ length: blocks }, () => []),
      sentBy: new Array(blocks).fill(undefined),
      missing: blocks,
      only: this.#failed.has(piece) ? null : undefined,
    });
    return piece;
  }

  /** Index of the piece that the fewest peers have, among some that wait, from a random one on. */
  #rarest(isPossible: (piece: number) => boolean): number {
    const { length } = this.#waiting;
    const start = Math.floor(this.#random() * length);
    let best = -1;
    for (let step = 0, compared = 0; step < length && compared < COMPARED; step++) {
      const at = (start + step) % length;
      if (!isPossible(this.#waiting[at])) continue;
      compared++;
      if (best < 0 || this.#owners[this.#waiting[at]] < this.#owners[this.#waiting[best]]) best = at;
    }
    return best;
  }

  /**
   * Takes a block. `others` are sources that still owe it. `full` is the piece if this was its last block: call
   * `verified` or `refused` for it next. Undefined if the block is not wanted (any more) or has a wrong length.
   */
  receive(
    source: Source,
    { piece, index }: Block,
    bytes: Uint8Array,
  ): { readonly others: readonly Source[]; readonly full?: FullPiece } | undefined {
    const assembly = this.#assemblies.get(piece);
    if (assembly?.asked[index] === undefined || assembly.sentBy[index] !== undefined) return undefined;
    const isOwed = assembly.asked[index].includes(source);
    if (!isOwed || bytes.length !== blockLength(this.#torrent, piece, index)) return undefined;
    assembly.bytes.set(bytes, index * BLOCK_BYTES);
    assembly.sentBy[index] = source;
    const others = assembly.asked[index].filter((asked) => asked !== source);
    assembly.asked[index] = [];
    if (--assembly.missing > 0) return { others };
    this.#assemblies.delete(piece);
    this.#checking.add(piece);
    const sources = [...new Set(assembly.sentBy)].filter((sender) => sender !== undefined);
    return { others, full: { piece, bytes: assembly.bytes, sources } };
  }

  /** Whether a source still owes a block of the pieces [first, end). */
  owes(source: Source, first: number, end: number): boolean {
    for (let piece = first; piece < end; piece++)
      if (this.#assemblies.get(piece)?.asked.some((asked) => asked.includes(source))) return true;
    return false;
  }

  /** A source owes nothing any more: its blocks may be asked of others. */
  release(source: Source): void {
    for (const assembly of this.#assemblies.values()) {
      for (const asked of assembly.asked) {
        const at = asked.indexOf(source);
        if (at >= 0) asked.splice(at, 1);
      }
      // Another source must not finish what this one began: the blame would be shared again.
      if (assembly.only === source) this.#restart(assembly);
    }
  }

  #restart(assembly: Assembly): void {
    assembly.only = null;
    assembly.sentBy.fill(undefined);
    assembly.missing = assembly.sentBy.length;
  }

  /** The piece is right and on the disk. */
  verified(piece: number): void {
    this.#checking.delete(piece);
    this.#failed.delete(piece);
    this.have.add(piece);
  }

  /** The piece is wrong: it is fetched again, from one source. */
  refused(piece: number): void {
    this.#checking.delete(piece);
    this.#failed.add(piece);
    if (this.#order === "sequential") {
      const at = this.#waiting.findIndex((waiting) => waiting > piece);
      this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, piece);
    } else this.#waiting.push(piece);
  }
}
