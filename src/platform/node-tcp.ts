/** TCP through node:net. */
import { createConnection, createServer, type Socket } from "node:net";
import { ASYNC_DISPOSE, DISPOSE } from "../base/dispose.ts";
import { NetworkError } from "../base/errors.ts";
import type { TcpAddress, TcpConnection, TcpHandlers, TcpPlatform } from "./tcp.ts";

/** The system's error codes in the user's terms. */
const FOUND: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the other side closed the connection",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ENOTFOUND: "there is no host of this name",
  EADDRINUSE: "another program uses the port",
  EADDRNOTAVAIL: "this machine does not have the address",
  EACCES: "the system does not permit the port",
  ETIMEDOUT: "no answer",
};

function networkError(doing: string, cause: Error): NetworkError {
  const code = (cause as { code?: string }).code ?? "";
  return new NetworkError({ doing, found: FOUND[code] ?? cause.message, cause });
}

/** "host:port", with brackets round an IPv6 address. */
const show = ({ host, port }: TcpAddress): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

function connectionOf(socket: Socket, remote: TcpAddress): TcpConnection {
  let failure: Error | undefined;
  let handlers: TcpHandlers | undefined;
  const dispose = () => void socket.destroy();
  socket.pause();
  socket.setNoDelay(true);
  socket.on("error", (error) => {
    failure = error;
  });
  socket.on("close", () => handlers?.closed(failure));
  return {
    remote,
    get waiting() {
      return socket.writableLength;
    },
    start(given) {
      handlers = given;
      if (socket.destroyed) {
        given.closed(failure);
        return;
      }
      socket.on("data", (bytes: Uint8Array) => given.data(bytes));
      socket.on("drain", () => given.drained?.());
      socket.resume();
    },
    write(bytes) {
      if (!socket.destroyed && !socket.writableEnded) socket.write(bytes);
    },
    dispose,
    [DISPOSE]: dispose,
  };
}

export const tcp: TcpPlatform = {
  connect(address, { timeoutMs, signal }) {
    const doing = `connect to ${show(address)}`;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const socket = createConnection({ host: address.host, port: address.port });
      const stop = (reason: unknown) => {
        settle();
        socket.on("error", () => {});
        socket.destroy();
        reject(reason);
      };
      const abort = () => stop(signal?.reason);
      const fail = (error: Error) => stop(networkError(doing, error));
      const timer = setTimeout(() => fail(new Error(`no answer after ${timeoutMs} ms`)), timeoutMs);
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        socket.off("error", fail);
      };
      signal?.addEventListener("abort", abort);
      socket.once("error", fail);
      socket.once("connect", () => {
        settle();
        resolve(connectionOf(socket, address));
      });
    });
  },

  listen({ port, host }, accept) {
    return new Promise((resolve, reject) => {
      const server = createServer({ pauseOnConnect: true }, (socket) => {
        accept(connectionOf(socket, { host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 }));
      });
      const fail = (error: Error) => reject(networkError(`listen on port ${port}`, error));
      server.once("error", fail);
      server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        server.off("error", fail);
        server.on("error", () => {}); // accepting one connection failed; the others go on
        const bound = server.address();
        const own = typeof bound === "object" && bound !== null ? bound : { address: "", port };
        const close = () => new Promise<void>((done) => server.close(() => done()));
        resolve({
          address: { host: own.address, port: own.port },
          // Connections may stay open, so the end is not awaited.
          close: async () => void close(),
          [ASYNC_DISPOSE]: async () => void close(),
        });
      });
    });
  },
};
