/** What people name a torrent by: a magnet link, the path or address of a .torrent file, or its content. */
import { platform } from "#platform";
import { FormatError, NetworkError } from "../../base/errors.ts";
import type { Http } from "../../platform/http.ts";
import type { TcpAddress } from "../../platform/tcp.ts";
import { fetchBytes } from "./http.ts";
import { LIMITS } from "./limits.ts";
import { isMagnet, type Magnet, parseMagnet } from "./magnet.ts";
import { parseTorrent, type Torrent } from "./torrent.ts";
import { isHttp, isLocalUrl } from "./urls.ts";

/** A magnet link, a path, an http(s) address, the bytes of a .torrent file, or a torrent that was read already. */
export type TorrentSource = string | Uint8Array | Torrent;

/** What a source says. The torrent is absent if it must be asked of peers. */
export interface Resolved {
  readonly infoHash: string;
  readonly torrent: Torrent | undefined;
  readonly name: string;
  readonly trackers: readonly string[];
  readonly webSeeds: readonly string[];
  readonly peers: readonly TcpAddress[];
}

export interface ResolveOptions {
  readonly http: Http;
  readonly signal?: AbortSignal | undefined;
  readonly allowLocal: boolean;
  readonly timeoutMs: number;
}

/** Whether a text names a torrent rather than another kind of file. */
export function isTorrentSource(text: string): boolean {
  return (
    isMagnet(text) || /\.torrent$/i.test(isHttp(text) && URL.canParse(text) ? new URL(text).pathname : text)
  );
}

/** The hash of a magnet link or of a .torrent file on this machine, 40 hexadecimal digits. */
export async function infoHashOf(source: string): Promise<string> {
  if (isMagnet(source)) return parseMagnet(source).infoHash;
  return (await parseTorrent(readFile(source), JSON.stringify(source))).infoHash;
}

/** @throws RequestError, FormatError, FileError or NetworkError if the source cannot be read. */
export async function resolveSource(source: TorrentSource, options: ResolveOptions): Promise<Resolved> {
  if (typeof source === "string" && isMagnet(source)) return resolveMagnet(parseMagnet(source), options);
  const torrent = await readTorrent(source, options);
  const { infoHash, name, trackers, webSeeds } = torrent;
  return { infoHash, torrent, name, trackers, webSeeds, peers: [] };
}

async function readTorrent(source: TorrentSource, options: ResolveOptions): Promise<Torrent> {
  if (source instanceof Uint8Array) return parseTorrent(source);
  if (typeof source !== "string") return source;
  const what = JSON.stringify(source.slice(0, 200));
  return parseTorrent(isHttp(source) ? await fetchTorrent(source, options) : readFile(source), what);
}

function fetchTorrent(url: string, { http, signal, timeoutMs }: ResolveOptions): Promise<Uint8Array> {
  const signals = [AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])];
  return fetchBytes(http, url, LIMITS.torrentBytes, { signal: AbortSignal.any(signals) });
}

function readFile(path: string): Uint8Array {
  using file = platform.open(path, { map: false });
  if (file.byteLength <= LIMITS.torrentBytes) return file.bytes(0, file.byteLength);
  throw new FormatError({
    doing: `read "${path}"`,
    expected: `a .torrent file of at most ${LIMITS.torrentBytes} bytes`,
    found: `${file.byteLength}`,
    fix: "check that it is the right file",
  });
}

async function resolveMagnet(magnet: Magnet, options: ResolveOptions): Promise<Resolved> {
  const { infoHash, trackers, webSeeds, peers } = magnet;
  const torrent = await torrentOfMagnet(magnet, options);
  const all = (own: readonly string[], more: readonly string[] = []) => [...new Set([...own, ...more])];
  return {
    infoHash,
    torrent,
    name: torrent?.name ?? magnet.name ?? infoHash,
    trackers: all(trackers, torrent?.trackers),
    webSeeds: all(webSeeds, torrent?.webSeeds),
    peers,
  };
}

/** The .torrent file that a magnet link names, if it can be fetched and has the right hash; peers are asked otherwise. */
async function torrentOfMagnet(
  { torrentUrls, infoHash }: Magnet,
  options: ResolveOptions,
): Promise<Torrent | undefined> {
  for (const url of torrentUrls.slice(0, 3)) {
    if (isLocalUrl(url) && !options.allowLocal) continue;
    try {
      const torrent = await parseTorrent(await fetchTorrent(url, options), JSON.stringify(url));
      if (torrent.infoHash === infoHash) return torrent;
    } catch (error) {
      options.signal?.throwIfAborted();
      const isExpected = error instanceof NetworkError || error instanceof FormatError || isTimeout(error);
      if (!isExpected) throw error;
    }
  }
  return undefined;
}

const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === "TimeoutError";
