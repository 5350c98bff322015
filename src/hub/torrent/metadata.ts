/**
 * The exchange of metadata, with which a magnet link becomes a torrent (BEP 9). Each peer is asked for all of it, so that
 * wrong metadata has one author, who is banned. A message is a bencoded dictionary; data follows it.
 */
import { type Bencode, concat, decodePrefix, encodeBencode } from "./bencode.ts";
import { sha1, toHex } from "./hash.ts";
import { BLOCK_BYTES, LIMITS } from "./limits.ts";
import type { Peer } from "./peer.ts";

const MESSAGE = { request: 0, data: 1, reject: 2 };
/** Peers that are asked at the same time, and parts that each is asked for at once. */
const MAX_ASKED = 3;
const WINDOW = 4;

interface Transfer {
  readonly parts: (Uint8Array | undefined)[];
  next: number;
  missing: number;
  lastPart: number;
}

const partLength = (total: number, part: number): number => Math.min(BLOCK_BYTES, total - part * BLOCK_BYTES);

export interface MetadataMessage {
  readonly kind: number;
  readonly part: number;
  readonly data: Uint8Array;
}

/** @throws FormatError */
export function parseMetadataMessage(bytes: Uint8Array): MetadataMessage {
  const { value, end } = decodePrefix(bytes, "the peer's message");
  const get = (key: string): Bencode | undefined => (value instanceof Map ? value.get(key) : undefined);
  const number = (found: Bencode | undefined) => (typeof found === "number" && found >= 0 ? found : -1);
  return { kind: number(get("msg_type")), part: number(get("piece")), data: bytes.subarray(end) };
}

function requestOf(part: number): Uint8Array {
  return encodeBencode({ msg_type: MESSAGE.request, piece: part });
}

/** Fetches the metadata of a torrent from the peers that offer it. */
export class MetadataFetch {
  readonly #infoHash: string;
  readonly #transfers = new Map<Peer, Transfer>();
  readonly #tried = new WeakSet<Peer>();
  /** @param infoHash what the metadata must hash to, 40 hexadecimal digits. */
  constructor(infoHash: string) {
    this.#infoHash = infoHash;
  }

  /** Asks a peer, if it offers metadata and few are being asked. */
  offer(peer: Peer): void {
    if (peer.metadataId === 0 || peer.metadataBytes === 0) return;
    if (this.#tried.has(peer) || this.#transfers.size >= MAX_ASKED) return;
    this.#tried.add(peer);
    const count = Math.ceil(peer.metadataBytes / BLOCK_BYTES);
    const parts = new Array<Uint8Array | undefined>(count).fill(undefined);
    const transfer = { parts, next: 0, missing: count, lastPart: performance.now() };
    this.#transfers.set(peer, transfer);
    for (let i = 0; i < WINDOW; i++) this.#ask(peer, transfer);
  }

  #ask(peer: Peer, transfer: Transfer): void {
    if (transfer.next < transfer.parts.length) peer.sendMetadata(requestOf(transfer.next++));
  }

  /** Takes a peer's answer. Returns the metadata once they are complete and right, "wrong" if they are not. */
  async answer(peer: Peer, { kind, part, data }: MetadataMessage): Promise<Uint8Array | "wrong" | undefined> {
    const transfer = this.#transfers.get(peer);
    if (transfer === undefined) return undefined;
    if (kind === MESSAGE.reject) this.drop(peer);
    const isAsked = kind === MESSAGE.data && part < transfer.next && transfer.parts[part] === undefined;
    if (!isAsked || data.length !== partLength(peer.metadataBytes, part)) return undefined;
    transfer.parts[part] = data.slice();
    transfer.lastPart = performance.now();
    this.#ask(peer, transfer);
    if (--transfer.missing > 0) return undefined;
    this.drop(peer);
    const info = concat(transfer.parts as Uint8Array[]);
    return toHex(await sha1(info)) === this.#infoHash ? info : "wrong";
  }

  drop(peer: Peer): void {
    this.#transfers.delete(peer);
  }

  /** Gives up on peers that have been silent since `before`. */
  dropSilent(before: number): void {
    for (const [peer, { lastPart }] of this.#transfers) if (lastPart < before) this.drop(peer);
  }
}

/** Serves metadata to peers, within bounds. */
export class MetadataService {
  readonly #info: Uint8Array;
  readonly #served = new WeakMap<Peer, number>();
  constructor(info: Uint8Array) {
    this.#info = info;
  }

  answer(peer: Peer, { kind, part }: MetadataMessage): void {
    if (kind !== MESSAGE.request) return;
    const served = (this.#served.get(peer) ?? 0) + 1;
    this.#served.set(peer, served);
    const isServed =
      part >= 0 &&
      part * BLOCK_BYTES < this.#info.length &&
      served <= LIMITS.metadataRequests &&
      peer.waiting < LIMITS.waitingBytes;
    const data = this.#info.subarray(part * BLOCK_BYTES, (part + 1) * BLOCK_BYTES);
    const answer = { msg_type: MESSAGE.data, piece: part, total_size: this.#info.length };
    if (isServed) peer.sendMetadata(concat([encodeBencode(answer), data]));
    else peer.sendMetadata(rejectionOf(part));
  }
}

/** The answer to a request that is not served. */
export function rejectionOf(part: number): Uint8Array {
  return encodeBencode({ msg_type: MESSAGE.reject, piece: part });
}
