/** Pages are requested once for every byte, and huge ones only while they are cheap. */
import { describe, expect, it } from "vitest";
import type { KernelHost } from "./kernel-host.ts";
import { PageFill } from "./page-fill.ts";

const MIB = 1 << 20;

function fakeHost(secondsPerPiece: number) {
  const populated: { address: bigint; byteLength: number }[] = [];
  const advised: { address: bigint; huge: boolean }[] = [];
  let inFlight = 0;
  let most = 0;
  const fillPages = {
    advise: (address: bigint, _: number, huge: boolean) => void advised.push({ address, huge }),
    async populate(address: bigint, byteLength: number) {
      most = Math.max(most, ++inFlight);
      populated.push({ address, byteLength });
      await new Promise((resolve) => setTimeout(resolve, 1000 * secondsPerPiece));
      inFlight--;
    },
  };
  const joinPages = async () => {};
  return { host: { fillPages, joinPages } as unknown as KernelHost, populated, advised, most: () => most };
}

describe("PageFill", () => {
  it("covers every byte of the ranges, a few pieces at once", async () => {
    const { host, populated, most } = fakeHost(0);
    const fill = new PageFill(host);
    const ranges = [
      { address: 1n << 32n, byteLength: 40 * MIB },
      { address: (1n << 33n) + 100n, byteLength: 5000 },
    ];
    await fill.fill(ranges);
    expect(most()).toBe(2);
    for (const { address, byteLength } of ranges) {
      const end = address + BigInt(byteLength);
      let covered = address;
      for (const piece of populated.filter(
        (p) => p.address < end && p.address + BigInt(p.byteLength) > address,
      )) {
        expect(piece.address % 4096n).toBe(0n);
        expect(piece.address).toBeLessThanOrEqual(covered);
        covered = piece.address + BigInt(piece.byteLength);
      }
      expect(covered).toBe(end);
    }
  });

  it("keeps to huge pages while they are cheap", async () => {
    const { host, advised } = fakeHost(0);
    const fill = new PageFill(host);
    const region = { address: 1n << 32n, byteLength: 64 * MIB };
    fill.add(region);
    await fill.fill([region]);
    expect(fill.usesHugePages).toBe(true);
    expect(advised).toEqual([{ address: region.address, huge: true }]);
  });

  it("turns to small pages when one piece is expensive, in this region and in later ones", async () => {
    const { host, advised } = fakeHost(0.03);
    const fill = new PageFill(host);
    const [first, gone, second] = [32n, 34n, 33n].map((bit) => ({
      address: 1n << bit,
      byteLength: 64 * MIB,
    }));
    fill.add(first);
    fill.add(gone);
    fill.remove(gone);
    await fill.fill([first]);
    expect(fill.usesHugePages).toBe(false);
    fill.add(second);
    expect(advised).toEqual([
      { address: first.address, huge: true },
      { address: gone.address, huge: true },
      { address: first.address, huge: false },
    ]);
  });

  it("leaves pages as they were allocated where the system cannot join small ones", async () => {
    const { host, populated, advised } = fakeHost(0.03);
    const fill = new PageFill({ ...host, joinPages: undefined });
    const region = { address: 1n << 32n, byteLength: 20 * MIB };
    fill.add(region);
    await fill.fill([region]);
    expect(populated).toHaveLength(2);
    expect(advised).toEqual([]);
  });

  it("does nothing where the system cannot", async () => {
    const fill = new PageFill({} as KernelHost);
    const region = { address: 4096n, byteLength: 4096 };
    fill.add(region);
    await fill.fill([region]);
    expect(fill.usesHugePages).toBe(false);
  });
});
