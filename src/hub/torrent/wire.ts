/**
 * The messages of peers (BEP 3) and the envelope of extensions (BEP 10), as bytes. A message is
 *
 *     ┌──────────────┬──────┬───────────────┐
 *     │ length (u32) │ type │ length−1 bytes│   big-endian; length 0: keep-alive, without a type
 *     └──────────────┴──────┴───────────────┘
 *
 * after a handshake of 68 bytes. The reader refuses a message by its length, before its bytes are kept.
 */
import { NetworkError } from "../../base/errors.ts";
import { concat } from "./bencode.ts";
import { fromHex, toHex } from "./hash.ts";
import { LIMITS } from "./limits.ts";

export interface Handshake {
  readonly type: "handshake";
  /** 40 hexadecimal digits each. */
  readonly infoHash: string;
  readonly peerId: string;
  readonly hasExtensions: boolean;
}
export interface BlockRange {
  readonly piece: number;
  readonly offset: number;
  readonly length: number;
}

export type PeerMessage =
  | Handshake
  | { readonly type: "keepAlive" | "choke" | "unchoke" | "interested" | "uninterested" | "other" }
  | { readonly type: "have"; readonly piece: number }
  | { readonly type: "bitfield"; readonly bytes: Uint8Array }
  | ({ readonly type: "request" | "cancel" } & BlockRange)
  | { readonly type: "piece"; readonly piece: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly type: "extended"; readonly id: number; readonly bytes: Uint8Array };

const PROTOCOL = "\x13BitTorrent protocol";
const HANDSHAKE_BYTES = 68;
/** The bit of the reserved bytes that announces BEP 10. */
const EXTENSION = { byte: 25, bit: 0x10 };

const TYPE = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  uninterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  extended: 20,
} as const;

/** A peer breaks the protocol: the connection is closed. */
export class ProtocolError extends NetworkError {
  constructor(found: string, expected = "messages of BitTorrent") {
    super({ doing: "understand the peer", expected, found });
  }
}

type Parse = (view: DataView, bytes: Uint8Array) => PeerMessage;
const plain =
  (type: "choke" | "unchoke" | "interested" | "uninterested"): Parse =>
  () => ({ type });
const range =
  (type: "request" | "cancel"): Parse =>
  (view) => ({ type, piece: view.getUint32(0), offset: view.getUint32(4), length: view.getUint32(8) });

/** By type: shortest and longest length of the bytes after the type, and how they are read. */
const MESSAGES: Readonly<Record<number, readonly [min: number, max: number, parse: Parse]>> = {
  [TYPE.choke]: [0, 0, plain("choke")],
  [TYPE.unchoke]: [0, 0, plain("unchoke")],
  [TYPE.interested]: [0, 0, plain("interested")],
  [TYPE.uninterested]: [0, 0, plain("uninterested")],
  [TYPE.have]: [4, 4, (view) => ({ type: "have", piece: view.getUint32(0) })],
  [TYPE.bitfield]: [0, Math.ceil(LIMITS.pieces / 8), (_, bytes) => ({ type: "bitfield", bytes })],
  [TYPE.request]: [12, 12, range("request")],
  [TYPE.cancel]: [12, 12, range("cancel")],
  [TYPE.piece]: [
    8,
    8 + LIMITS.blockBytes,
    (view, bytes) => ({
      type: "piece",
      piece: view.getUint32(0),
      offset: view.getUint32(4),
      bytes: bytes.subarray(8),
    }),
  ],
  [TYPE.extended]: [
    1,
    LIMITS.messageBytes,
    (view, bytes) => ({ type: "extended", id: view.getUint8(0), bytes: bytes.subarray(1) }),
  ],
};

function parseMessage(message: Uint8Array): PeerMessage {
  const known = MESSAGES[message[0]];
  if (known === undefined) return { type: "other" };
  const [min, max, parse] = known;
  const bytes = message.subarray(1);
  if (bytes.length < min || bytes.length > max)
    throw new ProtocolError(`${bytes.length} bytes in a message of type ${message[0]}`);
  return parse(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes);
}

function parseHandshake(bytes: Uint8Array): Handshake {
  for (let i = 0; i < PROTOCOL.length; i++) {
    if (bytes[i] !== PROTOCOL.charCodeAt(i)) throw new ProtocolError("another protocol");
  }
  return {
    type: "handshake",
    infoHash: toHex(bytes.subarray(28, 48)),
    peerId: toHex(bytes.subarray(48, 68)),
    hasExtensions: (bytes[EXTENSION.byte] & EXTENSION.bit) !== 0,
  };
}

/** Cuts what a connection receives into messages. */
export class WireReader {
  #parts: Uint8Array[] = [];
  #length = 0;
  /** Bytes of the part that comes next: the handshake, a length, or a message. */
  #wanted = HANDSHAKE_BYTES;
  #next: "handshake" | "length" | "message" = "handshake";

  /** The messages that are complete with these bytes. @throws ProtocolError */
  *push(bytes: Uint8Array): Generator<PeerMessage> {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    while (this.#length >= this.#wanted) {
      const message = this.#step(this.#take(this.#wanted));
      if (message !== undefined) yield message;
    }
  }

  /** Each byte is copied once at most, whatever the sizes of parts. */
  #take(count: number): Uint8Array {
    if (this.#parts.length > 1) this.#parts = [concat(this.#parts)];
    const [bytes] = this.#parts;
    this.#length -= count;
    this.#parts = this.#length === 0 ? [] : [bytes.subarray(count)];
    return bytes.subarray(0, count);
  }

  #step(bytes: Uint8Array): PeerMessage | undefined {
    if (this.#next === "length") {
      const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
      if (length > LIMITS.messageBytes)
        throw new ProtocolError(`a message of ${length} bytes`, `at most ${LIMITS.messageBytes} bytes`);
      if (length === 0) return { type: "keepAlive" };
      this.#next = "message";
      this.#wanted = length;
      return undefined;
    }
    const message = this.#next === "handshake" ? parseHandshake(bytes) : parseMessage(bytes);
    this.#next = "length";
    this.#wanted = 4;
    return message;
  }
}

/** @param infoHash and @param peerId 40 hexadecimal digits. */
export function handshakeMessage(infoHash: string, peerId: string): Uint8Array {
  const bytes = new Uint8Array(HANDSHAKE_BYTES);
  for (let i = 0; i < PROTOCOL.length; i++) bytes[i] = PROTOCOL.charCodeAt(i);
  bytes[EXTENSION.byte] = EXTENSION.bit;
  bytes.set(fromHex(infoHash), 28);
  bytes.set(fromHex(peerId), 48);
  return bytes;
}

/** @param numbers unsigned integers of 32 bits that follow the type. */
function message(
  type: number,
  numbers: readonly number[] = [],
  bytes: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const all = new Uint8Array(5 + 4 * numbers.length + bytes.length);
  const view = new DataView(all.buffer);
  view.setUint32(0, all.length - 4);
  view.setUint8(4, type);
  for (const [i, number] of numbers.entries()) view.setUint32(5 + 4 * i, number);
  all.set(bytes, 5 + 4 * numbers.length);
  return all;
}

export const KEEP_ALIVE = new Uint8Array(4);
export const stateMessage = (state: "choke" | "unchoke" | "interested" | "uninterested"): Uint8Array =>
  message(TYPE[state]);
export const haveMessage = (piece: number): Uint8Array => message(TYPE.have, [piece]);
export const bitfieldMessage = (bytes: Uint8Array): Uint8Array => message(TYPE.bitfield, [], bytes);
export const requestMessage = ({ piece, offset, length }: BlockRange): Uint8Array =>
  message(TYPE.request, [piece, offset, length]);
export const cancelMessage = ({ piece, offset, length }: BlockRange): Uint8Array =>
  message(TYPE.cancel, [piece, offset, length]);
export const pieceMessage = (piece: number, offset: number, bytes: Uint8Array): Uint8Array =>
  message(TYPE.piece, [piece, offset], bytes);
export const extendedMessage = (id: number, bytes: Uint8Array): Uint8Array =>
  message(TYPE.extended, [], concat([Uint8Array.of(id), bytes]));
