/** Slabs allocate parts that do not overlap, and are freed with the last part. */
import { describe, expect, it } from "vitest";
import type { KernelHost, Region } from "./kernel-host.ts";
import { Slabs } from "./slabs.ts";

const MIB = 1 << 20;

function fakeHost(): { host: KernelHost; live: Set<bigint>; asked: number[] } {
  const live = new Set<bigint>();
  const asked: number[] = [];
  let next = 1n << 32n;
  const allocate = (byteLength: number): Region => {
    const address = next;
    next += 1n << 32n;
    live.add(address);
    asked.push(byteLength);
    const dispose = (): void => void live.delete(address);
    return { address, byteLength, bytes: () => new Uint8Array(0), dispose, [Symbol.dispose]: dispose };
  };
  return { host: { allocate } as unknown as KernelHost, live, asked };
}

describe("Slabs", () => {
  it("cuts medium parts from one allocation, and allocates small and large ones separately", () => {
    const { host, asked } = fakeHost();
    const slabs = new Slabs(host);
    for (const byteLength of [3 * MIB, 5 * MIB, 100, 200 * MIB, 50 * MIB]) slabs.allocate(byteLength);
    expect(asked).toEqual([64 * MIB, 100, 200 * MIB]);
    slabs.allocate(20 * MIB);
    expect(asked.at(-1)).toBe(64 * MIB);
  });

  it("never lets parts overlap", () => {
    const slabs = new Slabs(fakeHost().host);
    const parts = Array.from({ length: 40 }, (_, i) => slabs.allocate(MIB + 4097 * i));
    const sorted = parts.map(({ address, byteLength }) => [address, address + BigInt(byteLength)] as const);
    sorted.sort(([a], [b]) => (a < b ? -1 : 1));
    for (let i = 1; i < sorted.length; i++) expect(sorted[i][0]).toBeGreaterThanOrEqual(sorted[i - 1][1]);
  });

  it("frees a slab with its last part, and continues with a new one", () => {
    const { host, live } = fakeHost();
    const slabs = new Slabs(host);
    const [a, b] = [slabs.allocate(2 * MIB), slabs.allocate(2 * MIB)];
    a.dispose();
    expect(live.size).toBe(1);
    b.dispose();
    expect(live.size).toBe(0);
    slabs.allocate(2 * MIB);
    expect(live.size).toBe(1);
  });
});
