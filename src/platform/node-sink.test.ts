import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
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

  it("keeps an existing file unless overwriting is requested", () => {
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

  it("follows links, keeps modes, and replaces neither pipes nor devices", () => {
    const link = join(folder, "link");
    writeFileSync(target, "old", { mode: 0o600 });
    symlinkSync(target, link);
    const sink = platform.createFile(link, { overwrite: true });
    sink.write(bytes(65));
    sink.commit();
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, "utf8")).toBe("A");
    expect(statSync(target).mode & 0o777).toBe(0o600);
    rmSync(target);
    expect(() => platform.createFile(link, { overwrite: true })).toThrow(/a broken link/);
    expect(() => platform.createFile("/dev/null", { overwrite: true })).toThrow(/a pipe or a device/);
  });

  it("removes only files that an ended process left for the same target", () => {
    const alive = platform.createFile(target);
    const [name] = readdirSync(folder);
    const dead = spawnSync(process.execPath, ["-e", ""]).pid.toString(16).padStart(8, "0");
    const left = name.replace(/[0-9a-f]{16}(?=\.tmp$)/, (own) => `${dead}${own.slice(8)}`);
    const foreign = name.replace(/\.[0-9a-f]{8}/, ".00000000");
    for (const path of [left, foreign]) writeFileSync(join(folder, path), "");
    platform.createFile(target).abort();
    expect(readdirSync(folder).sort()).toEqual([name, foreign].sort());
    alive.abort();
  });

  it.each(["SIGINT", "SIGTERM", "exit"])("leaves nothing when the process ends by %s", (end) => {
    const module = new URL("./node-sink.ts", import.meta.url).href;
    const last =
      end === "exit" ? "process.exit(0)" : `process.kill(process.pid, "${end}"); setInterval(() => {}, 1000)`;
    const script = `import { createFile, createFolder } from "${module}";
      createFile(${JSON.stringify(target)}).write(new Uint8Array(3));
      createFolder(${JSON.stringify(join(folder, "model"))}).file("a").write(new Uint8Array(3));
      console.log("made"); ${last};`;
    const args = ["--import", "tsx", "--conditions=cria-source", "--input-type=module", "-e", script];
    const { stdout, signal, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(stdout).toBe("made\n");
    expect(end === "exit" ? status : signal).toBe(end === "exit" ? 0 : end);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("does not replace a file that appeared meanwhile", () => {
    const sink = platform.createFile(target);
    writeFileSync(target, "other");
    expect(() => sink.commit()).toThrow(FileError);
    expect(readFileSync(target, "utf8")).toBe("other");
    expect(readdirSync(folder)).toEqual(["out.bin"]);
  });

  it("refuses invalid targets and calls", () => {
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
  it("shows the complete folder on commit, without files that were not committed", () => {
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

  const replaces = (name: string): boolean => name === "old.txt";

  it("replaces a folder only on request, and then completely", () => {
    const path = join(folder, "model");
    mkdirSync(path, { mode: 0o700 });
    writeFileSync(join(path, "old.txt"), "old");
    writeFileSync(join(path, "new.txt"), "secret", { mode: 0o600 });
    expect(() => platform.createFolder(path)).toThrow(/exists already/);
    const sink = platform.createFolder(path, {
      overwrite: true,
      replaces: (name) => replaces(name) || name === "new.txt",
    });
    sink.file("new.txt").commit();
    sink.commit();
    expect(readdirSync(path)).toEqual(["new.txt"]);
    expect(readdirSync(folder)).toEqual(["model"]);
    expect([statSync(path).mode & 0o777, statSync(join(path, "new.txt")).mode & 0o777]).toEqual([
      0o700, 0o600,
    ]);
  });

  it("keeps entries that are not its own: files, folders and links, at the start and at the end", () => {
    const path = join(folder, "model");
    const options = { overwrite: true, replaces };
    mkdirSync(path);
    const kept = {
      "thesis.txt": () => writeFileSync(join(path, "thesis.txt"), "precious"),
      "old.txt": () => symlinkSync("elsewhere", join(path, "old.txt")),
      sub: () => mkdirSync(join(path, "sub")),
    };
    for (const [name, make] of Object.entries(kept)) {
      make();
      expect(() => platform.createFolder(path, options)).toThrow(new RegExp(`got "${name}"; move them away`));
      rmSync(join(path, name), { recursive: true });
      const sink = platform.createFolder(path, options);
      sink.file("new.txt").commit();
      make();
      expect(() => sink.commit()).toThrow(FileError);
      expect(readdirSync(path)).toEqual([name]);
      rmSync(join(path, name), { recursive: true });
    }
    expect(readdirSync(folder)).toEqual(["model"]);
  });

  it("follows a link to a folder, and replaces no file", () => {
    const [real, link] = [join(folder, "real"), join(folder, "link")];
    mkdirSync(real);
    symlinkSync(real, link);
    const sink = platform.createFolder(link, { overwrite: true, replaces });
    sink.file("new.txt").commit();
    sink.commit();
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(real)).toEqual(["new.txt"]);
    writeFileSync(target, "a file");
    expect(() => platform.createFolder(target, { overwrite: true })).toThrow(/it is a file/);
  });

  it("leaves nothing after abort and refuses names that lead elsewhere", () => {
    const sink = platform.createFolder(join(folder, "model"));
    for (const name of ["../x", "a/b", "..", ".", ""]) expect(() => sink.file(name)).toThrow(FileError);
    sink.file("a").write(bytes(1));
    sink.abort();
    expect(readdirSync(folder)).toEqual([]);
    expect(() => sink.commit()).toThrow(FileError);
  });
});

describe("platform", () => {
  it("distinguishes files from folders, lists folders and reads text with a limit", () => {
    writeFileSync(target, "text");
    expect(platform.status(target)).toEqual({ kind: "file", byteLength: 4 });
    expect(platform.status(folder)?.kind).toBe("folder");
    expect(platform.status(join(folder, "none"))).toBeUndefined();
    expect(platform.status(join(target, "below"))).toBeUndefined();
    expect(platform.list(folder)).toEqual(["out.bin"]);
    expect(platform.readText(target)).toBe("text");
    expect(() => platform.readText(target, 3)).toThrow(/at most 3 bytes/);
    expect(() => platform.readText("/dev/zero", 1 << 20)).toThrow(/at most 1048576 bytes of text, got more/);
    expect(() => platform.readText(join(folder, "none"))).toThrow(FileError);
    expect(() => platform.list(join(folder, "none"))).toThrow(FileError);
  });
});
