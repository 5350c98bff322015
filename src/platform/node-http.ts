/** HTTP in Node, through the environment's proxies. Redirects are left to the caller, who knows which tokens may follow. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Http, HttpAnswer, HttpRequest } from "./http.ts";
import { Agents, proxyAuthorization } from "./node-proxy.ts";

/** A connection on which nothing arrives for this time is given up. */
const IDLE_MS = 30_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** @param environment where proxies and authorities are named. */
export function createHttp(environment: Environment, idleMs = IDLE_MS): Http {
  const agents = new Agents(environment);
  return { followsRedirects: false, send: (request) => send(request, agents, idleMs) };
}

/** With the proxies and authorities of the environment. */
export const nodeHttp: Http = createHttp(process.env);

function send(asked: HttpRequest, agents: Agents, idleMs: number): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    asked.signal?.throwIfAborted();
    const request = start(asked, agents);
    const abort = () => request.destroy(asked.signal?.reason as Error);
    asked.signal?.addEventListener("abort", abort, { once: true });
    request.once("close", () => asked.signal?.removeEventListener("abort", abort));
    request.setTimeout(idleMs, () => request.destroy(new Error(`nothing arrived for ${idleMs / 1000} s`)));
    request.once("error", reject);
    request.once("response", (message) => resolve(answerOf(message, asked.url)));
    request.end();
  });
}

function start({ url, method = "GET", headers = {} }: HttpRequest, agents: Agents): ClientRequest {
  const target = new URL(url);
  const { connection, proxy } = agents.for(target);
  if (target.protocol === "https:") return httpsRequest(target, { method, headers, ...connection });
  if (proxy === undefined) return httpRequest(target, { method, headers, ...connection });
  // A proxy takes the whole address in place of the path.
  target.username = "";
  target.password = "";
  const throughTls = proxy.protocol === "https:";
  return (throughTls ? httpsRequest : httpRequest)({
    protocol: proxy.protocol,
    hostname: proxy.hostname,
    port: proxy.port,
    path: target.href,
    method,
    headers: { host: target.host, ...headers, ...proxyAuthorization(proxy) },
    ...(throughTls ? {} : connection),
  });
}

function answerOf(message: IncomingMessage, url: string): HttpAnswer {
  return {
    status: message.statusCode ?? 0,
    url,
    header(name) {
      const value = message.headers[name.toLowerCase()];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    body: message,
    discard: () => void message.destroy(),
  };
}
