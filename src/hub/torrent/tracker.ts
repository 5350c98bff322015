/** One announcement to an HTTP tracker (BEP 3; compact answers BEP 23, IPv6 BEP 7). */
import { NetworkError } from "../../base/errors.ts";
import type { Http } from "../../platform/http.ts";
import type { TcpAddress } from "../../platform/tcp.ts";
import { parseAddress, parseCompact } from "./addresses.ts";
import { type Bencode, type BencodeDictionary, decodeDictionary } from "./bencode.ts";
import { fetchBytes } from "./http.ts";
import { LIMITS } from "./limits.ts";

export interface Announcement {
  readonly infoHash: string;
  readonly peerId: string;
  /** Where we accept connections. */
  readonly port: number;
  readonly uploaded: number;
  readonly downloaded: number;
  /** Bytes that are missing. */
  readonly left: number;
  readonly event?: "started" | "completed" | "stopped" | undefined;
}

export interface TrackerAnswer {
  /** Seconds until the next announcement; 0 if it does not say. */
  readonly interval: number;
  readonly peers: readonly TcpAddress[];
  readonly warning: string | undefined;
}

/** Addresses that we ask for. */
const WANTED_PEERS = 80;
const MAX_INTERVAL = 24 * 3600;

/** 40 hexadecimal digits as 20 escaped bytes. */
const escapeHex = (hex: string): string => hex.replace(/../g, "%$&");

function announceUrl(url: string, announcement: Announcement): string {
  const { infoHash, peerId, port, uploaded, downloaded, left, event } = announcement;
  const query = [
    `info_hash=${escapeHex(infoHash)}`,
    `peer_id=${escapeHex(peerId)}`,
    `port=${port}`,
    `uploaded=${uploaded}`,
    `downloaded=${downloaded}`,
    `left=${left}`,
    "compact=1",
    `numwant=${event === "stopped" ? 0 : WANTED_PEERS}`,
    ...(event === undefined ? [] : [`event=${event}`]),
  ].join("&");
  const [address] = url.split("#");
  return `${address}${address.includes("?") ? "&" : "?"}${query}`;
}

/** @throws NetworkError if the tracker cannot be reached or refuses; FormatError for an answer that is no bencode. */
export async function announce(
  http: Http,
  url: string,
  announcement: Announcement,
  signal: AbortSignal,
): Promise<TrackerAnswer> {
  const bytes = await fetchBytes(http, announceUrl(url, announcement), LIMITS.trackerAnswerBytes, { signal });
  const { value } = decodeDictionary(bytes, `the answer of ${url}`);
  const failure = value.get("failure reason");
  if (failure instanceof Uint8Array)
    throw new NetworkError({ doing: `announce to ${url}`, found: `refused: ${text(failure)}` });
  const warning = value.get("warning message");
  return {
    interval: seconds(value.get("interval")),
    peers: [...peersOf(value.get("peers"), 4), ...peersOf(value.get("peers6"), 16)].slice(
      0,
      LIMITS.addresses,
    ),
    warning: warning instanceof Uint8Array ? text(warning) : undefined,
  };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes.subarray(0, 200));
const seconds = (value: Bencode | undefined): number =>
  typeof value === "number" ? Math.min(Math.max(value, 0), MAX_INTERVAL) : 0;

function peersOf(value: Bencode | undefined, hostBytes: 4 | 16): TcpAddress[] {
  if (value instanceof Uint8Array) return parseCompact(value, hostBytes);
  const list = Array.isArray(value) ? (value as readonly Bencode[]) : [];
  return list.flatMap((entry) => (entry instanceof Map ? (peerOf(entry as BencodeDictionary) ?? []) : []));
}

/** The long form: a dictionary with "ip" and "port". */
function peerOf(entry: BencodeDictionary): TcpAddress | undefined {
  const ip = entry.get("ip");
  const port = entry.get("port");
  if (!(ip instanceof Uint8Array) || typeof port !== "number") return undefined;
  const host = text(ip);
  return parseAddress(`${host.includes(":") ? `[${host}]` : host}:${port}`);
}
