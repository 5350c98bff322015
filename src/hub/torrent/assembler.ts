/**
 * Turns blocks into verified pieces on the disk. A piece with a wrong hash never reaches the disk: its sender is banned; if
 * several sent parts of it, all are suspects, and the piece is fetched again from one.
 */
import { MAX_SUSPICIONS } from "./limits.ts";
import { type Block, type FullPiece, Picker, type PieceOrder, type Source } from "./picker.ts";
import type { PieceSet } from "./pieces.ts";
import type { Storage } from "./storage.ts";

export interface AssemblerEvents {
  /** A piece is right and on the disk. */
  verified(piece: number, byteLength: number): void;
  /** A source has sent wrong bytes, for sure or too often. */
  ban(source: Source): void;
  /** The block has arrived; these sources still owe it. */
  superfluous(block: Block, others: readonly Source[]): void;
  /** Writing has failed: the download cannot go on. */
  failed(error: unknown): void;
}

export class Assembler {
  readonly picker: Picker;
  readonly #storage: Storage;
  readonly #events: AssemblerEvents;
  readonly #suspicions = new WeakMap<Source, number>();
  /** Bytes that were thrown away because of a wrong hash. */
  wasted = 0;
  #isStopped = false;
  readonly #running = new Set<Promise<void>>();

  constructor(
    storage: Storage,
    have: PieceSet,
    order: PieceOrder,
    random: () => number,
    events: AssemblerEvents,
  ) {
    this.#storage = storage;
    this.#events = events;
    this.picker = new Picker(storage.torrent, have, order, random);
  }

  /** Takes a block from a source that was asked for it. */
  receive(source: Source, block: Block, bytes: Uint8Array): void {
    if (this.#isStopped) return;
    const received = this.picker.receive(source, block, bytes);
    if (received === undefined) return;
    if (received.others.length > 0) this.#events.superfluous(block, received.others);
    if (received.full === undefined) return;
    const running = this.#check(received.full).catch((error) => this.#events.failed(error));
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  async #check({ piece, bytes, sources }: FullPiece): Promise<void> {
    if (await this.#storage.isRight(piece, bytes)) {
      await this.#storage.write(piece, bytes);
      this.picker.verified(piece);
      this.#events.verified(piece, bytes.length);
      return;
    }
    this.wasted += bytes.length;
    this.picker.refused(piece);
    for (const source of sources) {
      const suspicions = (this.#suspicions.get(source) ?? 0) + 1;
      this.#suspicions.set(source, suspicions);
      if (sources.length === 1 || suspicions >= MAX_SUSPICIONS) this.#events.ban(source);
    }
  }

  /** Takes no more blocks; returns when those that were taken are on the disk. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.allSettled(this.#running);
  }
}
