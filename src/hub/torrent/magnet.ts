/** Magnet links: the hash of a torrent, and where to ask for it (BEP 9, web seeds as `ws`, peers as `x.pe`). */
import { RequestError } from "../../base/errors.ts";
import type { TcpAddress } from "../../platform/tcp.ts";
import { parseAddress } from "./addresses.ts";
import { toHex } from "./hash.ts";
import { LIMITS } from "./limits.ts";
import { isHttp, usableUrls } from "./urls.ts";

export interface Magnet {
  /** 40 hexadecimal digits. */
  readonly infoHash: string;
  readonly name: string | undefined;
  readonly trackers: readonly string[];
  readonly webSeeds: readonly string[];
  readonly peers: readonly TcpAddress[];
  /** Addresses of the .torrent file itself (`xs`). */
  readonly torrentUrls: readonly string[];
}

/** Whether a text is meant as a magnet link. */
export const isMagnet = (text: string): boolean => /^magnet:/i.test(text);

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** 32 characters of base 32 to 40 hexadecimal digits. */
function base32ToHex(text: string): string {
  const bytes = new Uint8Array(20);
  for (let i = 0; i < 160; i++) {
    const digit = BASE32.indexOf(text[Math.floor(i / 5)]);
    bytes[i >> 3] |= ((digit >> (4 - (i % 5))) & 1) << (7 - (i % 8));
  }
  return toHex(bytes);
}

/** The hash in `urn:btih:…`; undefined for other topics. */
function hashOf(topic: string): string | undefined {
  const [, text] = /^urn:btih:([0-9a-z]+)$/i.exec(topic) ?? [];
  if (text === undefined) return undefined;
  if (/^[0-9a-f]{40}$/i.test(text)) return text.toLowerCase();
  return /^[a-z2-7]{32}$/i.test(text) ? base32ToHex(text.toUpperCase()) : undefined;
}

/** @throws RequestError if it is not a magnet link of BitTorrent, or too long. */
export function parseMagnet(link: string): Magnet {
  const fail = (expected: string, found: string): never => {
    throw new RequestError({
      doing: "read the magnet link",
      expected,
      found,
      fix: "check that it was copied whole",
    });
  };
  if (link.length > LIMITS.magnetLength)
    fail(`at most ${LIMITS.magnetLength} characters`, `${link.length} characters`);
  if (!/^magnet:\?/i.test(link))
    fail('a link that starts with "magnet:?"', JSON.stringify(link.slice(0, 40)));
  const parameters = new URLSearchParams(link.slice("magnet:?".length));
  // Repeated parameters may be numbered: tr.1, tr.2.
  const all = (key: string) =>
    [...parameters].filter(([name]) => name.replace(/\.\d+$/, "") === key).map(([, value]) => value);
  const hashes = new Set(all("xt").flatMap((topic) => hashOf(topic) ?? []));
  if (hashes.size !== 1)
    fail(
      'one "xt=urn:btih:" with a hash of 40 hexadecimal digits or 32 of base 32',
      `${hashes.size} such hashes`,
    );
  const [infoHash] = hashes;
  return {
    infoHash,
    name: parameters.get("dn") ?? undefined,
    trackers: usableUrls(all("tr")),
    webSeeds: usableUrls([...all("ws"), ...all("as")]).filter(isHttp),
    peers: parameters
      .getAll("x.pe")
      .slice(0, LIMITS.urls)
      .flatMap((text) => parseAddress(text) ?? []),
    torrentUrls: usableUrls(all("xs")).filter(isHttp),
  };
}

/** A magnet link for a torrent. */
export function formatMagnet(torrent: {
  readonly infoHash: string;
  readonly name?: string | undefined;
  readonly trackers?: readonly string[];
  readonly webSeeds?: readonly string[];
}): string {
  const { infoHash, name, trackers = [], webSeeds = [] } = torrent;
  const parts = [
    `xt=urn:btih:${infoHash}`,
    ...(name === undefined ? [] : [`dn=${encodeURIComponent(name)}`]),
    ...trackers.map((url) => `tr=${encodeURIComponent(url)}`),
    ...webSeeds.map((url) => `ws=${encodeURIComponent(url)}`),
  ];
  return `magnet:?${parts.join("&")}`;
}
