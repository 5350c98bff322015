import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileError } from "../base/errors.ts";
import { platform } from "./node.ts";

let folder: string;
let target: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-sink-"));
  target = join(folder, "out.bin");
});
afterEach(() => rmSync(folder, { recursive: true }));

const bytes = (...values: number[]) => Uint8Array.from(values);

describe("createFile", () => {
  it("shows the file on commit and not before", () => {
    const sink = platform.createFile(target);
    sink.write(bytes(0, 0, 3));
    sink.write(bytes(4));
    sink.writeAt(0, bytes(1, 2));
    expect(sink.position).toBe(4);
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\.out\.bin\.[0-9a-f]+\.tmp$/)]);
    sink.commit();
    expect(readdirSync(folder)).toEqual(["out.bin"]);
    expect([...readFileSync(target)]).toEqual([1, 2, 3, 4]);
  });

  it("leaves nothing after abort, or when a block ends early", () => {
    platform.createFile(target).abort();
    expect(() => {
      using sink = platform.createFile(target);
      sink.write(bytes(1));
      throw new Error("interrupted");
    }).toThrow("interrupted");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("keeps an existing file unless asked to overwrite it", () => {
    writeFileSync(target, "old");
    expect(() => platform.createFile(target)).toThrow(/exists already; remove it or ask to overwrite/);
    const aborted = platform.createFile(target, { overwrite: true });
    aborted.write(bytes(1));
    aborted.abort();
    expect(readFileSync(target, "utf8")).toBe("old");
    const sink = platform.createFile(target, { overwrite: true });
    sink.write(bytes(65));
    sink.commit();
    expect(readFileSync(target, "utf8")).toBe("A");
    expect(readdirSync(folder)).toEqual(["out.bin"]);
  });

  it("does not replace a file that appeared meanwhile", () => {
    const sink = platform.createFile(target);
    writeFileSync(target, "other");
    expect(() => sink.commit()).toThrow(FileError);
    expect(readFileSync(target, "utf8")).toBe("other");
    expect(readdirSync(folder)).toEqual(["out.bin"]);
  });

  it("refuses what cannot work", () => {
    expect(() => platform.createFile(join(folder, "none", "x"))).toThrow(/no such file or folder/);
    expect(() => platform.createFile(folder, { overwrite: true })).toThrow(/it is a folder/);
    const sink = platform.createFile(target);
    sink.write(bytes(1, 2));
    expect(() => sink.writeAt(1, bytes(1, 2))).toThrow(FileError);
    sink.commit();
    expect(() => sink.write(bytes(1))).toThrow(/committed or aborted/);
    expect(() => sink.commit()).toThrow(/committed or aborted/);
    sink.abort();
    expect(existsSync(target)).toBe(true);
  });
});

describe("createFolder", () => {
  it("shows the folder whole on commit, without files that were not committed", () => {
    const path = join(folder, "model");
    const sink = platform.createFolder(`${path}/`);
    for (const name of ["a.txt", "b.txt"]) {
      const file = sink.file(name);
      file.write(bytes(65));
      file.commit();
    }
    sink.file("half.txt").write(bytes(1));
    expect(existsSync(path)).toBe(false);
    sink.commit();
    expect(readdirSync(folder)).toEqual(["model"]);
    expect(readdirSync(path)).toEqual(["a.txt", "b.txt"]);
  });

  it("replaces a folder only if asked to, and then whole", () => {
    const path = join(folder, "model");
    mkdirSync(path);
    writeFileSync(join(path, "old.txt"), "old");
    expect(() => platform.createFolder(path)).toThrow(/exists already/);
    const sink = platform.createFolder(path, { overwrite: true });
    sink.file("new.txt").commit();
    sink.commit();
    expect(readdirSync(path)).toEqual(["new.txt"]);
    expect(readdirSync(folder)).toEqual(["model"]);
  });

  it("leaves nothing after abort and takes no names that lead elsewhere", () => {
    const sink = platform.createFolder(join(folder, "model"));
    for (const name of ["../x", "a/b", "..", ".", ""]) expect(() => sink.file(name)).toThrow(FileError);
    sink.file("a").write(bytes(1));
    sink.abort();
    expect(readdirSync(folder)).toEqual([]);
    expect(() => sink.commit()).toThrow(FileError);
  });
});

describe("platform", () => {
  it("tells files from folders, lists and reads text with a bound", () => {
    writeFileSync(target, "text");
    expect(platform.status(target)).toEqual({ kind: "file", byteLength: 4 });
    expect(platform.status(folder)?.kind).toBe("folder");
    expect(platform.status(join(folder, "none"))).toBeUndefined();
    expect(platform.status(join(target, "below"))).toBeUndefined();
    expect(platform.list(folder)).toEqual(["out.bin"]);
    expect(platform.readText(target)).toBe("text");
    expect(() => platform.readText(target, 3)).toThrow(/at most 3 bytes/);
    expect(() => platform.readText(join(folder, "none"))).toThrow(FileError);
    expect(() => platform.list(join(folder, "none"))).toThrow(FileError);
  });
});
