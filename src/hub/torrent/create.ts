/** Makes torrents of files. */
import { platform } from "#platform";
import { FileError, RequestError } from "../../base/errors.ts";
import { encodeBencode } from "./bencode.ts";
import { sha1 } from "./hash.ts";
import { LIMITS } from "./limits.ts";
import { pieceLength } from "./pieces.ts";
import { Storage } from "./storage.ts";
import { parseInfo, type Torrent, type TorrentFile } from "./torrent.ts";

export interface CreateOptions {
  /** http and https addresses. */
  readonly trackers?: readonly string[];
  /** Servers that hold the files: the address of the one file, or of the folder that holds the torrent's folder. */
  readonly webSeeds?: readonly string[];
  /** A power of two from 16 KiB to 64 MiB. By default such that there are about 2000 pieces. */
  readonly pieceBytes?: number;
  /** Peers may come only from the trackers. */
  readonly isPrivate?: boolean;
  readonly comment?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface CreatedTorrent {
  readonly torrent: Torrent;
  /** The folder that holds the torrent's file or folder. */
  readonly folder: string;
}

const MIN_PIECE_BYTES = 2 ** 14;
const MAX_DEFAULT_PIECE_BYTES = 2 ** 24;
const PIECES = 2000;
/** Pieces that are read and hashed at once. */
const AT_ONCE = 4;

interface Selection {
  readonly folder: string;
  readonly name: string;
  /** False for a single file. */
  readonly isFolder: boolean;
  /** Paths of files below the torrent's folder; empty for a single file. */
  readonly paths: readonly (readonly string[])[];
}

/**
 * Makes the torrent of one file, of one folder with all that it holds, or of some entries of one folder. Reads every byte.
 * @throws FileError for a path that cannot be read, RequestError for paths of several folders.
 */
export async function createTorrentFile(
  paths: string | readonly string[],
  options: CreateOptions = {},
): Promise<CreatedTorrent> {
  const { trackers = [], webSeeds = [], isPrivate = false, comment, pieceBytes } = options;
  const selection = select(typeof paths === "string" ? [paths] : paths);
  const { folder, name, isFolder } = selection;
  const files = filesOf(selection);
  const byteLength = files.reduce((sum, file) => sum + file.byteLength, 0);
  checkTotal(byteLength, name);
  const chosen = pieceBytes ?? defaultPieceBytes(byteLength);
  checkPieceBytes(chosen);
  const pieceCount = Math.ceil(byteLength / chosen);
  const draft = { ...DRAFT, name, files, isFolder, byteLength, pieceBytes: chosen, pieceCount };
  const info = encodeBencode({
    name,
    "piece length": chosen,
    pieces: await hashPieces(draft, folder, options),
    private: isPrivate ? 1 : undefined,
    ...(isFolder
      ? { files: files.map((file) => ({ length: file.byteLength, path: file.path.slice(1) })) }
      : { length: byteLength }),
  });
  return {
    torrent: await parseInfo(info, `the new torrent "${name}"`, { trackers, webSeeds, comment }),
    folder,
  };
}

/** What is not known of a torrent before its pieces are hashed. */
const DRAFT = {
  infoHash: "",
  hashes: new Uint8Array(0),
  isPrivate: false,
  trackers: [],
  webSeeds: [],
  comment: undefined,
  info: new Uint8Array(0),
} as const;

function checkTotal(byteLength: number, name: string): void {
  if (byteLength > 0) return;
  throw new FileError({
    doing: `make a torrent of "${name}"`,
    expected: "files with content",
    found: "none",
  });
}

function defaultPieceBytes(byteLength: number): number {
  const exponent = Math.ceil(Math.log2(byteLength / PIECES));
  return Math.min(Math.max(2 ** exponent, MIN_PIECE_BYTES), MAX_DEFAULT_PIECE_BYTES);
}

function checkPieceBytes(pieceBytes: number): void {
  const isPower = Number.isInteger(Math.log2(pieceBytes));
  if (isPower && pieceBytes >= MIN_PIECE_BYTES && pieceBytes <= LIMITS.maxPieceBytes) return;
  throw new RequestError({
    doing: 'use the option "pieceBytes"',
    expected: `a power of two from ${MIN_PIECE_BYTES} to ${LIMITS.maxPieceBytes}`,
    found: `${pieceBytes}`,
  });
}

function select(given: readonly string[]): Selection {
  const paths = given.map((path) => path.replace(/(?<=.)[/\\]+$/, ""));
  if (paths.length === 0)
    throw new RequestError({ doing: "make a torrent", expected: "files or a folder", found: "none" });
  const folders = new Set(paths.map((path) => platform.folderOf(path)));
  if (folders.size > 1) {
    throw new RequestError({
      doing: "make a torrent",
      expected: "one file, one folder, or entries of one folder",
      found: "entries of several folders",
      fix: "move them into one folder",
    });
  }
  const [folder] = folders;
  if (paths.length > 1) {
    const entries = paths.flatMap((path) => walk(folder, [platform.baseName(path)]));
    return {
      folder: platform.folderOf(folder),
      name: platform.baseName(folder),
      isFolder: true,
      paths: entries,
    };
  }
  const [path] = paths;
  const name = platform.baseName(path);
  if (kindOf(path) === "file") return { folder, name, isFolder: false, paths: [[]] };
  const entries = platform.list(path).flatMap((entry) => walk(path, [entry]));
  return { folder, name, isFolder: true, paths: entries };
}

function kindOf(path: string): "file" | "folder" {
  const status = platform.status(path);
  if (status !== undefined) return status.kind;
  throw new FileError({
    doing: `make a torrent of "${path}"`,
    found: "there is no such file or folder",
    fix: "check the path",
  });
}

/** The files at and below a path of a folder. Names that start with a dot are left out. */
function walk(folder: string, parts: readonly string[]): (readonly string[])[] {
  if (parts[parts.length - 1].startsWith(".")) return [];
  const path = platform.join(folder, ...parts);
  if (kindOf(path) === "file") return [parts];
  if (parts.length >= LIMITS.pathParts - 1) {
    throw new FileError({
      doing: `make a torrent of "${folder}"`,
      expected: `folders at most ${LIMITS.pathParts} deep`,
      found: "more",
      fix: "check its links for a cycle",
    });
  }
  return platform.list(path).flatMap((entry) => walk(folder, [...parts, entry]));
}

function filesOf({ folder, name, paths }: Selection): TorrentFile[] {
  let offset = 0;
  return paths.map((rest) => {
    const path = [name, ...rest];
    const byteLength = platform.status(platform.join(folder, ...path))?.byteLength ?? 0;
    offset += byteLength;
    return { path, byteLength, offset: offset - byteLength, isPadding: false };
  });
}

async function hashPieces(
  torrent: Torrent,
  folder: string,
  { signal, onProgress }: CreateOptions,
): Promise<Uint8Array> {
  const storage = Storage.complete(torrent, folder);
  const hashes = new Uint8Array(20 * torrent.pieceCount);
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < torrent.pieceCount) {
      signal?.throwIfAborted();
      const piece = next++;
      const bytes = await storage.read(piece, 0, pieceLength(torrent, piece));
      if (bytes === undefined)
        throw new FileError({ doing: `read "${storage.path}"`, found: "it became shorter meanwhile" });
      hashes.set(await sha1(bytes), 20 * piece);
      done += bytes.length;
      onProgress?.(done, torrent.byteLength);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    await storage.close();
  }
  return hashes;
}
