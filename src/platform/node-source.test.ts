import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FileError, FormatError, UnsupportedError } from "../base/errors.ts";
import { mappingSupport } from "./node-map.ts";
import { openFile } from "./node-source.ts";

let folder: string;
let small: string;
const content = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) & 0xff);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-source-"));
  small = join(folder, "small.bin");
  writeFileSync(small, content);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** On these systems, with koffi installed (it is a dependency of this project), mapping must work. */
const mapsHere = process.platform === "linux" || process.platform === "darwin";

describe.each([{ map: true }, { map: false }])("openFile with map: $map", ({ map }) => {
  it("returns the file's bytes at any offset", () => {
    using source = openFile(small, { map });
    expect(source.byteLength).toBe(content.byteLength);
    expect(source.mapped).toBe(map && mapsHere);
    for (const [offset, length] of [
      [0, 100_000],
      [0, 0],
      [4095, 4098],
      [99_999, 1],
      [100_000, 0],
    ]) {
      expect(source.bytes(offset, length)).toEqual(content.subarray(offset, offset + length));
    }
  });

  it("allows typed arrays over bytes whose offset in the file is a multiple of four", () => {
    using source = openFile(small, { map });
    const bytes = source.bytes(4100, 400);
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, 100);
    expect(words[1]).toBe(new DataView(content.buffer).getUint32(4104, true));
  });

  it("refuses ranges outside the file", () => {
    using source = openFile(small, { map });
    for (const [offset, length] of [
      [0, 100_001],
      [100_001, 0],
      [-1, 1],
      [0.5, 1],
      [0, -1],
      [Number.NaN, 1],
      [2 ** 53, 2 ** 53],
    ]) {
      expect(() => source.bytes(offset, length)).toThrow(FormatError);
    }
  });

  it("refuses to read after dispose, which may be called twice", () => {
    const source = openFile(small, { map });
    source.dispose();
    source.dispose();
    expect(() => source.bytes(0, 1)).toThrow(FileError);
    expect(source.address).toBeUndefined();
  });

  it("reads beyond 4 GiB", () => {
    const path = join(folder, `huge-${map}.bin`);
    const fd = openSync(path, "w");
    const byteLength = 5 * 2 ** 30;
    ftruncateSync(fd, byteLength); // sparse: takes no disk space
    writeSync(fd, Uint8Array.of(1, 2, 3, 4), 0, 4, byteLength - 4);
    closeSync(fd);
    using source = openFile(path, { map });
    expect(source.byteLength).toBe(byteLength);
    expect([...source.bytes(byteLength - 5, 5)]).toEqual([0, 1, 2, 3, 4]);
    expect([...source.bytes(2 ** 32 - 1, 3)]).toEqual([0, 0, 0]);
    expect(() => source.bytes(0, 2 ** 32 + 1)).toThrow(UnsupportedError);
  });

  it("reports the problem of a path", () => {
    const empty = join(folder, "empty.bin");
    writeFileSync(empty, "");
    expect(() => openFile(join(folder, "none.bin"), { map })).toThrow(/no such file.*check the path/);
    expect(() => openFile(folder, { map })).toThrow(/it is a folder/);
    expect(() => openFile(empty, { map })).toThrow(/the file is empty/);
    expect(() => openFile(join(small, "below"), { map })).toThrow(/not a folder/);
    for (const path of [empty, folder, join(folder, "none.bin")]) {
      expect(() => openFile(path, { map })).toThrow(FileError);
    }
  });

  it.skipIf(process.getuid?.() === 0)("reports missing permissions (root has all permissions)", () => {
    const secret = join(folder, `secret-${map}`);
    mkdirSync(secret);
    chmodSync(secret, 0);
    expect(() => openFile(join(secret, "x"), { map })).toThrow(/permission denied/);
    chmodSync(secret, 0o700);
  });
});

describe("a file that is truncated while it is read piece by piece", () => {
  it("is a FileError", () => {
    const path = join(folder, "cut.bin");
    writeFileSync(path, content);
    using source = openFile(path, { map: false });
    truncateSync(path, 10);
    expect(() => source.bytes(0, 100)).toThrow(/truncated/);
  });
});

describe.runIf(mapsHere)("a mapped file", () => {
  it("returns views at its address, the same buffer for the same range", () => {
    expect(mappingSupport(small)).toMatchObject({ works: true });
    using source = openFile(small);
    expect(typeof source.address).toBe("bigint");
    expect(source.address! % 4096n).toBe(0n);
    expect(source.bytes(16, 64).buffer).toBe(source.bytes(16, 64).buffer);
  });

  it("returns no buffer larger than requested, so that posting one copies no more", () => {
    using source = openFile(small);
    expect(source.bytes(100, 10).buffer.byteLength).toBe(10);
  });

  it("empties every view on dispose, so that none points at unmapped pages", () => {
    const source = openFile(small);
    const views = [source.bytes(0, 100_000), source.bytes(8, 8), source.bytes(8, 8).subarray(2, 4)];
    const floats = new Float32Array(views[0].buffer, 0, 10);
    source.dispose();
    expect(views.map((view) => view.byteLength)).toEqual([0, 0, 0]);
    expect(floats.length).toBe(0);
    expect(floats[0]).toBeUndefined();
    expect(views[0].buffer.byteLength).toBe(0);
  });

  it("maps in a worker thread while the main thread has it mapped", async () => {
    using source = openFile(small);
    const script = `
      const { parentPort, workerData } = require("node:worker_threads");
      import("tsx/esm/api").then(async ({ register }) => {
        register();
        const { openFile } = await import(workerData.module);
        const source = openFile(workerData.path);
        const views = [source.bytes(0, 4), source.bytes(99_996, 4)];
        const read = views.map((view) => [...view]);
        source.dispose();
        parentPort.postMessage({ read, mapped: source.mapped, left: views.map((view) => view.byteLength) });
      });`;
    const module = new URL("./node-source.ts", import.meta.url).href;
    const answer = await new Promise((resolve, reject) => {
      const worker = new Worker(script, { eval: true, workerData: { path: small, module } });
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    const read = [[...content.subarray(0, 4)], [...content.subarray(-4)]];
    expect(answer).toEqual({ read, mapped: true, left: [0, 0] });
    expect([...source.bytes(0, 4)]).toEqual(read[0]);
  });
});
