import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { encodeBencode } from "../../src/hub/torrent/bencode.ts";
import { createTorrentFile, downloadTorrent, formatMagnet, seed } from "../../src/hub/torrent/index.ts";
import {
  bitfieldMessage,
  extendedMessage,
  handshakeMessage,
  haveMessage,
  type PeerMessage,
  pieceMessage,
  requestMessage,
  stateMessage,
  WireReader,
} from "../../src/hub/torrent/wire.ts";
import { startOtherPeer } from "./other-peer.ts";
import { dial, FAST, Folder, HERE, LOCAL, startRawPeer, startTracker } from "./world.ts";

const PIECE = 32_768;
const COUNT = 24;
const peersOf = (...ports: number[]) => ports.map((port) => ({ host: LOCAL, port }));
const ALL = bitfieldMessage(new Uint8Array(COUNT / 8).fill(0xff));
const frame = (...bytes: number[]) => {
  const all = new Uint8Array(4 + bytes.length);
  new DataView(all.buffer).setUint32(0, bytes.length);
  all.set(bytes, 4);
  return all;
};
const ascii = (text: string) => new TextEncoder().encode(text);

/** A torrent, an honest seed of it, and a folder for the download. */
async function honest(options: { readonly isPrivate?: boolean } = {}) {
  const from = new Folder();
  const to = new Folder();
  const bytes = from.file("model.gguf", COUNT * PIECE);
  const { torrent } = await createTorrentFile(from.join("model.gguf"), { pieceBytes: PIECE, ...options });
  const seeding = await seed(torrent, { ...HERE, folder: from.path });
  return {
    from,
    to,
    bytes,
    torrent,
    seeding,
    isRight: () => readFileSync(to.join("model.gguf")).equals(bytes),
    [Symbol.asyncDispose]: async () => {
      await seeding.close();
      from[Symbol.dispose]();
      to[Symbol.dispose]();
    },
  };
}

/** Resolves when the other side has closed the connection. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => void socket.on("close", () => resolve()).resume());

describe("a download", () => {
  it("bans a peer that sends wrong pieces, and gets the right ones elsewhere", async () => {
    await using world = await honest();
    const { torrent, seeding } = world;
    await using liar = await startOtherPeer(torrent.infoHash, COUNT, (_, __, length, send) =>
      send(randomBytes(length)),
    );
    const notices: string[] = [];
    await downloadTorrent(torrent, {
      ...HERE,
      folder: world.to.path,
      peers: peersOf(liar.port, seeding.port),
      onNotice: (text) => notices.push(text),
    });
    expect(world.isRight()).toBe(true);
    expect(notices).toContain(`the peer ${LOCAL}:${liar.port} is banned: it sent wrong bytes`);
    expect(notices.join()).not.toContain(`${seeding.port}`);
  });

  it("finds the liar among peers that send parts of the same pieces", async () => {
    await using world = await honest();
    const { torrent, seeding, bytes } = world;
    // Wrong only in every second block: pieces mix its blocks with those of others.
    await using liar = await startOtherPeer(torrent.infoHash, COUNT, (piece, offset, length, send) => {
      const right = bytes.subarray(piece * PIECE + offset, piece * PIECE + offset + length);
      setTimeout(() => send(offset > 0 ? randomBytes(length) : right), 1);
    });
    const notices: string[] = [];
    await downloadTorrent(torrent, {
      ...HERE,
      folder: world.to.path,
      peers: peersOf(liar.port, seeding.port),
      onNotice: (text) => notices.push(text),
    });
    expect(world.isRight()).toBe(true);
    expect(notices).toContain(`the peer ${LOCAL}:${liar.port} is banned: it sent wrong bytes`);
  });

  it("does not wait for a peer that takes requests and never answers", async () => {
    await using world = await honest();
    await using staller = await startRawPeer(
      world.torrent.infoHash,
      () => {},
      (socket) => {
        socket.write(ALL);
        socket.write(stateMessage("unchoke"));
      },
    );
    const peers = peersOf(staller.port, world.seeding.port);
    await downloadTorrent(world.torrent, { ...HERE, folder: world.to.path, peers });
    expect(world.isRight()).toBe(true);
    expect(staller.received).toBeGreaterThan(68); // it was asked
  });

  it("survives a peer that is slow, chokes at random and drops connections", async () => {
    await using world = await honest();
    const { torrent, bytes } = world;
    let served = 0;
    await using moody = await startOtherPeer(torrent.infoHash, COUNT, (piece, offset, length, send) => {
      served++;
      if (served % 37 === 0) moody.wires.at(-1)!.destroy();
      else
        setTimeout(
          () => send(bytes.subarray(piece * PIECE + offset, piece * PIECE + offset + length)),
          served % 4,
        );
    });
    await downloadTorrent(torrent, { ...HERE, folder: world.to.path, peers: peersOf(moody.port) });
    expect(world.isRight()).toBe(true);
    expect(moody.wires.length).toBeGreaterThan(1);
  });

  const dictionary = (text: string) => extendedMessage(0, ascii(text));
  it.each<[string, Uint8Array]>([
    ["another protocol", ascii("HTTP/1.1 200 OK\r\n\r\n".repeat(9))],
    ["a message of 4 GiB", frame(7).fill(255, 0, 4)],
    ["a bitfield that is too long", bitfieldMessage(new Uint8Array(100))],
    ["a bitfield with bits beyond the end", bitfieldMessage(new Uint8Array(COUNT / 8 + 1).fill(0xff))],
    ["a piece that does not exist", haveMessage(0xffffffff)],
    ["extensions with a negative length", dictionary("l-3:")],
    ["extensions nested without end", dictionary("l".repeat(60_000))],
    ["extensions that are a list", dictionary("le")],
    ["a broken metadata message", extendedMessage(1, ascii("d8:msg_type"))],
    ["a choke with content", frame(0, 1)],
  ])("closes the connection of a peer that sends %s", async (_, message) => {
    await using world = await honest();
    let isClosed = false;
    await using peer = await startRawPeer(
      world.torrent.infoHash,
      () => {},
      (socket) => {
        socket.write(message);
        void closed(socket).then(() => {
          isClosed = true;
        });
      },
    );
    const stop = new AbortController();
    const options = { ...HERE, folder: world.to.path, peers: peersOf(peer.port), signal: stop.signal };
    const download = downloadTorrent(world.torrent, options).catch(() => {});
    await expect.poll(() => isClosed).toBe(true);
    stop.abort();
    await download;
  });

  it("survives peers that send random bytes in the form of messages", async () => {
    await using world = await honest();
    const noise = (socket: Socket) => {
      for (let i = 0; i < 50 && !socket.destroyed; i++) {
        const body = randomBytes(1 + Math.floor(Math.random() * 40));
        body[0] %= 22;
        socket.write(frame(...body));
      }
    };
    const babblers = await Promise.all(
      Array.from({ length: 6 }, () => startRawPeer(world.torrent.infoHash, noise, noise)),
    );
    try {
      const peers = peersOf(...babblers.map(({ port }) => port), world.seeding.port);
      await downloadTorrent(world.torrent, { ...HERE, folder: world.to.path, peers });
      expect(world.isRight()).toBe(true);
    } finally {
      for (const babbler of babblers) await babbler[Symbol.asyncDispose]();
    }
  });

  it("bans a peer that sends wrong metadata, and takes those of another", async () => {
    await using world = await honest();
    const { torrent, seeding } = world;
    const length = torrent.info.length;
    const readers = new Map<Socket, WireReader>();
    await using liar = await startRawPeer(
      torrent.infoHash,
      (socket, bytes) => {
        for (const message of readers.get(socket)!.push(bytes)) {
          if (message.type !== "extended" || message.id !== 7) continue;
          const head = encodeBencode({ msg_type: 1, piece: 0, total_size: length });
          socket.write(extendedMessage(1, Buffer.concat([head, randomBytes(length)])));
        }
      },
      (socket) => {
        readers.set(socket, new WireReader());
        const offer = encodeBencode({ m: { ut_metadata: 7 }, metadata_size: length });
        socket.write(extendedMessage(0, offer));
      },
    );
    const notices: string[] = [];
    const link = formatMagnet({ infoHash: torrent.infoHash });
    const stop = new AbortController();
    const alone = downloadTorrent(link, {
      ...HERE,
      folder: world.to.path,
      peers: peersOf(liar.port),
      signal: stop.signal,
      onNotice: (text) => {
        notices.push(text);
        stop.abort();
      },
    });
    await expect(alone).rejects.toThrow();
    expect(notices).toEqual([`the peer ${LOCAL}:${liar.port} is banned: it sent wrong metadata`]);
    await downloadTorrent(link, { ...HERE, folder: world.to.path, peers: peersOf(liar.port, seeding.port) });
    expect(world.isRight()).toBe(true);
  });

  it("believes no size of metadata that is out of bounds", async () => {
    await using world = await honest();
    const offer = encodeBencode({ m: { ut_metadata: 7 }, metadata_size: 2 ** 40 });
    await using liar = await startRawPeer(
      world.torrent.infoHash,
      () => {},
      (socket) => {
        socket.write(extendedMessage(0, offer));
      },
    );
    const link = formatMagnet({ infoHash: world.torrent.infoHash });
    await downloadTorrent(link, {
      ...HERE,
      folder: world.to.path,
      peers: peersOf(liar.port, world.seeding.port),
    });
    expect(world.isRight()).toBe(true);
  });

  it("uploads nothing unless asked: no pieces, no metadata, no news of what it has", async () => {
    await using world = await honest();
    const { torrent } = world;
    const heard: PeerMessage[] = [];
    const reader = new WireReader();
    await using beggar = await startRawPeer(
      torrent.infoHash,
      (_, bytes) => {
        for (const message of reader.push(bytes))
          heard.push("bytes" in message ? { ...message, bytes: Uint8Array.from(message.bytes) } : message);
      },
      (socket) => {
        socket.write(extendedMessage(0, encodeBencode({ m: { ut_metadata: 7 } })));
        socket.write(stateMessage("interested"));
        setInterval(() => {
          socket.write(requestMessage({ piece: 0, offset: 0, length: 16_384 }));
          socket.write(extendedMessage(1, encodeBencode({ msg_type: 0, piece: 0 })));
        }, 5).unref();
      },
    );
    const { uploaded } = await downloadTorrent(torrent, {
      ...HERE,
      folder: world.to.path,
      peers: peersOf(beggar.port, world.seeding.port),
    });
    expect(uploaded).toBe(0);
    const types = new Set(heard.map(({ type }) => type));
    expect(types).toContain("handshake");
    for (const type of ["unchoke", "bitfield", "have", "piece"] as const) expect(types).not.toContain(type);
    const answers = heard.filter((message) => message.type === "extended" && message.id === 7);
    const rejection = encodeBencode({ msg_type: 2, piece: 0 });
    for (const answer of answers) expect(answer).toMatchObject({ bytes: rejection });
  });

  it("asks only trackers for peers of a private torrent", async () => {
    await using world = await honest({ isPrivate: true });
    const { infoHash } = world.torrent;
    const link = `magnet:?xt=urn:btih:${infoHash}&x.pe=${LOCAL}:${world.seeding.port}`;
    const options = { ...HERE, folder: world.to.path, patience: 3 };
    await expect(downloadTorrent(link, options)).rejects.toThrow("no peer, tracker or web seed is left");
    await using tracker = await startTracker();
    await using seeding = await seed(world.torrent, {
      ...HERE,
      folder: world.from.path,
      trackers: [tracker.url],
    });
    await downloadTorrent(`${link}&tr=${encodeURIComponent(tracker.url)}`, options);
    expect(world.isRight()).toBe(true);
    expect(seeding.progress.uploaded).toBeGreaterThan(0);
  });

  it.each([
    ["no bencode", "<html>"],
    ["a refusal", encodeBencode({ "failure reason": "unregistered" })],
    ["values of other types", encodeBencode({ interval: "soon", peers: 5, peers6: ["x"] })],
    ["too much", Buffer.alloc(2 ** 20 + 1)],
    ["bad peers", encodeBencode({ peers: [{ ip: "no ip", port: 0 }, { ip: LOCAL, port: 99_999 }, 7] })],
  ])("survives a tracker that answers with %s", async (_, body) => {
    await using world = await honest();
    const server = createServer((_request, response) => response.end(body));
    await new Promise<void>((resolve) => server.listen(0, LOCAL, resolve));
    const url = `http://${LOCAL}:${(server.address() as AddressInfo).port}/announce`;
    const peers = peersOf(world.seeding.port);
    await downloadTorrent(world.torrent, { ...HERE, folder: world.to.path, trackers: [url], peers });
    server.closeAllConnections();
    server.close();
    expect(world.isRight()).toBe(true);
  });
});

describe("a seed", () => {
  it("closes connections that flood it or ask for what does not exist", async () => {
    await using world = await honest();
    const hello = handshakeMessage(world.torrent.infoHash, "ab".repeat(20));
    const begin = async () => {
      const socket = await dial(world.seeding.port);
      socket.write(hello);
      socket.write(stateMessage("interested"));
      await new Promise((resolve) => setTimeout(resolve, 60)); // it unchokes us
      return socket;
    };
    const flood = await begin();
    flood.pause(); // takes nothing
    for (let i = 0; i < 2000; i++)
      flood.write(requestMessage({ piece: i % COUNT, offset: 0, length: 2 ** 15 }));
    await closed(flood);
    for (const range of [
      { piece: COUNT, offset: 0, length: 1 },
      { piece: 0, offset: 1, length: PIECE },
      { piece: 0, offset: 0xffffffff, length: 0xffffffff },
      { piece: 0, offset: 0, length: 0 },
    ]) {
      const socket = await begin();
      socket.write(requestMessage(range));
      await closed(socket);
    }
    const other = await dial(world.seeding.port);
    other.write(handshakeMessage("00".repeat(20), "ab".repeat(20)));
    await closed(other);
  });

  it("serves no one that it has not unchoked, and takes no pieces", async () => {
    await using world = await honest();
    const socket = await dial(world.seeding.port);
    const heard: PeerMessage[] = [];
    const reader = new WireReader();
    socket.on("data", (bytes: Buffer) => heard.push(...reader.push(bytes)));
    socket.write(handshakeMessage(world.torrent.infoHash, "ab".repeat(20)));
    socket.write(requestMessage({ piece: 0, offset: 0, length: 100 }));
    socket.write(pieceMessage(0, 0, randomBytes(16_384)));
    await expect.poll(() => heard.map(({ type }) => type)).toEqual(["handshake", "extended", "bitfield"]);
    socket.destroy();
    await downloadTorrent(world.torrent, {
      ...HERE,
      folder: world.to.path,
      peers: peersOf(world.seeding.port),
    });
    expect(world.isRight()).toBe(true);
  });

  it("keeps places for others if one host opens many connections", async () => {
    await using world = await honest();
    await using small = await seed(world.torrent, {
      ...HERE,
      folder: world.from.path,
      maxPeers: 8,
      pace: { ...FAST, handshakeTimeout: 60_000 },
    });
    const sockets = await Promise.all(Array.from({ length: 10 }, () => dial(small.port)));
    const isOpen = () => sockets.filter((socket) => !socket.readableEnded && !socket.destroyed).length;
    for (const socket of sockets) socket.resume();
    await expect.poll(isOpen).toBe(4);
    for (const socket of sockets) socket.destroy();
  });
});
