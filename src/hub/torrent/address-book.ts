/** Addresses of peers: which to try next, which to leave alone, and which are banned. */
import type { TcpAddress } from "../../platform/tcp.ts";
import { formatAddress } from "./addresses.ts";
import { LIMITS, MAX_BANNED_PORTS, MAX_FAILURES, type Pace } from "./limits.ts";

/** Who named an address. */
export type Origin = "caller" | "magnet" | "tracker";

interface Entry {
  readonly address: TcpAddress;
  readonly origin: Origin;
  failures: number;
  next: number;
  isInUse: boolean;
}

export class AddressBook {
  readonly #pace: Pace;
  readonly #entries = new Map<string, Entry>();
  readonly #banned = new Set<string>();
  /** By host: the number of banned ports. */
  readonly #bannedPorts = new Map<string, number>();

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  add(address: TcpAddress, origin: Origin): void {
    const key = formatAddress(address);
    if (this.#entries.has(key) || this.isBanned(address) || this.#entries.size >= LIMITS.addresses) return;
    this.#entries.set(key, { address, origin, failures: 0, next: 0, isInUse: false });
  }

  /** The next address to connect to: one that has failed least. It counts as in use. */
  take(now: number): TcpAddress | undefined {
    let best: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.isInUse || now < entry.next) continue;
      if (best === undefined || entry.failures < best.failures) best = entry;
    }
    if (best !== undefined) best.isInUse = true;
    return best?.address;
  }

  /** The connection has ended, or there was none. After some failures in a row the address is forgotten. */
  release(address: TcpAddress, wasUseful: boolean): void {
    const key = formatAddress(address);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.isInUse = false;
    entry.failures = wasUseful ? 0 : entry.failures + 1;
    entry.next = performance.now() + Math.min(this.#pace.retry * 2 ** entry.failures, this.#pace.maxRetry);
    if (entry.failures >= MAX_FAILURES) this.#entries.delete(key);
  }

  /** Forgets addresses that a private torrent may not use. Returns those. */
  forget(origin: Origin): TcpAddress[] {
    const gone = [...this.#entries].filter(([, entry]) => entry.origin === origin);
    for (const [key] of gone) this.#entries.delete(key);
    return gone.map(([, { address }]) => address);
  }

  ban({ host, port }: TcpAddress): void {
    const key = formatAddress({ host, port });
    if (this.#banned.has(key)) return;
    this.#banned.add(key);
    this.#entries.delete(key);
    this.#bannedPorts.set(host, (this.#bannedPorts.get(host) ?? 0) + 1);
  }

  isBanned(address: TcpAddress): boolean {
    const ports = this.#bannedPorts.get(address.host) ?? 0;
    return ports >= MAX_BANNED_PORTS || this.#banned.has(formatAddress(address));
  }

  /** Number of addresses that are in use or will be tried. */
  get size(): number {
    return this.#entries.size;
  }
}
