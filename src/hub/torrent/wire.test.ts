import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat } from "./bencode.ts";
import {
  bitfieldMessage,
  cancelMessage,
  extendedMessage,
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

const HASH = "ab".repeat(20);
const ID = "cd".repeat(20);
const range = { piece: 4_000_000_000, offset: 16_384, length: 100 };
const ALL = [
  handshakeMessage(HASH, ID),
  KEEP_ALIVE,
  stateMessage("choke"),
  stateMessage("unchoke"),
  stateMessage("interested"),
  stateMessage("uninterested"),
  haveMessage(7),
  bitfieldMessage(Uint8Array.of(0xf0)),
  requestMessage(range),
  cancelMessage(range),
  pieceMessage(3, 0, Uint8Array.of(1, 2)),
  extendedMessage(1, Uint8Array.of(9)),
];

function read(reader: WireReader, bytes: Uint8Array): PeerMessage[] {
  return [...reader.push(bytes)].map((message) =>
    "bytes" in message ? { ...message, bytes: message.bytes.slice() } : message,
  );
}

const frame = (type: number, length: number) => {
  const bytes = new Uint8Array(5);
  new DataView(bytes.buffer).setUint32(0, length);
  bytes[4] = type;
  return bytes;
};

describe("WireReader", () => {
  const expected = read(new WireReader(), concat(ALL));

  it("reads every message", () => {
    expect(expected).toEqual([
      { type: "handshake", infoHash: HASH, peerId: ID, hasExtensions: true },
      { type: "keepAlive" },
      { type: "choke" },
      { type: "unchoke" },
      { type: "interested" },
      { type: "uninterested" },
      { type: "have", piece: 7 },
      { type: "bitfield", bytes: Uint8Array.of(0xf0) },
      { type: "request", ...range },
      { type: "cancel", ...range },
      { type: "piece", piece: 3, offset: 0, bytes: Uint8Array.of(1, 2) },
      { type: "extended", id: 1, bytes: Uint8Array.of(9) },
    ]);
  });

  it("does not depend on how the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (cuts) => {
        const bytes = concat(ALL);
        const reader = new WireReader();
        const messages: PeerMessage[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const end = at + cuts[i % cuts.length];
          messages.push(...read(reader, bytes.subarray(at, end)));
          at = end;
        }
        expect(messages).toEqual(expected);
      }),
    );
  });

  it.each([
    ["a message of 4 GiB", frame(7, 0xffffffff)],
    ["a message that is too long", frame(20, 2 ** 17 + 10)],
    ["a short request", Uint8Array.of(0, 0, 0, 2, 6, 1)],
    ["a have without a piece", Uint8Array.of(0, 0, 0, 1, 4)],
    ["a choke with more", Uint8Array.of(0, 0, 0, 2, 0, 0)],
    ["a piece without an offset", Uint8Array.of(0, 0, 0, 3, 7, 0, 0)],
  ])("refuses %s before it is kept", (_, bytes) => {
    const reader = new WireReader();
    read(reader, ALL[0]);
    expect(() => read(reader, bytes)).toThrow(ProtocolError);
  });

  it("refuses another protocol", () => {
    const http = new TextEncoder().encode(`GET / HTTP/1.1\r\n${"x".repeat(80)}`);
    expect(() => read(new WireReader(), http)).toThrow("another protocol");
  });

  it("skips messages that it does not know", () => {
    const reader = new WireReader();
    read(reader, ALL[0]);
    expect(read(reader, Uint8Array.of(0, 0, 0, 3, 9, 26, 225))).toEqual([{ type: "other" }]);
  });
});
