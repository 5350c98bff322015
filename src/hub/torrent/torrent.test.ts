import { describe, expect, it } from "vitest";
import { FormatError, UnsupportedError } from "../../base/errors.ts";
import { type Encodable, encodeBencode } from "./bencode.ts";
import { encodeTorrent, parseTorrent } from "./torrent.ts";

type Fields = { readonly [key: string]: Encodable | undefined };

const INFO: Fields = {
  name: "model.gguf",
  length: 40_000,
  "piece length": 16_384,
  pieces: new Uint8Array(60),
};
const torrentOf = (info: Fields, rest: Fields = {}) => encodeBencode({ info: { ...INFO, ...info }, ...rest });
const folderOf = (files: readonly Encodable[], pieces = 1) =>
  torrentOf({ length: undefined, files, name: "folder", pieces: new Uint8Array(20 * pieces) });

describe("parseTorrent", () => {
  it("reads one file, with trackers and web seeds", async () => {
    const torrent = await parseTorrent(
      torrentOf(
        { private: 1 },
        {
          announce: "http://a.example/",
          "announce-list": [["http://b.example/"], ["http://c.example/", "not an address"]],
          "url-list": "http://s.example/model.gguf",
          comment: "hello",
        },
      ),
    );
    expect(torrent).toMatchObject({
      name: "model.gguf",
      byteLength: 40_000,
      pieceCount: 3,
      isFolder: false,
      isPrivate: true,
      trackers: ["http://b.example/", "http://c.example/"],
      webSeeds: ["http://s.example/model.gguf"],
      comment: "hello",
    });
    expect(torrent.files).toEqual([
      { path: ["model.gguf"], byteLength: 40_000, offset: 0, isPadding: false },
    ]);
  });

  it("hashes the bytes of info as they are, and writes them so", async () => {
    // Keys out of order, an unknown one, and a text that is not UTF-8: a decoder that encodes again would change it.
    const info = "d4:name1:x6:lengthi5e12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaa2:zz2:\xff\xfee";
    const bytes = Uint8Array.from(`d4:info${info}e`, (char) => char.charCodeAt(0));
    const torrent = await parseTorrent(bytes);
    const again = await parseTorrent(encodeTorrent(torrent));
    expect(again.infoHash).toBe(torrent.infoHash);
    const digest = await crypto.subtle.digest(
      "SHA-1",
      Uint8Array.from(info, (char) => char.charCodeAt(0)),
    );
    expect(torrent.infoHash).toBe(Buffer.from(digest).toString("hex"));
  });

  it("reads folders, empty files and padding", async () => {
    const torrent = await parseTorrent(
      folderOf(
        [
          { length: 10, path: ["a"] },
          { length: 16_374, path: [".pad", "16374"], attr: "p" },
          { length: 0, path: ["sub", "empty"] },
          { length: 5, path: ["sub", "b"] },
        ],
        2,
      ),
    );
    expect(torrent.files.map(({ path, offset, isPadding }) => [path.join("/"), offset, isPadding])).toEqual([
      ["folder/a", 0, false],
      ["folder/.pad/16374", 10, true],
      ["folder/sub/empty", 16_384, false],
      ["folder/sub/b", 16_384, false],
    ]);
  });

  const long = "é".repeat(128);
  it.each([
    "",
    ".",
    "..",
    "a/b",
    "a\\b",
    "a:b",
    "nul",
    "COM1.txt",
    "a\0",
    "a\n",
    "a.",
    "a ",
    "\u202egpj.exe",
    "a?",
    long,
  ])("refuses the name %j", async (name) => {
    await expect(parseTorrent(torrentOf({ name }))).rejects.toThrow(FormatError);
    await expect(parseTorrent(folderOf([{ length: 5, path: ["ok", name] }]))).rejects.toThrow(FormatError);
  });

  it.each([
    ["no pieces", { pieces: new Uint8Array(0) }, "one hash"],
    ["too few pieces", { pieces: new Uint8Array(40) }, "40 bytes for 3 pieces"],
    ["half a hash", { pieces: new Uint8Array(50) }, "one hash"],
    ["a huge file", { length: 2 ** 50 }, '"length"'],
    ["a negative file", { length: -1 }, '"length"'],
    ["millions of pieces", { length: 2 ** 40, "piece length": 1024 }, "pieces"],
    ["tiny pieces", { "piece length": 1 }, '"piece length"'],
    ["huge pieces", { "piece length": 2 ** 31 }, '"piece length"'],
    ["a name that is no text", { name: 5 }, '"name"'],
    ["bytes that are no UTF-8", { name: Uint8Array.of(0xff) }, "UTF-8"],
    ["no content", { length: 0, pieces: new Uint8Array(0) }, '"length"'],
  ])("refuses %s", async (_, info, message) => {
    await expect(parseTorrent(torrentOf(info as Fields))).rejects.toThrow(FormatError);
    await expect(parseTorrent(torrentOf(info as Fields))).rejects.toThrow(message);
  });

  it.each([
    ["the same file twice", [["a"], ["a"]]],
    [
      "files that differ in case",
      [
        ["a", "B"],
        ["a", "b"],
      ],
    ],
    ["the same letters in other forms", [["é"], ["e\u0301"]]],
    ["a file that is a folder too", [["a"], ["a", "b"]]],
    ["a folder that is a file too", [["a", "b"], ["a"]]],
  ])("refuses %s", async (_, paths) => {
    const files = paths.map((path) => ({ length: 5, path }));
    await expect(parseTorrent(folderOf(files))).rejects.toThrow("each file once");
  });

  it("refuses links, empty lists and deep folders", async () => {
    const link = [{ length: 5, path: ["a"], attr: "l" }];
    await expect(parseTorrent(folderOf(link))).rejects.toThrow("a symbolic link");
    await expect(parseTorrent(folderOf([]))).rejects.toThrow('"files"');
    await expect(parseTorrent(folderOf([{ length: 5, path: [] }]))).rejects.toThrow('"path"');
    const deep = Array.from({ length: 33 }, () => "d");
    await expect(parseTorrent(folderOf([{ length: 5, path: deep }]))).rejects.toThrow("names in a path");
  });

  it("refuses what is no torrent, and version 2 alone", async () => {
    const text = new TextEncoder().encode("<html>");
    await expect(parseTorrent(text, '"x.torrent"')).rejects.toThrow('Cannot read "x.torrent"');
    await expect(parseTorrent(encodeBencode({}))).rejects.toThrow('an entry "info"');
    await expect(parseTorrent(new Uint8Array(2 ** 25 + 1))).rejects.toThrow("at most 33554432 bytes");
    const second = encodeBencode({ info: { name: "x", "meta version": 2, "piece length": 16_384 } });
    await expect(parseTorrent(second)).rejects.toThrow(UnsupportedError);
  });
});
