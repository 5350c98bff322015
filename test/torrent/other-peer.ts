/** A peer of another implementation: the wire protocol of the package bittorrent-protocol, over node:net. */
import { randomBytes } from "node:crypto";
import { type AddressInfo, createServer, type Socket } from "node:net";
import Protocol from "bittorrent-protocol";
import { LOCAL, type LocalServer } from "./world.ts";

/** What is used of the package, which has no types. */
export interface Wire {
  readonly peerInterested: boolean;
  readonly amChoking: boolean;
  pipe(to: NodeJS.WritableStream): NodeJS.WritableStream;
  on(event: string, handler: (...args: never[]) => void): void;
  handshake(infoHash: string, peerId: string, extensions?: object): void;
  bitfield(bytes: Uint8Array): void;
  interested(): void;
  unchoke(): void;
  request(
    piece: number,
    offset: number,
    length: number,
    done: (error: unknown, bytes: Uint8Array) => void,
  ): void;
  extended(name: string | number, value: unknown): void;
  use(extension: new () => object): void;
  have(piece: number): void;
  piece(piece: number, offset: number, bytes: Uint8Array): void;
  destroy(): void;
  peerPieces: { get(piece: number): boolean };
}

/** The protocol on a connection. `first` begins: it sends its handshake before it has seen the other. */
export function wireOn(socket: Socket, infoHash: string, first: boolean): Wire {
  const wire = new Protocol() as unknown as Wire;
  socket.pipe(wire as unknown as NodeJS.WritableStream);
  wire.pipe(socket);
  wire.on("error", () => {});
  socket.on("error", () => {});
  socket.on("close", () => wire.destroy());
  const id = randomBytes(20).toString("hex");
  if (first) wire.handshake(infoHash, id);
  else wire.on("handshake", () => wire.handshake(infoHash, id));
  return wire;
}

/** What a serving peer does with a request. */
export type Answer = (
  piece: number,
  offset: number,
  length: number,
  send: (bytes: Uint8Array) => void,
) => void;

/** A peer that has every piece and answers as told. */
export async function startOtherPeer(
  infoHash: string,
  pieceCount: number,
  answer: Answer,
  onWire: (wire: Wire) => void = () => {},
): Promise<LocalServer & { readonly wires: Wire[] }> {
  const wires: Wire[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    const wire = wireOn(socket, infoHash, false);
    wires.push(wire);
    wire.on("handshake", () => {
      const bytes = new Uint8Array(Math.ceil(pieceCount / 8));
      for (let piece = 0; piece < pieceCount; piece++) bytes[piece >> 3] |= 0x80 >> (piece & 7);
      wire.bitfield(bytes);
    });
    wire.on("interested", () => wire.unchoke());
    wire.on("request", ((
      piece: number,
      offset: number,
      length: number,
      respond: (error: null, bytes: Uint8Array) => void,
    ) => answer(piece, offset, length, (bytes) => respond(null, bytes))) as (...args: never[]) => void);
    onWire(wire);
  });
  await new Promise<void>((resolve) => server.listen(0, LOCAL, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: "",
    wires,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
