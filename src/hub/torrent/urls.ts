/**
 * Addresses that come from torrents, magnet links and trackers. They may not make this machine talk to itself or to its
 * local network unless the caller allows it: a hostile torrent could otherwise reach services that trust local callers.
 */
import { LIMITS } from "./limits.ts";

/** Well-formed addresses, each once; too long ones are dropped, and so are those beyond the limit. */
export function usableUrls(urls: readonly string[]): string[] {
  const usable = urls
    .map((url) => url.trim())
    .filter((url) => url.length <= LIMITS.urlLength && URL.canParse(url));
  return [...new Set(usable)].slice(0, LIMITS.urls);
}

export function isHttp(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

/** First bytes of IPv4 networks that are this machine, its local network, or nobody: [value, number of bits]. */
const LOCAL_V4: readonly (readonly [network: string, bits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["224.0.0.0", 3],
];

function v4Number(address: string): number | undefined {
  const parts = address.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

function isLocalV4(value: number): boolean {
  return LOCAL_V4.some(([network, bits]) => value >>> (32 - bits) === v4Number(network)! >>> (32 - bits));
}

/** Whether a host is this machine or in a private network, as far as its name or address tells. */
export function isLocalHost(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
  const v4 = v4Number(name.replace(/^::ffff:/, ""));
  if (v4 !== undefined) return isLocalV4(v4);
  if (name.includes(":")) return !/^[23][0-9a-f]{3}:/.test(name); // public addresses are 2000::/3
  return (
    name === "localhost" || !name.includes(".") || /\.(localhost|local|internal|lan|home|arpa)$/.test(name)
  );
}

export function isLocalUrl(url: string): boolean {
  return !URL.canParse(url) || isLocalHost(new URL(url).hostname);
}
