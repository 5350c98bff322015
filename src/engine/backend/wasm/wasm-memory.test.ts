import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeviceError } from "../../../base/errors.ts";
import type { Region } from "../program/kernel-host.ts";
import { LinearMemory } from "./wasm-memory.ts";

describe.each([true, false])("LinearMemory, shared: %s", (shared) => {
  it("allocates zeroed, aligned regions that do not overlap, whatever is freed in between", () => {
    const step = fc.record({ byteLength: fc.nat(5000), free: fc.boolean(), which: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        using memory = new LinearMemory(shared);
        const live: { region: Region; mark: number }[] = [];
        steps.forEach(({ byteLength, free, which }, i) => {
          if (free && live.length > 0) {
            const [{ region, mark }] = live.splice(which % live.length, 1);
            expect(region.bytes().every((byte) => byte === mark)).toBe(true);
            region.dispose();
            region.dispose();
            return;
          }
          const region = memory.allocate(byteLength);
          expect(region.address % 64n).toBe(0n);
          expect(region.bytes()).toHaveLength(byteLength);
          expect(region.bytes().every((byte) => byte === 0)).toBe(true);
          region.bytes().fill(1 + (i % 255));
          live.push({ region, mark: 1 + (i % 255) });
        });
        for (const { region } of live) region.dispose();
        expect(memory.usedBytes).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it("reuses freed memory and joins neighbours", () => {
    using memory = new LinearMemory(shared);
    const regions = Array.from({ length: 8 }, () => memory.allocate(1 << 20));
    const end = memory.memory.buffer.byteLength;
    for (const i of [1, 3, 2, 5, 6, 4]) regions[i].dispose();
    const whole = memory.allocate(6 << 20);
    expect(whole.address).toBe(regions[1].address);
    expect(memory.memory.buffer.byteLength).toBe(end);
    whole.dispose();
    regions[7].dispose();
    expect(memory.allocate(8 << 20).address).toBe(regions[1].address);
  });

  it("reports its memory when a region does not fit, and stays usable", () => {
    using memory = new LinearMemory(shared);
    using first = memory.allocate(1000);
    expect(() => memory.allocate(5e9)).toThrow(DeviceError);
    expect(() => memory.allocate(5e9)).toThrow(
      /5000000000 bytes of WebAssembly memory.*4 GiB.*1024 bytes in use/,
    );
    using second = memory.allocate(1000);
    expect(second.address).toBe(first.address + 1024n);
  });

  it("refuses use after dispose", () => {
    const memory = new LinearMemory(shared);
    const region = memory.allocate(10);
    memory.dispose();
    expect(() => region.bytes()).toThrow(DeviceError);
    region.dispose();
  });
});
