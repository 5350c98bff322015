/**
 * One peer: its connection, what each side has told the other, and the requests in both directions. What to ask and whom
 * to serve is decided elsewhere; a peer that breaks the protocol closes itself.
 */
import type { TcpAddress, TcpConnection } from "../../platform/tcp.ts";
import { type Bencode, type BencodeDictionary, decodePrefix, encodeBencode } from "./bencode.ts";
import { BLOCK_BYTES, LIMITS } from "./limits.ts";
import { Meter } from "./meter.ts";
import type { Block } from "./picker.ts";
import { blockLength, PieceSet, pieceLength } from "./pieces.ts";
import type { Torrent } from "./torrent.ts";
import {
  type BlockRange,
  bitfieldMessage,
  cancelMessage,
  extendedMessage,
  type Handshake,
  handshakeMessage,
  haveMessage,
  KEEP_ALIVE,
  type PeerMessage,
  ProtocolError,
  pieceMessage,
  requestMessage,
  stateMessage,
  WireReader,
} from "./wire.ts";

/** Called by a peer. */
export interface PeerEvents {
  /** The handshake has arrived and is for this torrent. Returns a reason to close the connection. */
  greeted(peer: Peer, handshake: Handshake): string | undefined;
  /** Pieces, choking or interest have changed. */
  changed(peer: Peer): void;
  /** A piece that the peer did not have before. */
  gained(peer: Peer, piece: number): void;
  /** A block that was asked for. */
  block(peer: Peer, block: Block, bytes: Uint8Array): void;
  /** The peer asks for a block, or cancels one. */
  asked(peer: Peer): void;
  /** A message of the metadata extension, or news of it (its handshake). */
  metadata(peer: Peer, bytes: Uint8Array | undefined): void;
  closed(peer: Peer, reason: string): void;
}

/** Our number for the extension ut_metadata (BEP 9). */
const UT_METADATA = 1;
const EXTENDED_HANDSHAKE = 0;
/** Requests in flight: enough for two seconds at the peer's speed. */
const MIN_WINDOW = 8;
const WINDOW_SECONDS = 2;
/** Pieces that a peer announces before the torrent is known; more are forgotten. */
const MAX_EARLY_HAVES = 10_000;

const keyOf = ({ piece, index }: Block): number => piece * 2 ** 20 + index;

export class Peer {
  readonly address: TcpAddress;
  readonly isIncoming: boolean;
  readonly connectedAt = performance.now();
  /** 40 hexadecimal digits, after the handshake. */
  id: string | undefined;
  /** Whether we refuse to serve it, and want something from it. */
  amChoking = true;
  amInterested = false;
  isChoking = true;
  isInterested = false;
  /** What it has; undefined before the torrent is known. */
  pieces: PieceSet | undefined;
  /** Length of the metadata that it offers, and its number for the extension. */
  metadataBytes = 0;
  metadataId = 0;
  /** Owed a block for too long: asked for one at a time until it sends again. */
  isSlow = false;
  lastHeard = performance.now();
  /** When it last sent a block, or was asked for one while it owed none. */
  lastBlock = performance.now();
  lastServed = 0;
  readonly down = new Meter();
  readonly up = new Meter();
  /** What it asks for, in order. */
  readonly wanted: BlockRange[] = [];
  readonly #owed = new Map<number, Block>();
  readonly #connection: TcpConnection;
  readonly #events: PeerEvents;
  readonly #infoHash: string;
  readonly #reader = new WireReader();
  #torrent: Torrent | undefined;
  #lastSent = performance.now();
  #earlyBitfield: Uint8Array | undefined;
  readonly #earlyHaves = new Set<number>();
  #messages = 0;
  #closed = false;

  constructor(connection: TcpConnection, infoHash: string, isIncoming: boolean, events: PeerEvents) {
    this.#connection = connection;
    this.#infoHash = infoHash;
    this.address = connection.remote;
    this.isIncoming = isIncoming;
    this.#events = events;
  }

  start(): void {
    this.#connection.start({
      data: (bytes) => this.#receive(bytes),
      drained: () => this.#events.asked(this),
      closed: (cause) => this.close(cause?.message ?? "it closed the connection"),
    });
  }

  get isClosed(): boolean {
    return this.#closed;
  }
  /** Number of blocks that it owes. */
  get owed(): number {
    return this.#owed.size;
  }
  /** Bytes that wait to be sent. */
  get waiting(): number {
    return this.#connection.waiting;
  }
  /** Number of blocks that may be asked for in addition. */
  get room(): number {
    if (this.isChoking || this.#closed) return 0;
    const window = this.isSlow
      ? 1
      : Math.min(
          LIMITS.waitingRequests / 2,
          Math.max(MIN_WINDOW, (this.down.rate() * WINDOW_SECONDS) / BLOCK_BYTES),
        );
    return Math.max(0, Math.floor(window) - this.#owed.size);
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.dispose();
    this.#events.closed(this, reason);
  }

  #send(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#lastSent = performance.now();
    this.#connection.write(bytes);
  }

  greet(peerId: string): void {
    this.#send(handshakeMessage(this.#infoHash, peerId));
  }
  /** What this side offers to an extension-capable peer (BEP 10). */
  sendExtensions(metadataBytes: number | undefined, port: number | undefined): void {
    const offer = {
      m: { ut_metadata: UT_METADATA },
      v: "Cria",
      reqq: LIMITS.waitingRequests,
      metadata_size: metadataBytes,
      p: port,
    };
    this.#send(extendedMessage(EXTENDED_HANDSHAKE, encodeBencode(offer)));
  }
  sendMetadata(bytes: Uint8Array): void {
    if (this.metadataId !== 0) this.#send(extendedMessage(this.metadataId, bytes));
  }
  sendBitfield(have: PieceSet): void {
    this.#send(bitfieldMessage(have.bytes));
  }
  sendHave(piece: number): void {
    this.#send(haveMessage(piece));
  }
  keepAlive(now: number, every: number): void {
    if (now - this.#lastSent >= every) this.#send(KEEP_ALIVE);
  }

  setInterested(interested: boolean): void {
    if (this.amInterested === interested) return;
    this.amInterested = interested;
    this.#send(stateMessage(interested ? "interested" : "uninterested"));
  }
  setChoking(choking: boolean): void {
    if (this.amChoking === choking) return;
    this.amChoking = choking;
    if (choking) this.wanted.length = 0;
    this.#send(stateMessage(choking ? "choke" : "unchoke"));
  }

  request(blocks: readonly Block[], now = performance.now()): void {
    if (this.#owed.size === 0) this.lastBlock = now;
    for (const block of blocks) {
      this.#owed.set(keyOf(block), block);
      this.#send(requestMessage(this.#rangeOf(block)));
    }
  }
  /** The block has come from elsewhere. */
  cancel(block: Block): void {
    if (this.#owed.delete(keyOf(block))) this.#send(cancelMessage(this.#rangeOf(block)));
  }
  /** Forgets what it owes. */
  forgetRequests(): void {
    this.#owed.clear();
  }
  serve({ piece, offset }: BlockRange, bytes: Uint8Array): void {
    this.up.add(bytes.length);
    this.#send(pieceMessage(piece, offset, bytes));
  }

  #rangeOf({ piece, index }: Block): BlockRange {
    return { piece, offset: index * BLOCK_BYTES, length: blockLength(this.#torrent!, piece, index) };
  }

  /** The torrent is known now: interprets what the peer has said about its pieces. */
  setTorrent(torrent: Torrent): void {
    if (this.#torrent !== undefined || this.#closed) return;
    this.#torrent = torrent;
    try {
      const early = this.#earlyBitfield;
      this.pieces =
        early === undefined ? new PieceSet(torrent.pieceCount) : this.#parseBitfield(early, torrent);
      for (let piece = 0; piece < torrent.pieceCount; piece++)
        if (this.pieces.has(piece)) this.#events.gained(this, piece);
      for (const piece of this.#earlyHaves) this.#gain(piece);
    } catch (error) {
      this.close(error instanceof Error ? error.message : String(error));
    }
    this.#earlyBitfield = undefined;
    this.#earlyHaves.clear();
  }

  #parseBitfield(bytes: Uint8Array, { pieceCount }: Torrent): PieceSet {
    const set = PieceSet.from(bytes, pieceCount);
    if (set === undefined) throw new ProtocolError("a bitfield of another length");
    return set;
  }

  #receive(bytes: Uint8Array): void {
    this.lastHeard = performance.now();
    try {
      for (const message of this.#reader.push(bytes)) {
        if (this.#closed) return;
        this.#handle(message);
      }
    } catch (error) {
      this.close(error instanceof Error ? error.message : String(error));
    }
  }

  #handle(message: PeerMessage): void {
    this.#messages++;
    switch (message.type) {
      case "handshake":
        this.#greeted(message);
        break;
      case "choke":
      case "unchoke":
        this.isChoking = message.type === "choke";
        this.#events.changed(this);
        break;
      case "interested":
      case "uninterested":
        this.isInterested = message.type === "interested";
        this.#events.changed(this);
        break;
      case "have":
        this.#gain(message.piece);
        this.#events.changed(this);
        break;
      case "bitfield":
        this.#bitfield(message.bytes);
        break;
      case "request":
        this.#asked(message);
        break;
      case "cancel":
        this.#cancelled(message);
        break;
      case "piece":
        this.#block(message.piece, message.offset, message.bytes);
        break;
      case "extended":
        this.#extended(message.id, message.bytes);
        break;
    }
  }

  #greeted(handshake: Handshake): void {
    if (handshake.infoHash !== this.#infoHash) throw new ProtocolError("the hash of another torrent");
    this.id = handshake.peerId;
    const reason = this.#events.greeted(this, handshake);
    if (reason !== undefined) this.close(reason);
  }

  #gain(piece: number): void {
    if (this.#torrent === undefined) {
      if (this.#earlyHaves.size < MAX_EARLY_HAVES) this.#earlyHaves.add(piece);
      return;
    }
    if (piece >= this.#torrent.pieceCount) throw new ProtocolError(`piece ${piece}, which does not exist`);
    if (this.pieces!.add(piece)) this.#events.gained(this, piece);
  }

  /** Only the first message after the handshake may be a bitfield; extensions may precede it. */
  #bitfield(bytes: Uint8Array): void {
    const isLate = this.#earlyBitfield !== undefined || this.#messages > 4 || (this.pieces?.size ?? 0) > 0;
    if (isLate) throw new ProtocolError("a bitfield that is not the first message");
    if (this.#torrent === undefined) {
      this.#earlyBitfield = bytes.slice();
      return;
    }
    const set = this.#parseBitfield(bytes, this.#torrent);
    for (let piece = 0; piece < set.count; piece++) if (set.has(piece)) this.#gain(piece);
    this.#events.changed(this);
  }

  /** Requests of a choked peer are void: the choke may have crossed them. */
  #asked({ piece, offset, length }: BlockRange): void {
    if (this.amChoking) return;
    const torrent = this.#torrent;
    const isInside =
      torrent !== undefined &&
      piece < torrent.pieceCount &&
      length >= 1 &&
      length <= LIMITS.blockBytes &&
      offset + length <= pieceLength(torrent, piece);
    if (!isInside) throw new ProtocolError(`a request for ${length} bytes at ${offset} of piece ${piece}`);
    if (this.wanted.length >= LIMITS.waitingRequests)
      throw new ProtocolError("too many requests", `at most ${LIMITS.waitingRequests}`);
    this.wanted.push({ piece, offset, length });
    this.#events.asked(this);
  }

  #cancelled(range: BlockRange): void {
    const at = this.wanted.findIndex(
      ({ piece, offset, length }) =>
        piece === range.piece && offset === range.offset && length === range.length,
    );
    if (at >= 0) this.wanted.splice(at, 1);
  }

  /** Blocks that are not owed are ignored: they may have crossed a cancellation. */
  #block(piece: number, offset: number, bytes: Uint8Array): void {
    this.down.add(bytes.length);
    const block = { piece, index: offset / BLOCK_BYTES };
    if (!Number.isInteger(block.index) || !this.#owed.delete(keyOf(block))) return;
    this.lastBlock = this.lastHeard;
    this.isSlow = false;
    this.#events.block(this, block, bytes);
  }

  #extended(id: number, bytes: Uint8Array): void {
    if (id === UT_METADATA) this.#events.metadata(this, bytes);
    if (id !== EXTENDED_HANDSHAKE) return;
    const { value } = decodePrefix(bytes, "the peer's extensions");
    if (!(value instanceof Map)) throw new ProtocolError("extensions that are no dictionary");
    const offer = value as BencodeDictionary;
    const names = offer.get("m");
    this.metadataId = names instanceof Map ? numberIn(names.get("ut_metadata"), 0, 255) : 0;
    this.metadataBytes = numberIn(offer.get("metadata_size"), 0, LIMITS.torrentBytes);
    this.#events.metadata(this, undefined);
  }
}

/** The value if it is a number in the range, else 0. */
function numberIn(value: Bencode | undefined, min: number, max: number): number {
  return typeof value === "number" && value >= min && value <= max ? value : 0;
}
