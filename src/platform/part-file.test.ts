import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeDisk } from "./node-disk.ts";

const OPTIONS = { byteLength: 10, identity: "sum" };
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-part-"));
  path = join(folder, "blobs", "x.part");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function withSixBytes(): Promise<void> {
  const part = await nodeDisk.openPart(path, OPTIONS);
  await part.write(7, Uint8Array.of(7, 8, 9));
  await part.write(0, Uint8Array.of(0, 1, 2));
  await part.close();
}

describe("a part", () => {
  it("is continued by the next that opens it", async () => {
    await withSixBytes();
    const part = await nodeDisk.openPart(path, OPTIONS);
    expect(part.have.parts).toEqual([
      { start: 0, end: 3 },
      { start: 7, end: 10 },
    ]);
    await part.write(3, Uint8Array.of(3, 4, 5, 6));
    expect(Array.from(await part.read(2, 4))).toEqual([2, 3, 4, 5]);
    await part.finish(join(folder, "done", "x"));
    expect(Array.from(readFileSync(join(folder, "done", "x")))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([existsSync(path), existsSync(`${path}.log`)]).toEqual([false, false]);
  });

  it.each([
    ["a torn line", () => appendFileSync(`${path}.log`, "3 7"), 6],
    ["a line beyond the file", () => appendFileSync(`${path}.log`, "3 70\n"), 6],
    ["another identity", () => {}, 0, { byteLength: 10, identity: "other" }],
    ["another length", () => {}, 0, { byteLength: 11, identity: "sum" }],
    ["lost bytes", () => truncateSync(path, 5), 0],
    ["a lost log", () => rmSync(`${path}.log`), 0],
    ["a foreign log", () => writeFileSync(`${path}.log`, "0 10\n0 10\n"), 0],
  ])("counts only what is certain after %s", async (_, damage, size, options = OPTIONS) => {
    await withSixBytes();
    damage();
    const part = await nodeDisk.openPart(path, options);
    expect(part.have.size).toBe(size);
    await part.discard();
    expect([existsSync(path), existsSync(`${path}.log`)]).toEqual([false, false]);
  });
});
