/** Serves blocks to peers that are not choked, one after the other per peer, as fast as their connections take them. */
import { applyRound, type ChokeRound, choosePeers } from "./choker.ts";
import { Meter } from "./meter.ts";
import type { Peer } from "./peer.ts";
import type { PieceSet } from "./pieces.ts";
import type { Storage } from "./storage.ts";

/** Bytes that wait to be sent before more are read from the disk. */
const BUFFER_BYTES = 256 * 1024;

export class Uploader {
  readonly up = new Meter();
  readonly #storage: Storage;
  readonly #have: PieceSet;
  readonly #places: number;
  readonly #random: () => number;
  readonly #busy = new WeakSet<Peer>();

  /** @param places peers that are served at once. */
  constructor(storage: Storage, have: PieceSet, places: number, random: () => number) {
    this.#storage = storage;
    this.#have = have;
    this.#places = places;
    this.#random = random;
  }

  /** Chooses whom to serve. */
  round(peers: readonly Peer[], now: number): void {
    const round: ChokeRound = {
      places: this.#places,
      isComplete: this.#have.isFull,
      random: this.#random,
      now,
    };
    applyRound(peers, choosePeers(peers, round), now);
  }

  /** A peer has become interested: it need not wait for the next round if there is a free place. */
  welcome(peer: Peer, peers: readonly Peer[], now: number): void {
    if (!peer.isInterested || !peer.amChoking) return;
    const served = peers.filter(({ amChoking, isInterested }) => !amChoking && isInterested).length;
    if (served >= this.#places) return;
    peer.lastServed = now;
    peer.setChoking(false);
  }

  /** Sends what the peer asks for. */
  async serve(peer: Peer): Promise<void> {
    if (this.#busy.has(peer)) return;
    this.#busy.add(peer);
    try {
      while (peer.wanted.length > 0 && peer.waiting < BUFFER_BYTES && !peer.isClosed) {
        const range = peer.wanted.shift()!;
        if (!this.#have.has(range.piece)) continue;
        const bytes = await this.#storage.read(range.piece, range.offset, range.length);
        if (bytes === undefined) return peer.close("its piece is gone from the disk");
        if (peer.amChoking) return;
        peer.serve(range, bytes);
        this.up.add(bytes.length);
      }
    } catch (error) {
      peer.close(error instanceof Error ? error.message : String(error));
    } finally {
      this.#busy.delete(peer);
    }
  }
}
