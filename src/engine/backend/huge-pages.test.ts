/** Portions cover every region once, one at a time, and stop when there is nothing to do. */
import { describe, expect, it } from "vitest";
import { HugePages } from "./huge-pages.ts";
import type { KernelHost, Region } from "./kernel-host.ts";

const MIB = 1 << 20;

function region(address: bigint, byteLength: number): Region {
  const dispose = (): void => {};
  return { address, byteLength, bytes: () => new Uint8Array(0), dispose, [Symbol.dispose]: dispose };
}

function fakeHost() {
  const calls: { address: bigint; byteLength: number }[] = [];
  let inFlight = 0;
  const joinPages = async (address: bigint, byteLength: number): Promise<void> => {
    expect(++inFlight).toBe(1);
    calls.push({ address, byteLength });
    await Promise.resolve();
    inFlight--;
  };
  return { host: { joinPages } as unknown as KernelHost, calls };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe("HugePages", () => {
  it("covers all of every region once, step by step, and then rests", async () => {
    const { host, calls } = fakeHost();
    const pages = new HugePages(host);
    const regions = [
      region(1n << 30n, 64 * MIB),
      region(1n << 31n, 64 * MIB),
      region(1n << 32n, 90 * MIB + 8192),
    ];
    for (const one of regions) pages.add(one);
    for (let step = 0; step < 120; step++) {
      pages.next(0);
      pages.next(0); // a step that ends before the portion does
      await settled();
    }
    for (const { address, byteLength } of regions) {
      let end = address;
      for (const call of calls.filter(
        (c) => c.address >= address && c.address < address + BigInt(byteLength),
      )) {
        expect(call.address).toBe(end);
        end += BigInt(call.byteLength);
      }
      expect(end).toBe(address + BigInt(byteLength));
    }
    const count = calls.length;
    expect(count).toBe(110); // a step of no time: one page each, 32 + 32 + 45, and a rest
    pages.next(10);
    await settled();
    expect(calls).toHaveLength(count);
  });

  it("takes portions by the time that the last one took", async () => {
    const { host, calls } = fakeHost();
    const slow = async (address: bigint, byteLength: number): Promise<void> => {
      calls.push({ address, byteLength });
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const pages = new HugePages({ ...host, joinPages: slow } as KernelHost);
    pages.add(region(1n << 30n, 1024 * MIB));
    for (const seconds of [0, 1]) {
      pages.next(seconds);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    // 2 MiB took 20 ms or more: a quarter of a second is for 25 MiB at the most.
    expect(calls[1].byteLength).toBeGreaterThanOrEqual(2 * MIB);
    expect(calls[1].byteLength).toBeLessThanOrEqual(25 * MIB);
  });

  it("leaves out what is gone, what is small, and all where the system cannot", async () => {
    const { host, calls } = fakeHost();
    const pages = new HugePages(host);
    const gone = region(1n << 30n, 64 * MIB);
    pages.add(gone);
    pages.add(region(1n << 31n, MIB));
    pages.remove(gone);
    pages.next(1);
    await settled();
    expect(calls).toEqual([]);
    const unable = new HugePages({} as KernelHost);
    unable.add(gone);
    expect(() => unable.next(1)).not.toThrow();
  });
});
