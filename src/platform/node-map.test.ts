import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { FileMapping, type Libc } from "./node-map.ts";

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
    libc: { koffi, mmap: () => 4096n, drop: () => {}, munmap: (address) => void unmapped.push(address) },
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
