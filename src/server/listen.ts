/** Connects the handler to Node's HTTP server. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { CriaServer } from "./app.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface Listening {
  readonly url: string;
  /**
   * Stops taking requests, waits for those that run, at most `seconds`, then ends the rest.
   * @returns true if all ended by themselves.
   */
  drain(seconds: number): Promise<boolean>;
}

/**
 * Limits on slow clients: time for the headers and for a whole request, in milliseconds. Connections without a request
 * stay longer than the pools of clients and proxies keep theirs (60 s at most): who closes first must be the client,
 * because a request on a connection that the server is just closing fails.
 */
const LIMITS = {
  headersTimeout: 20_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 65_000,
  maxHeadersCount: 100,
};

/** Milliseconds between two looks for idle connections of a server that ends. */
const IDLE_CHECK = 50;

/** Rejects with the system's error if the address cannot be used. */
export async function listen(server: CriaServer, { host, port }: ListenOptions): Promise<Listening> {
  const http = createAdaptorServer({
    fetch: (request, env) =>
      server.fetch(request, {
        address: "incoming" in env ? env.incoming.socket.remoteAddress : undefined,
      }),
    serverOptions: { requestTimeout: LIMITS.requestTimeout, headersTimeout: LIMITS.headersTimeout },
  }) as Server;
  Object.assign(http, LIMITS);
  await new Promise<void>((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => resolve());
  });
  const { address, family, port: taken } = http.address() as AddressInfo;
  return {
    url: `http://${family === "IPv6" ? `[${address}]` : address}:${taken}`,
    drain: (seconds) => drain(server, http, seconds),
  };
}

async function drain(server: CriaServer, http: Server, seconds: number): Promise<boolean> {
  server.context.isOpen = false;
  const closed = new Promise<true>((resolve) => http.close(() => resolve(true)));
  http.closeIdleConnections();
  // A connection that answers now would else be kept, for its next request, after its answer.
  const closing = setInterval(() => http.closeIdleConnections(), IDLE_CHECK);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), seconds * 1000);
  });
  const ended = await Promise.race([closed, late]);
  clearTimeout(timer);
  clearInterval(closing);
  http.closeAllConnections();
  return ended;
}
