import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { FileMapping, type Libc, mapFile } from "./node-map.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** A libc that maps nothing and records unmapped ranges; `view` creates the buffers. */
function fakeLibc(view: () => ArrayBuffer): { libc: Libc; unmapped: bigint[] } {
  const unmapped: bigint[] = [];
  const koffi = {
    version: "0",
    load: () => ({ symbol: () => 0n, func: () => () => undefined }),
    view,
    errno: () => 0,
  };
  return {
    libc: {
      koffi,
      mmap: () => 4096n,
      preferHugePages: () => {},
      drop: () => {},
      munmap: (address) => void unmapped.push(address),
    },
    unmapped,
  };
}

describe("FileMapping", () => {
  it("unmaps at once if all buffers can be detached", () => {
    const { libc, unmapped } = fakeLibc(() => new ArrayBuffer(16));
    const mapping = new FileMapping(libc, 4096n, 64);
    const view = mapping.view(0, 16);
    mapping.dispose();
    mapping.dispose();
    expect(view.byteLength).toBe(0);
    expect(unmapped).toEqual([4096n]);
    expect(mapping.view(0, 16).byteLength).toBe(0);
  });

  it("keeps the pages until the last buffer is collected if buffers cannot be detached", async () => {
    // The buffer of a WebAssembly memory cannot be detached.
    const { libc, unmapped } = fakeLibc(() => new WebAssembly.Memory({ initial: 1 }).buffer);
    const mapping = new FileMapping(libc, 4096n, 1 << 17);
    const held: Uint8Array[] = [mapping.view(0, 1 << 16)];
    mapping.view(1 << 16, 1 << 16);
    mapping.dispose();
    for (let i = 0; i < 5; i++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(held[0].byteLength).toBe(1 << 16);
    expect(unmapped).toEqual([]);
    held.length = 0;
    for (let i = 0; i < 200 && unmapped.length === 0; i++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(unmapped).toEqual([4096n]);
  });
});

describe.skipIf(!existsSync("/sys/kernel/mm/transparent_hugepage"))("mapFile", () => {
  it.each([
    [8 << 20, true],
    [1 << 20, false],
  ])("of %i bytes advises huge pages: %s", (byteLength, advised) => {
    const folder = mkdtempSync(join(tmpdir(), "map-"));
    const path = join(folder, "file");
    writeFileSync(path, new Uint8Array(byteLength));
    const fd = openSync(path, "r");
    const mapping = mapFile(fd, byteLength);
    try {
      const start = mapping?.address?.toString(16) ?? "";
      const areas = readFileSync("/proc/self/smaps", "utf8").split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/);
      const flags = areas.find((area) => area.startsWith(start.padStart(8, "0")))?.match(/VmFlags:(.*)/)?.[1];
      expect(flags).toBeDefined();
      expect(flags?.split(" ").includes("hg")).toBe(advised);
    } finally {
      mapping?.dispose();
      closeSync(fd);
      rmSync(folder, { recursive: true });
    }
  });
});
