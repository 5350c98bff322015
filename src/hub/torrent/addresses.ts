/** Addresses of peers: as text, and in the compact forms of trackers (BEP 23 for IPv4, BEP 7 for IPv6). */
import type { TcpAddress } from "../../platform/tcp.ts";

/** "host:port" or "[v6]:port"; undefined if it is neither, or no port that a peer can have. */
export function parseAddress(text: string): TcpAddress | undefined {
  const [, v6, name, digits] = /^(?:\[([0-9a-f:.]{2,45})\]|([\w.-]{1,253})):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  const host = v6 ?? name;
  return host !== undefined && isPort(port) ? { host, port } : undefined;
}

export function formatAddress({ host, port }: TcpAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

const isPort = (port: number): boolean => port >= 1 && port <= 65535;

/** Entries of 6 bytes (IPv4) or 18 bytes (IPv6): address, then port. An incomplete last entry is dropped. */
export function parseCompact(bytes: Uint8Array, hostBytes: 4 | 16): TcpAddress[] {
  const size = hostBytes + 2;
  const addresses: TcpAddress[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    const host = bytes.subarray(at, at + hostBytes);
    const port = bytes[at + hostBytes] * 256 + bytes[at + hostBytes + 1];
    if (isPort(port)) addresses.push({ host: hostBytes === 4 ? host.join(".") : v6Text(host), port });
  }
  return addresses;
}

function v6Text(bytes: Uint8Array): string {
  return Array.from({ length: 8 }, (_, i) => (bytes[2 * i] * 256 + bytes[2 * i + 1]).toString(16)).join(":");
}
