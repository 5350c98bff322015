/**
 * Requests with what the hub's protocol needs: redirects are followed here, so that a token goes to its own origin
 * only; addresses in messages have no query and no user, because presigned ones are secrets.
 */
import { platform } from "#platform";
import { CriaError, NetworkError } from "../../base/errors.ts";
import type { Http, HttpAnswer, HttpRequest } from "../../platform/http.ts";

/** A token and the only origin that it is sent to. */
export interface Credentials {
  readonly token: string;
  readonly origin: string;
}

export interface Client {
  /** @throws NetworkError if no answer arrives; any status is an answer. The signal's reason if it is aborted. */
  send(request: HttpRequest): Promise<HttpAnswer>;
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** An address for messages: without user, query and fragment. */
export function publicAddress(url: string): string {
  if (!URL.canParse(url)) return "an invalid address";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname.slice(0, 300)}`;
}

export function createClient(credentials?: Credentials, http: Http = platform.http): Client {
  return { send: (request) => follow(request, credentials, http) };
}

async function follow(
  request: HttpRequest,
  credentials: Credentials | undefined,
  http: Http,
): Promise<HttpAnswer> {
  let url = request.url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await sendOnce({ ...request, url }, credentials, http);
    const location = answer.header("location");
    if (http.followsRedirects || !REDIRECTS.has(answer.status) || location === undefined) return answer;
    answer.discard();
    url = nextAddress(url, location);
  }
  throw new NetworkError({
    doing: `fetch ${publicAddress(request.url)}`,
    expected: `at most ${MAX_REDIRECTS} redirects`,
    found: "more",
  });
}

async function sendOnce(
  request: HttpRequest,
  credentials: Credentials | undefined,
  http: Http,
): Promise<HttpAnswer> {
  const { url, signal } = request;
  const isOwn = credentials !== undefined && new URL(url).origin === credentials.origin;
  const headers = {
    "accept-encoding": "identity",
    ...request.headers,
    ...(isOwn ? { authorization: `Bearer ${credentials.token}` } : {}),
  };
  try {
    return await http.send({
      ...request,
      headers: http.followsRedirects ? withoutForbidden(headers) : headers,
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreachable(url, cause);
  }
}

/** Headers that a page may not set. */
function withoutForbidden({
  "accept-encoding": _,
  ...headers
}: Record<string, string>): Record<string, string> {
  return headers;
}

/** A connection that failed, and may work again. */
export class ConnectionError extends NetworkError {}

/** What an error of the connection means. The cause is kept apart: its text may hold the whole address. */
export function unreachable(url: string, cause: unknown): CriaError {
  if (cause instanceof CriaError) return cause;
  const { code } = cause as { code?: string };
  const message = cause instanceof Error ? cause.message : String(cause);
  const problem = {
    doing: `fetch ${publicAddress(url)}`,
    found: FAULTS[code ?? ""] ?? message.replaceAll(url, publicAddress(url)),
  };
  if (CERTIFICATES.has(code ?? "")) return new NetworkError({ ...problem, fix: OWN_AUTHORITY });
  return new ConnectionError({ ...problem, fix: "check the connection, and try again" });
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOTFOUND: "there is no such server",
  EAI_AGAIN: "the server's name cannot be resolved",
  ECONNREFUSED: "the server refuses connections",
  ECONNRESET: "the connection was cut",
  ETIMEDOUT: "the server does not answer",
  EHOSTUNREACH: "the server cannot be reached",
  ENETUNREACH: "the network cannot be reached",
};
const OWN_AUTHORITY =
  "name the authority's file in NODE_EXTRA_CA_CERTS if a company's proxy signs connections";
const CERTIFICATES = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

function nextAddress(from: string, location: string): string {
  const found = { doing: `fetch ${publicAddress(from)}` };
  if (!URL.canParse(location, from))
    throw new NetworkError({ ...found, found: "a redirect to an invalid address" });
  const next = new URL(location, from);
  const isSafer =
    next.protocol === "https:" || (next.protocol === "http:" && new URL(from).protocol === "http:");
  if (isSafer) return next.href;
  throw new NetworkError({
    ...found,
    found: `a redirect from https to ${next.protocol.slice(0, 12)}//`,
    fix: "the server is set up wrongly, or someone changes its answers",
  });
}

/** A whole body of limited length. @throws NetworkError if it is longer, or is cut. */
export async function readBody(answer: HttpAnswer, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of answer.body) {
      length += chunk.byteLength;
      if (length > maxBytes) {
        throw new NetworkError({
          doing: `fetch ${publicAddress(answer.url)}`,
          expected: `at most ${maxBytes} bytes`,
          found: "more",
        });
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    throw unreachable(answer.url, cause);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
