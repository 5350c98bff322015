/**
 * The files of a torrent on disk. A download is written to NAME.part (a file, or a folder of files) and renamed to NAME
 * when every piece is right. Only verified pieces are written. Resuming verifies what is there: nothing else is recorded.
 */
import { platform } from "#platform";
import { FileError } from "../../base/errors.ts";
import type { RandomFile } from "../../platform/random-file.ts";
import { equalBytes, sha1 } from "./hash.ts";
import { PieceSet, pieceLength, spansOf } from "./pieces.ts";
import type { Torrent, TorrentFile } from "./torrent.ts";

/** Files that are open at once. */
const MAX_OPEN = 64;
const PART = ".part";

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

export class Storage {
  readonly torrent: Torrent;
  readonly #folder: string;
  #isFinal: boolean;
  readonly #open = new Map<number, Promise<RandomFile>>();
  /** Actions in progress, by file: a file in use is not closed to make room. */
  readonly #uses = new Map<number, number>();

  private constructor(torrent: Torrent, folder: string, isFinal: boolean) {
    this.torrent = torrent;
    this.#folder = folder;
    this.#isFinal = isFinal;
  }

  /** Files that are complete, as far as their names tell. Only reads. @throws FileError if they are absent. */
  static complete(torrent: Torrent, folder: string): Storage {
    const storage = new Storage(torrent, folder, true);
    if (platform.status(storage.path) !== undefined) return storage;
    throw new FileError({
      doing: `open "${storage.path}"`,
      expected: `the files of the torrent "${torrent.name}"`,
      found: "no such file or folder",
      fix: "name the folder that holds it",
    });
  }

  /** Files that are being fetched. Makes the folder. */
  static partial(torrent: Torrent, folder: string): Storage {
    platform.makeFolder(folder);
    return new Storage(torrent, folder, false);
  }

  /** Whether the folder has a file or folder of the torrent's name. */
  static exists(torrent: Torrent, folder: string): boolean {
    return platform.status(platform.join(folder, torrent.name)) !== undefined;
  }

  /** Where the files are, or will be once they are complete. */
  get path(): string {
    return platform.join(this.#folder, this.torrent.name);
  }

  /** Path of a file now. */
  #pathOf({ path: [name, ...rest] }: TorrentFile): string {
    return platform.join(this.#folder, this.#isFinal ? name : `${name}${PART}`, ...rest);
  }

  /** Runs an action on an open file. */
  async #with<T>(index: number, action: (file: RandomFile) => Promise<T>): Promise<T> {
    this.#uses.set(index, (this.#uses.get(index) ?? 0) + 1);
    try {
      return await action(await this.#file(index));
    } finally {
      const uses = this.#uses.get(index)! - 1;
      if (uses === 0) this.#uses.delete(index);
      else this.#uses.set(index, uses);
    }
  }

  async #file(index: number): Promise<RandomFile> {
    const known = this.#open.get(index);
    if (known !== undefined) {
      this.#open.delete(index); // to the end: the first is the one that was used longest ago
      this.#open.set(index, known);
      return known;
    }
    const path = this.#pathOf(this.torrent.files[index]);
    if (!this.#isFinal) platform.makeFolder(platform.folderOf(path));
    const opening = platform.openRandom(path, { write: !this.#isFinal });
    this.#open.set(index, opening);
    opening.catch(() => this.#open.delete(index));
    const oldest = [...this.#open.keys()].find((key) => !this.#uses.has(key));
    if (this.#open.size > MAX_OPEN && oldest !== undefined) await this.#closeFile(oldest);
    return opening;
  }

  async #closeFile(index: number): Promise<void> {
    const file = this.#open.get(index);
    this.#open.delete(index);
    await (await file)?.close();
  }

  /** Bytes of a piece; undefined if some of them are not on the disk. */
  async read(piece: number, offset: number, length: number): Promise<Uint8Array | undefined> {
    const { files, pieceBytes } = this.torrent;
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const { file, index, ...span } of spansOf(files, piece * pieceBytes + offset, length)) {
      if (!file.isPadding) {
        const found = await this.#with(index, (open) => open.read(span.offset, span.length));
        if (found.length < span.length) return undefined;
        bytes.set(found, at);
      }
      at += span.length;
    }
    return bytes;
  }

  async write(piece: number, bytes: Uint8Array): Promise<void> {
    const { files, pieceBytes } = this.torrent;
    let at = 0;
    for (const { file, index, offset, length } of spansOf(files, piece * pieceBytes, bytes.length)) {
      const part = bytes.subarray(at, at + length);
      if (!file.isPadding) await this.#with(index, (open) => open.write(offset, part));
      at += length;
    }
  }

  /** Whether these are the bytes of a piece. */
  async isRight(piece: number, bytes: Uint8Array): Promise<boolean> {
    return equalBytes(await sha1(bytes), this.torrent.hashes.subarray(20 * piece, 20 * piece + 20));
  }

  /** The pieces that are on the disk and right. */
  async verify({ signal, onProgress }: VerifyOptions = {}): Promise<PieceSet> {
    const { pieceCount, byteLength } = this.torrent;
    const have = new PieceSet(pieceCount);
    const missing = this.#missingFiles();
    let done = 0;
    for (let piece = 0; piece < pieceCount; piece++) {
      signal?.throwIfAborted();
      const length = pieceLength(this.torrent, piece);
      const isThere = !this.#spans(piece).some(({ index }) => missing.has(index));
      const bytes = isThere ? await this.read(piece, 0, length) : undefined;
      if (bytes !== undefined && (await this.isRight(piece, bytes))) have.add(piece);
      done += length;
      if (isThere) onProgress?.(done, byteLength);
    }
    return have;
  }

  #spans(piece: number) {
    const { files, pieceBytes } = this.torrent;
    return spansOf(files, piece * pieceBytes, pieceLength(this.torrent, piece));
  }

  /** Indexes of files that are not on the disk. */
  #missingFiles(): Set<number> {
    return new Set(
      this.torrent.files.flatMap((file, index) =>
        !file.isPadding && platform.status(this.#pathOf(file)) === undefined ? [index] : [],
      ),
    );
  }

  /** All pieces are right: makes the files durable, and gives them their names. Reading continues under those. */
  async finish(): Promise<void> {
    if (this.#isFinal) return;
    for (const [index, file] of this.torrent.files.entries()) {
      if (file.isPadding) continue;
      // Creates empty files, and cuts what an older download may have left behind the end.
      await this.#with(index, async (open) => {
        if ((await open.byteLength()) !== file.byteLength) await open.setByteLength(file.byteLength);
        await open.flush();
      });
    }
    await this.close();
    const part = `${this.path}${PART}`;
    await platform.disk.rename(part, this.path);
    this.#isFinal = true;
  }

  async close(): Promise<void> {
    const indexes = [...this.#open.keys()];
    await Promise.allSettled(indexes.map((index) => this.#closeFile(index)));
  }
}
