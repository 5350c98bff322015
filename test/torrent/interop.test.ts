/** Cria beside other implementations: the packages parse-torrent, create-torrent and bittorrent-protocol. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import createTorrent from "create-torrent";
import parseOther, { toMagnetURI } from "parse-torrent";
import { describe, expect, it } from "vitest";
import {
  createTorrentFile,
  downloadTorrent,
  encodeTorrent,
  formatMagnet,
  parseMagnet,
  parseTorrent,
  seed,
} from "../../src/hub/torrent/index.ts";
import { startOtherPeer, wireOn } from "./other-peer.ts";
import { dial, Folder, HERE, LOCAL } from "./world.ts";

const PIECE = 32_768;
const SIZE = 10 * PIECE + 12_345;
const trackers = ["https://tracker.example/announce?key=1", "http://second.example/announce"];
const webSeeds = ["https://files.example/models/"];

/** The bytes of a .torrent file by create-torrent. */
function createOther(input: unknown, options: object): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    createTorrent(input, options, (error: unknown, bytes: Uint8Array) =>
      error ? reject(error) : resolve(bytes),
    );
  });
}

describe(".torrent files", () => {
  it("of Cria are read by parse-torrent, with the same hash", async () => {
    using folder = new Folder();
    folder.file("set/a.bin", 100_000);
    folder.file("set/sub/b.bin", 5);
    const options = { trackers, webSeeds, isPrivate: true, comment: "é", pieceBytes: 16_384 };
    const { torrent } = await createTorrentFile(folder.join("set"), options);
    const other = await parseOther(encodeTorrent(torrent));
    expect(other).toMatchObject({
      infoHash: torrent.infoHash,
      name: "set",
      announce: trackers,
      urlList: webSeeds,
      private: true,
      comment: "é",
      pieceLength: 16_384,
      length: 100_005,
    });
    expect(other.files.map((file: { path: string }) => file.path)).toEqual(["set/a.bin", "set/sub/b.bin"]);
    expect(other.pieces.join("")).toBe(Buffer.from(torrent.hashes).toString("hex"));
  });

  it("of create-torrent are read by Cria, and made alike of the same files", async () => {
    using folder = new Folder();
    const bytes = folder.file("model.gguf", SIZE);
    const made = await createOther(Object.assign(Buffer.from(bytes), { name: "model.gguf" }), {
      announceList: trackers.map((url) => [url]),
      urlList: webSeeds,
      pieceLength: PIECE,
    });
    const torrent = await parseTorrent(made);
    expect(torrent).toMatchObject({
      name: "model.gguf",
      byteLength: SIZE,
      trackers,
      webSeeds,
      isPrivate: false,
    });
    const own = await createTorrentFile(folder.join("model.gguf"), { pieceBytes: PIECE });
    expect(own.torrent.infoHash).toBe(torrent.infoHash);
  });
});

describe("magnet links", () => {
  it("are read alike in both directions", async () => {
    const given = { infoHash: "cdee3052d85c697b84f4c1192f43a2276c0daea0", name: "a b", trackers, webSeeds };
    expect(await parseOther(formatMagnet(given))).toMatchObject({
      infoHash: given.infoHash,
      name: "a b",
      announce: trackers,
      urlList: webSeeds,
    });
    const other = toMagnetURI({
      infoHash: given.infoHash,
      name: "a b",
      announce: trackers,
      urlList: webSeeds,
    });
    expect(parseMagnet(other)).toMatchObject(given);
  });
});

describe("peers", () => {
  it("of bittorrent-protocol serve Cria", async () => {
    using folder = new Folder();
    using to = new Folder();
    const bytes = folder.file("model.gguf", SIZE);
    const { torrent } = await createTorrentFile(folder.join("model.gguf"), { pieceBytes: PIECE });
    await using other = await startOtherPeer(
      torrent.infoHash,
      torrent.pieceCount,
      (piece, offset, length, send) =>
        send(bytes.subarray(piece * PIECE + offset, piece * PIECE + offset + length)),
    );
    await downloadTorrent(torrent, { ...HERE, folder: to.path, peers: [{ host: LOCAL, port: other.port }] });
    expect(readFileSync(to.join("model.gguf")).equals(bytes)).toBe(true);
  });

  it("of bittorrent-protocol are served by Cria: bitfield, unchoke, blocks, metadata", async () => {
    using folder = new Folder();
    const bytes = folder.file("model.gguf", SIZE);
    await using seeding = await seed(folder.join("model.gguf"), { ...HERE, pieceBytes: PIECE });
    const { torrent } = seeding;
    const socket = await dial(seeding.port);
    const wire = wireOn(socket, torrent.infoHash, true);
    const metadata = new Promise<Uint8Array>((resolve) => {
      wire.on("extended", ((name: string, value: Uint8Array) => {
        if (name === "handshake") wire.extended("ut_metadata", { msg_type: 0, piece: 0 });
        else if (name === "ut_metadata") resolve(value);
      }) as (...args: never[]) => void);
    });
    wire.use(
      class Metadata {
        onMessage(): void {}
        get name(): string {
          return "ut_metadata";
        }
      },
    );
    await new Promise<void>((resolve) => {
      wire.on("unchoke", () => resolve());
      wire.on("bitfield", () => wire.interested());
    });
    for (let piece = 0; piece < torrent.pieceCount; piece++) expect(wire.peerPieces.get(piece)).toBe(true);
    const [piece, offset, length] = [10, 10, 12_000];
    const block = await new Promise<Uint8Array>((resolve, reject) => {
      wire.request(piece, offset, length, (error, found) => (error ? reject(error) : resolve(found)));
    });
    expect(
      Buffer.from(block).equals(bytes.subarray(piece * PIECE + offset, piece * PIECE + offset + length)),
    ).toBe(true);
    const answer = Buffer.from(await metadata);
    expect(answer.subarray(-torrent.info.length).equals(torrent.info)).toBe(true);
    socket.destroy();
  });

  it("that announce a piece twice, or send blocks that nobody asked for, do no harm", async () => {
    using folder = new Folder();
    using to = new Folder();
    const bytes = folder.file("model.gguf", SIZE);
    const { torrent } = await createTorrentFile(folder.join("model.gguf"), { pieceBytes: PIECE });
    await using other = await startOtherPeer(
      torrent.infoHash,
      torrent.pieceCount,
      (piece, offset, length, send) => {
        const block = bytes.subarray(piece * PIECE + offset, piece * PIECE + offset + length);
        send(block);
      },
      (wire) => {
        wire.on("handshake", () => setTimeout(() => wire.piece(0, 7, randomBytes(16_384)), 5));
        wire.on("interested", () => wire.have(3));
      },
    );
    await downloadTorrent(torrent, { ...HERE, folder: to.path, peers: [{ host: LOCAL, port: other.port }] });
    expect(readFileSync(to.join("model.gguf")).equals(bytes)).toBe(true);
  });
});
