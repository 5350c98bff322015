/** What a torrent meets: trackers, web seeds, peers of another implementation, and hostile ones, all on loopback. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import {
  type AddressInfo,
  createConnection,
  createServer,
  type Socket,
  type Server as TcpServer,
} from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encodeBencode } from "../../src/hub/torrent/bencode.ts";
import { handshakeMessage } from "../../src/hub/torrent/wire.ts";

export const LOCAL = "127.0.0.1";
/** The protocol at the speed of tests. */
export const FAST = {
  tick: 20,
  blockTimeout: 250,
  webSeedTimeout: 400,
  handshakeTimeout: 1000,
  choke: 100,
  retry: 40,
  maxRetry: 400,
  minAnnounce: 100,
};
/** Options of every call in tests. */
export const HERE = { host: LOCAL, allowLocal: true, pace: FAST } as const;

/** A temporary folder with files of random bytes. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "cria-torrent-"));
  file(name: string, byteLength: number): Buffer {
    const bytes = randomBytes(byteLength);
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), bytes);
    return bytes;
  }
  join(...parts: string[]): string {
    return join(this.path, ...parts);
  }
  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export interface LocalServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

async function listen(server: Server | TcpServer, end: () => void): Promise<LocalServer> {
  await new Promise<void>((resolve) => server.listen(0, LOCAL, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${LOCAL}:${port}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        end();
      }),
  };
}

async function listenHttp(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LocalServer> {
  const server = createHttpServer(handler);
  return listen(server, () => server.closeAllConnections());
}

export interface TestTracker extends LocalServer {
  /** The queries of announcements, in order. */
  readonly announcements: URLSearchParams[];
}

/** An HTTP tracker with compact answers, which remembers who announced a port. */
export async function startTracker(): Promise<TestTracker> {
  const announcements: URLSearchParams[] = [];
  const ports = new Set<number>();
  const server = await listenHttp((request, response) => {
    const query = new URL(request.url ?? "", "http://tracker").searchParams;
    announcements.push(query);
    const port = Number(query.get("port"));
    if (query.get("event") === "stopped") ports.delete(port);
    const others = [...ports].filter((other) => other !== port);
    if (port > 1 && query.get("event") !== "stopped") ports.add(port);
    const peers = Uint8Array.from(others.flatMap((other) => [127, 0, 0, 1, other >> 8, other & 255]));
    response.end(encodeBencode({ interval: 1, peers }));
  });
  return { ...server, url: `${server.url}announce`, announcements };
}

export interface WebSeed extends LocalServer {
  readonly ranges: string[];
  /** Bytes of bodies. */
  sent: number;
}

/** How a web seed answers. */
export interface WebSeedBehaviour {
  /** Milliseconds before each answer. */
  readonly delay?: number;
  /** Sends other bytes. */
  readonly wrong?: boolean;
  readonly ignoresRanges?: boolean;
  /** By number of the answer: its status, or the bytes after which the connection ends. */
  readonly status?: (answer: number) => number | undefined;
  readonly cutAfter?: (answer: number) => number | undefined;
  /** Sends a byte and then nothing. */
  readonly stalls?: boolean;
}

/** Serves files by path, with ranges. */
export async function startWebSeed(
  files: Readonly<Record<string, Buffer>>,
  behaviour: WebSeedBehaviour = {},
): Promise<WebSeed> {
  const ranges: string[] = [];
  const seed = { ranges, sent: 0 };
  const server = await listenHttp(async (request, response) => {
    const answer = ranges.push(request.headers.range ?? "") - 1;
    await new Promise((resolve) => setTimeout(resolve, behaviour.delay ?? 0));
    const file = files[decodeURIComponent((request.url ?? "").slice(1))];
    const status = file === undefined ? 404 : behaviour.status?.(answer);
    if (status !== undefined) {
      response.writeHead(status).end();
      return;
    }
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    const part = Buffer.from(behaviour.ignoresRanges ? file : file.subarray(Number(from), Number(to) + 1));
    if (behaviour.wrong) part.fill(0x55);
    const range = { "content-range": `bytes ${from}-${to}/${file.length}` };
    response.writeHead(behaviour.ignoresRanges ? 200 : 206, { "content-length": part.length, ...range });
    if (behaviour.stalls) {
      response.write(part.subarray(0, 1));
      return;
    }
    const cut = behaviour.cutAfter?.(answer);
    const sent = part.subarray(0, cut);
    seed.sent += sent.length;
    response.write(sent, () => (cut === undefined ? response.end() : response.destroy()));
  });
  return Object.assign(seed, server);
}

export interface RawPeer extends LocalServer {
  readonly sockets: Socket[];
  /** Bytes received on all connections. */
  received: number;
}

/** A peer that answers the handshake, then does what `act` says: it gets each connection and what it receives. */
export async function startRawPeer(
  infoHash: string,
  act: (socket: Socket, bytes: Buffer) => void,
  greet: (socket: Socket) => void = () => {},
): Promise<RawPeer> {
  const sockets: Socket[] = [];
  const peer = { sockets, received: 0 };
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.write(handshakeMessage(infoHash, randomBytes(20).toString("hex")));
    greet(socket);
    socket.on("data", (bytes) => {
      peer.received += bytes.length;
      act(socket, bytes);
    });
  });
  const local = await listen(server, () => {
    for (const socket of sockets) socket.destroy();
  });
  return Object.assign(peer, local);
}

/** Connects to a port as a client. */
export function dial(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: LOCAL, port }, () => resolve(socket));
    socket.on("error", reject);
  });
}
