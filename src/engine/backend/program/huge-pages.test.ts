/** Pieces cover every region once, one at a time, and hardly delay steps. */
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

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(5);
}

describe("HugePages", () => {
  it("covers every region once while weights are idle, and then stops", async () => {
    const { host, calls } = fakeHost();
    const pages = new HugePages(host);
    const regions = [
      region(1n << 30n, 64 * MIB),
      region(1n << 31n, 64 * MIB),
      region(1n << 32n, 90 * MIB + 8192),
    ];
    for (const one of regions) pages.add(one);
    const whole = regions.reduce((sum, { byteLength }) => sum + byteLength, 0);
    pages.rest();
    await until(() => calls.reduce((sum, { byteLength }) => sum + byteLength, 0) >= whole);
    await pause(20);
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
    await pages.around(() => Promise.resolve());
    pages.rest(0);
    await pause(20);
    expect(calls).toHaveLength(count);
  });

  it("joins nothing during a step, and after it as much as takes a part of the step's time", async () => {
    const { calls } = fakeHost();
    const joinPages = async (address: bigint, byteLength: number): Promise<void> => {
      calls.push({ address, byteLength });
      await pause(20);
    };
    const pages = new HugePages({ joinPages } as unknown as KernelHost);
    pages.add(region(1n << 30n, 1024 * MIB));
    await pages.around(async () => {
      pages.rest(0);
      await pause(30);
      expect(calls).toEqual([]);
    });
    expect(calls.map(({ byteLength }) => byteLength)).toEqual([2 * MIB]); // nothing is known of the speed yet
    await pages.around(() => pause(400));
    // 2 MiB took some 20 ms: an eighth of 400 ms is enough for two or three pages, of longer steps for more.
    expect(calls[1].byteLength).toBeGreaterThanOrEqual(2 * MIB);
    expect(calls[1].byteLength).toBeLessThanOrEqual(16 * MIB);
    expect(await pages.around(() => Promise.resolve("a step's result"))).toBe("a step's result");
  });

  it("skips freed and small regions, and everything if the system does not support it", async () => {
    const { host, calls } = fakeHost();
    const pages = new HugePages(host);
    const gone = region(1n << 30n, 64 * MIB);
    pages.add(gone);
    pages.add(region(1n << 31n, MIB));
    pages.remove(gone);
    pages.rest(0);
    await pages.around(() => Promise.resolve());
    await pause(20);
    expect(calls).toEqual([]);
    const unable = new HugePages({} as KernelHost);
    unable.add(gone);
    await expect(unable.around(() => Promise.resolve(1))).resolves.toBe(1);
  });

  it("passes on the error of a step", async () => {
    const pages = new HugePages(fakeHost().host);
    await expect(pages.around(() => Promise.reject(new Error("aborted")))).rejects.toThrow("aborted");
  });
});
