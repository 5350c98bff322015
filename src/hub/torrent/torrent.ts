/**
 * A torrent: which files there are, and the hash of each piece of their bytes. Read from a .torrent file, or from the
 * metadata that peers send (BEP 3; private torrents BEP 27, web seeds BEP 19, padding files BEP 47). Version 1, and the
 * version 1 part of hybrid torrents.
 */
import { FormatError, UnsupportedError } from "../../base/errors.ts";
import {
  type Bencode,
  type BencodeDictionary,
  decodeDictionary,
  EncodedBencode,
  encodeBencode,
} from "./bencode.ts";
import { sha1, toHex } from "./hash.ts";
import { LIMITS } from "./limits.ts";
import { checkDistinct, checkPath } from "./names.ts";
import { usableUrls } from "./urls.ts";

export interface TorrentFile {
  /** Below the download's folder: the torrent's name, then folders and the file's name. */
  readonly path: readonly string[];
  readonly byteLength: number;
  /** Of the first byte, among the bytes of all files in order. */
  readonly offset: number;
  /** Zeros that align the next file to a piece. Never written. */
  readonly isPadding: boolean;
}

export interface Torrent {
  /** SHA-1 of `info`, 40 hexadecimal digits. */
  readonly infoHash: string;
  /** Name of the file, or of the folder that holds the files. */
  readonly name: string;
  readonly files: readonly TorrentFile[];
  /** True if there is a folder, even if it holds one file. */
  readonly isFolder: boolean;
  readonly byteLength: number;
  readonly pieceBytes: number;
  readonly pieceCount: number;
  /** SHA-1 of each piece, 20 bytes each. */
  readonly hashes: Uint8Array;
  /** Peers come only from the torrent's trackers. */
  readonly isPrivate: boolean;
  /** http, https and other addresses, in order of preference. */
  readonly trackers: readonly string[];
  readonly webSeeds: readonly string[];
  readonly comment: string | undefined;
  /** The bencoded dictionary that the hash covers, as it was read. */
  readonly info: Uint8Array;
}

/** What stands beside `info`. */
export interface TorrentSources {
  readonly trackers?: readonly string[];
  readonly webSeeds?: readonly string[];
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder();

/** Reads the entries of a dictionary; errors name the entry. */
class Entries {
  readonly #map: BencodeDictionary;
  readonly #doing: string;
  constructor(map: BencodeDictionary, doing: string) {
    this.#map = map;
    this.#doing = doing;
  }

  fail(key: string, expected: string, found: string): never {
    const fix = "it is damaged or hostile";
    throw new FormatError({ doing: this.#doing, expected: `"${key}": ${expected}`, found, fix });
  }

  get(key: string): Bencode | undefined {
    return this.#map.get(key);
  }

  integer(key: string, min: number, max: number): number {
    const value = this.#map.get(key);
    if (typeof value === "number" && value >= min && value <= max) return value;
    return this.fail(
      key,
      `an integer from ${min} to ${max}`,
      typeof value === "number" ? `${value}` : "none",
    );
  }

  bytes(key: string): Uint8Array {
    const value = this.#map.get(key);
    return value instanceof Uint8Array ? value : this.fail(key, "bytes", "none");
  }

  list(key: string): readonly Bencode[] {
    const value = this.#map.get(key);
    return Array.isArray(value) ? value : this.fail(key, "a list", "none");
  }

  text(key: string, value = this.#map.get(key)): string {
    if (!(value instanceof Uint8Array)) return this.fail(key, "a text", "none");
    try {
      return strict.decode(value);
    } catch {
      return this.fail(key, "a text in UTF-8", "other bytes");
    }
  }
}

/**
 * Reads a .torrent file.
 * @param what names it in errors: `"model.torrent"` with its quotes.
 * @throws FormatError; UnsupportedError for a torrent of version 2 alone.
 */
export async function parseTorrent(bytes: Uint8Array, what = "the torrent"): Promise<Torrent> {
  checkSize(bytes, what);
  const { value, spans } = decodeDictionary(bytes, what);
  const info = spans.get("info");
  if (info === undefined) {
    throw new FormatError({
      doing: `read ${what}`,
      expected: 'a torrent with an entry "info"',
      found: "none",
      fix: "check that it is a .torrent file",
    });
  }
  const comment = value.get("comment");
  return parseInfo(info, what, {
    trackers: usableUrls(trackerList(value)),
    webSeeds: usableUrls(textList(value.get("url-list"))),
    comment: comment instanceof Uint8Array ? lenient.decode(comment) : undefined,
  });
}

/** Reads the dictionary `info` alone, as peers send it. @throws as parseTorrent */
export async function parseInfo(
  info: Uint8Array,
  what: string,
  { trackers = [], webSeeds = [], comment }: TorrentSources & { readonly comment?: string | undefined } = {},
): Promise<Torrent> {
  checkSize(info, what);
  const entries = new Entries(decodeDictionary(info, what).value, `read ${what}`);
  if (entries.get("pieces") === undefined && entries.get("meta version") !== undefined) {
    throw new UnsupportedError({
      doing: `read ${what}`,
      expected: "a torrent of version 1, or of both versions",
      found: "version 2 alone",
      fix: "ask for a hybrid torrent",
    });
  }
  const name = entries.text(entries.get("name.utf-8") === undefined ? "name" : "name.utf-8");
  const isFolder = entries.get("files") !== undefined;
  const files = isFolder ? filesOf(entries, name, what) : [singleFile(entries, name, what)];
  checkDistinct(
    files.filter(({ isPadding }) => !isPadding).map(({ path }) => path),
    `read ${what}`,
  );
  const last = files[files.length - 1];
  const byteLength = last.offset + last.byteLength;
  const pieceBytes = entries.integer("piece length", LIMITS.minPieceBytes, LIMITS.maxPieceBytes);
  const hashes = entries.bytes("pieces");
  const pieceCount = Math.ceil(byteLength / pieceBytes);
  if (byteLength === 0 || pieceCount > LIMITS.pieces || hashes.length !== 20 * pieceCount) {
    const expected = `one hash of 20 bytes for each of 1 to ${LIMITS.pieces} pieces`;
    entries.fail("pieces", expected, `${hashes.length} bytes for ${pieceCount} pieces`);
  }
  return {
    infoHash: toHex(await sha1(info)),
    name,
    files,
    isFolder,
    byteLength,
    pieceBytes,
    pieceCount,
    hashes: hashes.slice(),
    isPrivate: entries.get("private") === 1,
    trackers,
    webSeeds,
    comment,
    info: info.slice(),
  };
}

function checkSize(bytes: Uint8Array, what: string): void {
  if (bytes.length <= LIMITS.torrentBytes) return;
  throw new FormatError({
    doing: `read ${what}`,
    expected: `at most ${LIMITS.torrentBytes} bytes`,
    found: `${bytes.length}`,
    fix: "check that it is a .torrent file",
  });
}

function singleFile(entries: Entries, name: string, what: string): TorrentFile {
  const path = [name];
  checkPath(path, `read ${what}`);
  return { path, byteLength: entries.integer("length", 1, LIMITS.totalBytes), offset: 0, isPadding: false };
}

function filesOf(entries: Entries, name: string, what: string): TorrentFile[] {
  const list = entries.list("files");
  if (list.length === 0 || list.length > LIMITS.files)
    entries.fail("files", `1 to ${LIMITS.files} files`, `${list.length}`);
  let offset = 0;
  return list.map((value) => {
    if (!(value instanceof Map)) return entries.fail("files", "dictionaries", "another value");
    const file = new Entries(value as BencodeDictionary, `read ${what}`);
    const entry = fileOf(file, name, offset, what);
    offset += entry.byteLength;
    if (offset > LIMITS.totalBytes) entries.fail("files", `at most ${LIMITS.totalBytes} bytes`, "more");
    return entry;
  });
}

function fileOf(file: Entries, name: string, offset: number, what: string): TorrentFile {
  const byteLength = file.integer("length", 0, LIMITS.totalBytes);
  const attributes = file.get("attr");
  const flags = attributes instanceof Uint8Array ? lenient.decode(attributes) : "";
  if (flags.includes("l")) file.fail("attr", "a regular file", "a symbolic link");
  const key = file.get("path.utf-8") === undefined ? "path" : "path.utf-8";
  const parts = file.list(key);
  if (parts.length === 0) file.fail(key, "at least one name", "none");
  const isPadding = flags.includes("p");
  const path = [name, ...parts.slice(0, LIMITS.pathParts).map((part) => file.text(key, part))];
  checkPath(path, `read ${what}`);
  return { path, byteLength, offset, isPadding };
}

/** The tracker lists of BEP 12, in order; without one the tracker of BEP 3. */
function trackerList(torrent: BencodeDictionary): string[] {
  const tiers = torrent.get("announce-list");
  const listed = Array.isArray(tiers) ? tiers.flatMap((tier: Bencode) => textList(tier)) : [];
  return listed.length > 0 ? listed : textList(torrent.get("announce"));
}

/** A text, or a list of texts. Other values are left out. */
function textList(value: Bencode | undefined): string[] {
  const list = Array.isArray(value) ? (value as readonly Bencode[]) : value === undefined ? [] : [value];
  return list.flatMap((entry) => (entry instanceof Uint8Array ? [lenient.decode(entry)] : []));
}

/** The bytes of a .torrent file. */
export function encodeTorrent(torrent: Torrent): Uint8Array {
  const { trackers, webSeeds, comment } = torrent;
  return encodeBencode({
    announce: trackers[0],
    "announce-list": trackers.length > 1 ? trackers.map((url) => [url]) : undefined,
    comment,
    "created by": "Cria",
    info: new EncodedBencode(torrent.info),
    "url-list": webSeeds.length === 0 ? undefined : webSeeds,
  });
}
