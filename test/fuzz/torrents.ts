/** Targets of BitTorrent: .torrent files, and what a peer sends. */
import { posix, win32 } from "node:path";
import type { ByteSource } from "../../src/base/bytes.ts";
import { concat, decodePrefix, type Encodable, encodeBencode } from "../../src/hub/torrent/bencode.ts";
import { encodeTorrent, parseTorrent } from "../../src/hub/torrent/index.ts";
import { parseMetadataMessage } from "../../src/hub/torrent/metadata.ts";
import {
  bitfieldMessage,
  extendedMessage,
  handshakeMessage,
  haveMessage,
  KEEP_ALIVE,
  pieceMessage,
  requestMessage,
  stateMessage,
  WireReader,
} from "../../src/hub/torrent/wire.ts";
import type { Reach } from "./targets.ts";

const hashes = (count: number) => Uint8Array.from({ length: 20 * count }, (_, i) => i);

export function torrentSeeds(): Uint8Array[] {
  const file = { name: "model.gguf", length: 40_000, "piece length": 16_384, pieces: hashes(3) };
  const files: Encodable[] = [
    { length: 10, path: ["a.gguf"] },
    { attr: "p", length: 16_374, path: [".pad", "16374"] },
    { length: 0, path: ["sub", "empty"] },
    { length: 20_000, path: ["sub", "b.safetensors"] },
  ];
  const folder = { name: "model", files, "piece length": 16_384, pieces: hashes(3), private: 1 };
  return [
    encodeBencode({ info: file }),
    encodeBencode({
      announce: "http://t.example/announce",
      "announce-list": [["http://t.example/announce"], ["udp://u.example:80", "https://v.example/"]],
      comment: "é",
      info: folder,
      "url-list": ["http://s.example/", "https://m.example/models/"],
    }),
  ];
}

/** What is accepted must stay in its folder on every system, have a hash for each piece, and survive being rewritten. */
export async function readTorrent(source: ByteSource, reach: Reach): Promise<undefined> {
  const torrent = await parseTorrent(source.bytes(0, source.byteLength));
  reach("parsed");
  let offset = 0;
  for (const { path, byteLength, offset: start } of torrent.files) {
    for (const { resolve, sep, parse } of [posix, win32]) {
      const { root } = parse(resolve("/"));
      const base = resolve(root, "base");
      if (!resolve(base, ...path).startsWith(base + sep))
        throw new Error(`${path.join("/")} leaves its folder`);
    }
    if (start !== offset) throw new Error("files that do not follow each other");
    offset += byteLength;
  }
  const { pieceCount, pieceBytes, byteLength } = torrent;
  if (
    offset !== byteLength ||
    Math.ceil(offset / pieceBytes) !== pieceCount ||
    torrent.hashes.length !== 20 * pieceCount
  )
    throw new Error("pieces that do not cover the files");
  if ((await parseTorrent(encodeTorrent(torrent))).infoHash !== torrent.infoHash)
    throw new Error("another torrent when it is written again");
}

export function peerSeeds(): Uint8Array[] {
  const hello = handshakeMessage("ab".repeat(20), "cd".repeat(20));
  const offer = encodeBencode({
    m: { ut_metadata: 3, ut_pex: 1 },
    metadata_size: 31_235,
    reqq: 250,
    v: "x 1.0",
  });
  const part = encodeBencode({ msg_type: 1, piece: 0, total_size: 300 });
  const metadata = extendedMessage(1, concat([part, new Uint8Array(300)]));
  const range = { piece: 1, offset: 16_384, length: 16_384 };
  return [
    concat([hello, extendedMessage(0, offer), bitfieldMessage(Uint8Array.of(0xff, 0x80)), metadata]),
    concat([
      hello,
      KEEP_ALIVE,
      haveMessage(2),
      stateMessage("unchoke"),
      pieceMessage(1, 0, new Uint8Array(2000)),
    ]),
    concat([
      hello,
      stateMessage("interested"),
      requestMessage(range),
      extendedMessage(1, encodeBencode({ msg_type: 0, piece: 1 })),
    ]),
  ];
}

/** Reads messages in parts of uneven length, and the bencode inside them. */
export async function readPeer(source: ByteSource, reach: Reach): Promise<undefined> {
  const bytes = source.bytes(0, source.byteLength);
  const reader = new WireReader();
  for (let at = 0, step = 1; at < bytes.length; at += step, step = (step * 7 + 3) % 101 || 1) {
    for (const message of reader.push(bytes.subarray(at, at + step))) {
      reach(message.type);
      if (message.type !== "extended") continue;
      if (message.id === 0) decodePrefix(message.bytes, "the peer's extensions");
      else parseMetadataMessage(message.bytes);
    }
  }
}
