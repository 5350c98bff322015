import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileError } from "../base/errors.ts";
import { openRandom } from "./node-random-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-random-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("openRandom", () => {
  it("writes anywhere, fills gaps with zeros, and reads short at the end", async () => {
    const path = join(folder, "file");
    await using file = await openRandom(path, { write: true });
    await file.write(4, Uint8Array.of(1, 2, 3));
    await file.write(0, Uint8Array.of(9));
    await file.flush();
    expect([...readFileSync(path)]).toEqual([9, 0, 0, 0, 1, 2, 3]);
    expect([...(await file.read(5, 10))]).toEqual([2, 3]);
    await file.setByteLength(2);
    expect(await file.byteLength()).toBe(2);
  });

  it("refuses folders, missing files, and links for writing", async () => {
    await expect(openRandom(folder)).rejects.toThrow("it is not a regular file");
    await expect(openRandom(join(folder, "none"))).rejects.toThrow("there is no such file");
    writeFileSync(join(folder, "target"), "secret");
    symlinkSync(join(folder, "target"), join(folder, "link"));
    await expect(openRandom(join(folder, "link"), { write: true })).rejects.toThrow(FileError);
    expect(readFileSync(join(folder, "target"), "utf8")).toBe("secret");
  });
});
