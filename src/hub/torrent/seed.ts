/** Serves the files of a torrent to peers, until it is closed. */
import { platform } from "#platform";
import { ASYNC_DISPOSE } from "../../base/dispose.ts";
import { FileError } from "../../base/errors.ts";
import { type CreatedTorrent, type CreateOptions, createTorrentFile } from "./create.ts";
import { formatMagnet } from "./magnet.ts";
import {
  httpOf,
  paceOf,
  progressOf,
  swarmOptions,
  type TorrentOptions,
  type TorrentProgress,
} from "./options.ts";
import { PieceSet } from "./pieces.ts";
import { isTorrentSource, resolveSource } from "./source.ts";
import { Storage } from "./storage.ts";
import { Swarm } from "./swarm.ts";
import type { Torrent } from "./torrent.ts";

/** The options of a new torrent are ignored if there is one already. */
export interface SeedOptions
  extends TorrentOptions,
    Pick<CreateOptions, "webSeeds" | "isPrivate" | "pieceBytes"> {
  /** For a torrent: the folder that holds its file or folder. Default: that of the .torrent file. */
  readonly folder?: string;
}

export interface Seeding extends AsyncDisposable {
  readonly torrent: Torrent;
  /** A magnet link with the torrent's trackers and web seeds. */
  readonly magnet: string;
  /** The port on which peers are accepted. */
  readonly port: number;
  readonly progress: TorrentProgress;
  /** Resolves when it is closed, or its signal has aborted. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Paths of files, the path of a .torrent file, or a torrent. */
export type SeedSource = string | readonly string[] | Torrent;

/**
 * Serves files (one file, one folder, or entries of one folder), a .torrent file whose files are beside it, or a torrent
 * that was read. Every byte is read first: to make the torrent, or to verify it.
 * @throws FileError if files are missing or differ, NetworkError if the port is taken.
 */
export async function seed(source: SeedSource, options: SeedOptions = {}): Promise<Seeding> {
  options.signal?.throwIfAborted();
  const paths = pathsOf(source);
  const content =
    paths === undefined ? await readContent(source, options) : await makeContent(paths, options);
  const { torrent, folder } = content;
  const storage = Storage.complete(torrent, folder);
  try {
    const have = paths === undefined ? await verify(storage, options) : PieceSet.full(torrent.pieceCount);
    const service = new SeedService(storage, options);
    await service.start(have);
    return service;
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** The files of which a torrent is to be made; undefined if there is a torrent. */
function pathsOf(source: SeedSource): string | readonly string[] | undefined {
  if (typeof source === "string") return isTorrentSource(source) ? undefined : source;
  return Array.isArray(source) ? (source as readonly string[]) : undefined;
}

async function readContent(source: SeedSource, options: SeedOptions): Promise<CreatedTorrent> {
  if (typeof source !== "string") return { torrent: source as Torrent, folder: options.folder ?? "." };
  const timeoutMs = paceOf(options).trackerTimeout;
  const resolving = { http: httpOf(options), signal: options.signal, allowLocal: false, timeoutMs };
  const { torrent, name } = await resolveSource(source, resolving);
  if (torrent !== undefined) return { torrent, folder: options.folder ?? platform.folderOf(source) };
  throw new FileError({
    doing: `seed "${name}"`,
    expected: "files, or a .torrent file",
    found: "a magnet link",
    fix: "name the files",
  });
}

function makeContent(paths: string | readonly string[], options: SeedOptions): Promise<CreatedTorrent> {
  const { signal, onProgress, webSeeds = [], trackers = [], isPrivate, pieceBytes } = options;
  return createTorrentFile(paths, {
    trackers,
    webSeeds,
    signal,
    ...(isPrivate === undefined ? {} : { isPrivate }),
    ...(pieceBytes === undefined ? {} : { pieceBytes }),
    onProgress: (done, total) => onProgress?.(progressOf("verify", "", done, total)),
  });
}

/** @throws FileError if a piece is wrong or missing. */
async function verify(storage: Storage, { signal, onProgress }: SeedOptions): Promise<PieceSet> {
  const { path, torrent } = storage;
  const have = await storage.verify({
    signal,
    onProgress: (done, total) => onProgress?.(progressOf("verify", torrent.name, done, total)),
  });
  if (have.isFull) return have;
  throw new FileError({
    doing: `seed "${path}"`,
    expected: `the ${have.count} pieces of the torrent`,
    found: `${have.count - have.size} that differ or are missing`,
    fix: "download it again, or make a new torrent of these files",
  });
}

const PROGRESS_MS = 1000;

class SeedService implements Seeding {
  readonly torrent: Torrent;
  readonly magnet: string;
  readonly ended: Promise<void>;
  readonly #storage: Storage;
  readonly #swarm: Swarm;
  readonly #options: SeedOptions;
  #end: () => void = () => {};
  #timer: ReturnType<typeof setInterval> | undefined;
  #closing: Promise<void> | undefined;
  readonly #abort = () => void this.close();

  constructor(storage: Storage, options: SeedOptions) {
    this.#storage = storage;
    this.#options = options;
    this.torrent = storage.torrent;
    this.magnet = formatMagnet(storage.torrent);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#swarm = new Swarm(swarmOptions(options, this.torrent.infoHash, true, "rarest"), {
      metadata() {},
      verified() {},
      completed() {},
      failed() {},
      notice: (text) => options.onNotice?.(text),
    });
  }

  async start(have: PieceSet): Promise<void> {
    const { signal, onProgress, trackers = [], peers = [] } = this.#options;
    this.#swarm.begin(this.#storage, have, []);
    await this.#swarm.start();
    this.#swarm.addPeers(peers, "caller");
    this.#swarm.addTrackers(trackers, true);
    this.#swarm.addTrackers(this.torrent.trackers, false);
    this.#timer = setInterval(() => onProgress?.(this.progress), PROGRESS_MS);
    signal?.addEventListener("abort", this.#abort);
    if (signal?.aborted === true) await this.close();
  }

  get port(): number {
    return this.#swarm.port ?? 0;
  }

  get progress(): TorrentProgress {
    const { name, byteLength } = this.torrent;
    return progressOf("seed", name, byteLength, byteLength, this.#swarm.state);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#abort);
    await this.#swarm.close();
    await this.#storage.close();
    this.#end();
  }

  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }
}
