/** Pieces, blocks and files of a torrent as ranges of bytes; sets of pieces as bits. */
import { BLOCK_BYTES } from "./limits.ts";
import type { Torrent, TorrentFile } from "./torrent.ts";

type Geometry = Pick<Torrent, "byteLength" | "pieceBytes" | "pieceCount">;

/** Length of a piece: the last one may be shorter. */
export function pieceLength({ byteLength, pieceBytes }: Geometry, piece: number): number {
  return Math.min(pieceBytes, byteLength - piece * pieceBytes);
}

export function blockCount(torrent: Geometry, piece: number): number {
  return Math.ceil(pieceLength(torrent, piece) / BLOCK_BYTES);
}

export function blockLength(torrent: Geometry, piece: number, block: number): number {
  return Math.min(BLOCK_BYTES, pieceLength(torrent, piece) - block * BLOCK_BYTES);
}

/** A part of a file. */
export interface Span {
  readonly file: TorrentFile;
  readonly index: number;
  /** In the file. */
  readonly offset: number;
  readonly length: number;
}

/** The parts of files that hold the bytes [offset, offset + length) of a torrent, in order. */
export function spansOf(files: readonly TorrentFile[], offset: number, length: number): Span[] {
  const spans: Span[] = [];
  const end = offset + length;
  for (let index = firstFile(files, offset); index < files.length && files[index].offset < end; index++) {
    const file = files[index];
    const from = Math.max(offset, file.offset);
    const to = Math.min(end, file.offset + file.byteLength);
    if (to > from) spans.push({ file, index, offset: from - file.offset, length: to - from });
  }
  return spans;
}

/** Index of the last file that starts at or before `offset`. */
function firstFile(files: readonly TorrentFile[], offset: number): number {
  let low = 0;
  let high = files.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (files[middle].offset <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A set of pieces in the form of the wire: the first piece is the highest bit of the first byte (BEP 3). */
export class PieceSet {
  readonly count: number;
  readonly bytes: Uint8Array;
  #size = 0;

  constructor(count: number) {
    this.count = count;
    this.bytes = new Uint8Array(Math.ceil(count / 8));
  }

  static full(count: number): PieceSet {
    const set = new PieceSet(count);
    for (let piece = 0; piece < count; piece++) set.add(piece);
    return set;
  }

  /** Undefined if the length is wrong or a bit beyond the last piece is set. */
  static from(bytes: Uint8Array, count: number): PieceSet | undefined {
    const set = new PieceSet(count);
    if (bytes.length !== set.bytes.length) return undefined;
    const spare = bytes.length * 8 - count;
    if ((bytes[bytes.length - 1] & ((1 << spare) - 1)) !== 0) return undefined;
    set.bytes.set(bytes);
    for (let piece = 0; piece < count; piece++) if (set.has(piece)) set.#size++;
    return set;
  }

  /** Number of pieces in the set. */
  get size(): number {
    return this.#size;
  }
  get isFull(): boolean {
    return this.#size === this.count;
  }
  has(piece: number): boolean {
    return (this.bytes[piece >> 3] & (0x80 >> (piece & 7))) !== 0;
  }
  /** False if it was there already. */
  add(piece: number): boolean {
    if (this.has(piece)) return false;
    this.bytes[piece >> 3] |= 0x80 >> (piece & 7);
    this.#size++;
    return true;
  }
}
