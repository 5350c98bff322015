/** The connections of a swarm: whom to connect to and whom to accept, within bounds. */
import { UnsupportedError } from "../../base/errors.ts";
import type { TcpConnection, TcpPlatform, TcpServer } from "../../platform/tcp.ts";
import { AddressBook } from "./address-book.ts";
import { toHex } from "./hash.ts";
import { MAX_HALF_OPEN, type Pace } from "./limits.ts";
import { Peer, type PeerEvents } from "./peer.ts";

export interface ConnectionOptions {
  readonly infoHash: string;
  /** Absent: there are no peers. */
  readonly tcp: TcpPlatform | undefined;
  readonly pace: Pace;
  readonly port: number;
  readonly host: string | undefined;
  readonly maxPeers: number;
}

/** A host gets at most this part of the places for peers, so that it cannot shut out the others. */
const HOST_SHARE = 4;
const MIN_PER_HOST = 4;
const PEER_ID_PREFIX = "-CR0100-";

function newPeerId(): string {
  const random = crypto.getRandomValues(new Uint8Array(12));
  return toHex(new TextEncoder().encode(PEER_ID_PREFIX)) + toHex(random);
}

export class Connections {
  readonly peers = new Set<Peer>();
  readonly book: AddressBook;
  /** How this side names itself, 40 hexadecimal digits. */
  readonly ownId = newPeerId();
  readonly #options: ConnectionOptions;
  readonly #events: PeerEvents;
  readonly #stop = new AbortController();
  #server: TcpServer | undefined;
  #connecting = 0;

  /** @param events of the peers. Call `remove` when one is closed. */
  constructor(options: ConnectionOptions, events: PeerEvents) {
    this.#options = options;
    this.#events = events;
    this.book = new AddressBook(options.pace);
  }

  /** Accepts connections. @throws NetworkError if the port is taken. */
  async listen(): Promise<void> {
    const { tcp, port, host } = this.#options;
    if (tcp === undefined)
      throw new UnsupportedError({ doing: "seed", found: "there are no TCP connections here" });
    const place = host === undefined ? { port } : { port, host };
    this.#server = await tcp.listen(place, (connection) => this.#accept(connection));
  }

  /** The port that accepts connections; undefined if none does. */
  get port(): number | undefined {
    return this.#server?.address.port;
  }

  /** Number of peers that are connected, or may be. */
  get candidates(): number {
    return this.peers.size + this.#connecting + this.book.size;
  }

  /** Connects to known addresses while there are places. */
  connect(now: number): void {
    const { tcp, maxPeers, pace } = this.#options;
    if (tcp === undefined || this.#stop.signal.aborted) return;
    while (this.#connecting < MAX_HALF_OPEN && this.peers.size + this.#connecting < maxPeers) {
      const address = this.book.take(now);
      if (address === undefined) return;
      this.#connecting++;
      void tcp
        .connect(address, { timeoutMs: pace.connectTimeout, signal: this.#stop.signal })
        .then((connection) => this.#add(connection, false).greet(this.ownId))
        .catch(() => this.book.release(address, false))
        .finally(() => {
          this.#connecting--;
        });
    }
  }

  #accept(connection: TcpConnection): void {
    const { maxPeers } = this.#options;
    const { host } = connection.remote;
    const ofHost = [...this.peers].filter(({ address }) => address.host === host).length;
    const isFull = this.peers.size >= maxPeers || ofHost >= Math.max(MIN_PER_HOST, maxPeers / HOST_SHARE);
    if (isFull || this.book.isBanned(connection.remote)) connection.dispose();
    else this.#add(connection, true);
  }

  #add(connection: TcpConnection, isIncoming: boolean): Peer {
    const peer = new Peer(connection, this.#options.infoHash, isIncoming, this.#events);
    this.peers.add(peer);
    peer.start();
    return peer;
  }

  /** Why a peer that has told its id cannot stay; undefined if it can. */
  refusal(peer: Peer, peerId: string): string | undefined {
    if (peerId === this.ownId) {
      this.book.ban(peer.address);
      return "it is this process";
    }
    const isTwice = [...this.peers].some((other) => other !== peer && other.id === peerId);
    return isTwice ? "it is connected already" : undefined;
  }

  /** Peers of a private torrent come from its trackers, or from the caller (BEP 27). */
  leavePublic(): void {
    const gone = this.book.forget("magnet");
    for (const peer of [...this.peers]) {
      const isPublic = gone.some(
        ({ host, port }) => host === peer.address.host && port === peer.address.port,
      );
      if (isPublic) peer.close("the torrent is private");
    }
  }

  /** The peer is closed. False if that was known. */
  remove(peer: Peer): boolean {
    if (!this.peers.delete(peer)) return false;
    if (!peer.isIncoming) this.book.release(peer.address, peer.down.total + peer.up.total > 0);
    return true;
  }

  /** Closes all. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const peer of [...this.peers]) peer.close("the swarm ends");
    await this.#server?.close();
  }
}
