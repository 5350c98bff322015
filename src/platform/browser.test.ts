import { describe, expect, it } from "vitest";
import { FileError, UnsupportedError } from "../base/errors.ts";
import { platform, registerFile, unregisterFile } from "./browser.ts";

describe("the platform in a browser", () => {
  it("opens registered bytes and nothing else", () => {
    registerFile("models/a.bin", Uint8Array.of(65, 66, 67));
    using source = platform.open("models/a.bin");
    expect([...source.bytes(1, 2)]).toEqual([66, 67]);
    expect(platform.status("models/a.bin")).toEqual({ kind: "file", byteLength: 3 });
    expect(platform.readText("models/a.bin")).toBe("ABC");
    expect(() => platform.readText("models/a.bin", 2)).toThrow(FileError);
    expect(platform.list("models")).toEqual(["a.bin"]);
    expect(platform.list(".")).toEqual([]);
    unregisterFile("models/a.bin");
    expect(() => platform.open("models/a.bin")).toThrow(/registerFile/);
    expect(platform.status("models/a.bin")).toBeUndefined();
  });

  it("reports that it cannot write", () => {
    expect(() => platform.createFile("x")).toThrow(UnsupportedError);
    expect(() => platform.createFolder("x")).toThrow(UnsupportedError);
  });

  it("splits paths like Node", () => {
    expect(platform.join("a/", "b", "", "c.txt")).toBe("a/b/c.txt");
    expect(platform.folderOf("a/b.txt")).toBe("a");
    expect(platform.folderOf("b.txt")).toBe(".");
    expect(platform.folderOf("/b.txt")).toBe("/");
    expect(platform.baseName("a/b.txt")).toBe("b.txt");
  });
});
