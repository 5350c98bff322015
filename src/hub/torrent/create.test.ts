import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileError, FormatError, RequestError } from "../../base/errors.ts";
import { createTorrentFile } from "./create.ts";
import { webSeedUrl } from "./web-seeds.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-create-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const write = (name: string, text = name) => writeFileSync(join(folder, name), text);

describe("createTorrentFile", () => {
  it("takes a folder without hidden files, and entries of one folder", async () => {
    mkdirSync(join(folder, "m/sub"), { recursive: true });
    for (const name of ["m/b", "m/a", "m/.hidden", "m/sub/c"]) write(name);
    const whole = await createTorrentFile(`${join(folder, "m")}/`);
    expect(whole.folder).toBe(folder);
    expect(whole.torrent.files.map(({ path }) => path.join("/"))).toEqual(["m/a", "m/b", "m/sub/c"]);
    const some = await createTorrentFile([join(folder, "m/b"), join(folder, "m/sub")]);
    expect(some.torrent).toMatchObject({ name: "m", isFolder: true });
    expect(some.torrent.files.map(({ path }) => path.join("/"))).toEqual(["m/b", "m/sub/c"]);
    expect(some.folder).toBe(folder);
  });

  it("chooses pieces by size, and hashes the same bytes to the same torrent", async () => {
    write("x", "a".repeat(100_000));
    const one = await createTorrentFile(join(folder, "x"));
    const two = await createTorrentFile(join(folder, "x"), { trackers: ["http://t.example/"] });
    expect(one.torrent).toMatchObject({ pieceBytes: 16_384, pieceCount: 7 });
    expect(two.torrent.infoHash).toBe(one.torrent.infoHash);
    const hidden = await createTorrentFile(join(folder, "x"), { isPrivate: true });
    expect(hidden.torrent.infoHash).not.toBe(one.torrent.infoHash);
  });

  it("refuses what cannot be shared, with a reason", async () => {
    write("empty", "");
    write("x");
    mkdirSync(join(folder, "loop"));
    symlinkSync(join(folder, "loop"), join(folder, "loop/again"));
    mkdirSync(join(folder, "odd"));
    write("odd/a:b");
    const make = (...names: string[]) => createTorrentFile(names.map((name) => join(folder, name)));
    await expect(make("none")).rejects.toThrow("there is no such file or folder");
    await expect(make("empty")).rejects.toThrow("expected files with content");
    await expect(make("loop")).rejects.toThrow(FileError);
    await expect(make("x", "odd/a:b")).rejects.toThrow("entries of several folders");
    await expect(make("odd")).rejects.toThrow(FormatError);
    await expect(make()).rejects.toThrow(RequestError);
    await expect(createTorrentFile(join(folder, "x"), { pieceBytes: 20_000 })).rejects.toThrow(
      "a power of two",
    );
  });
});

describe("webSeedUrl", () => {
  it("follows BEP 19", async () => {
    mkdirSync(join(folder, "m d"));
    write("m d/a?b".replace("?", "#"));
    write("x y");
    const { torrent } = await createTorrentFile(join(folder, "m d"));
    const single = (await createTorrentFile(join(folder, "x y"))).torrent;
    const url = (base: string, of = torrent) => webSeedUrl(base, of, of.files[0]);
    expect(url("http://s.example/d")).toBe("http://s.example/d/m%20d/a%23b");
    expect(url("http://s.example/d/")).toBe("http://s.example/d/m%20d/a%23b");
    expect(url("http://s.example/file", single)).toBe("http://s.example/file");
    expect(url("http://s.example/", single)).toBe("http://s.example/x%20y");
  });
});
