/** Downloads a torrent: from peers, from web seeds, or from both together. Nothing is uploaded unless that is asked for. */
import { platform } from "#platform";
import { FileError, NetworkError } from "../../base/errors.ts";
import { httpOf, paceOf, progressOf, swarmOptions, type TorrentOptions } from "./options.ts";
import type { PieceOrder } from "./picker.ts";
import type { PieceSet } from "./pieces.ts";
import { type Resolved, resolveSource, type TorrentSource } from "./source.ts";
import { Storage } from "./storage.ts";
import { Swarm } from "./swarm.ts";
import { parseInfo, type Torrent } from "./torrent.ts";

export interface DownloadOptions extends TorrentOptions {
  /** Where the torrent's file or folder is put. It is made if it does not exist. */
  readonly folder: string;
  /** Web seeds in addition to the torrent's. */
  readonly webSeeds?: readonly string[];
  /** "sequential" for models that run while they arrive. Default: "rarest". */
  readonly order?: PieceOrder;
  /** Serve what has arrived while the rest is fetched. Default: false. */
  readonly upload?: boolean;
  /** Seconds without any new byte after which the download fails (default 600). It can be continued later. */
  readonly patience?: number;
}

export interface DownloadedTorrent {
  readonly torrent: Torrent;
  /** The torrent's file or folder. */
  readonly path: string;
  /** Paths of its files. */
  readonly files: readonly string[];
  /** Bytes that were received, including those that were thrown away. */
  readonly downloaded: number;
  readonly uploaded: number;
}

const DEFAULT_PATIENCE_S = 600;
const PROGRESS_MS = 500;
/** Time for the first connections before missing sources count. */
const GRACE_MS = 2000;

/**
 * Downloads a torrent into `folder/NAME`. Until it is complete it is `folder/NAME.part`; a later call continues it, after
 * verifying what is there.
 * @throws NetworkError if no source delivers, FileError if NAME exists and is something else, FormatError for a damaged
 * torrent, and the signal's reason after an abort. What has arrived is kept in each case.
 */
export async function downloadTorrent(
  source: TorrentSource,
  options: DownloadOptions,
): Promise<DownloadedTorrent> {
  options.signal?.throwIfAborted();
  const { allowLocal = false, signal } = options;
  const timeoutMs = paceOf(options).trackerTimeout;
  const resolved = await resolveSource(source, { http: httpOf(options), signal, allowLocal, timeoutMs });
  return new Download(resolved, options).run();
}

class Download {
  readonly #resolved: Resolved;
  readonly #options: DownloadOptions;
  readonly #swarm: Swarm;
  #begun = performance.now();
  #storage: Storage | undefined;
  #hasMetadata = false;
  #done = 0;
  #lastDownloaded = 0;
  #lastArrival = performance.now();
  /** The last problem, which may explain why nothing arrives. */
  #lastNotice: string | undefined;
  #end: { readonly resolve: () => void; readonly reject: (reason: unknown) => void } | undefined;

  constructor(resolved: Resolved, options: DownloadOptions) {
    this.#resolved = resolved;
    this.#options = options;
    const { upload = false, order = "rarest" } = options;
    this.#swarm = new Swarm(swarmOptions(options, resolved.infoHash, upload, order), {
      metadata: (info) => void this.#metadata(info),
      verified: (byteLength) => this.#verified(byteLength),
      completed: () => this.#end?.resolve(),
      failed: (error) => this.#end?.reject(error),
      notice: (text) => this.#notice(text),
    });
  }

  /** One process at a time fetches a torrent into a folder; others wait, and then find it there. */
  async run(): Promise<DownloadedTorrent> {
    const { folder, signal } = this.#options;
    platform.makeFolder(folder);
    const lock = platform.join(folder, `.${this.#resolved.infoHash}.lock`);
    const release = await platform.disk.lock(lock, { signal });
    try {
      return await this.#run();
    } finally {
      await release();
    }
  }

  async #run(): Promise<DownloadedTorrent> {
    this.#begun = this.#lastArrival = performance.now();
    const { torrent } = this.#resolved;
    const { signal } = this.#options;
    const abort = () => this.#end?.reject(signal?.reason);
    const watch = setInterval(() => this.#watch(), Math.min(PROGRESS_MS, paceOf(this.#options).tick));
    signal?.addEventListener("abort", abort);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#end = { resolve, reject };
        this.#start(torrent).catch(reject);
      });
      await this.#swarm.settle();
      await this.#storage!.finish();
    } finally {
      clearInterval(watch);
      signal?.removeEventListener("abort", abort);
      await this.#swarm.close();
      await this.#storage?.close();
    }
    return this.#result(this.#storage!);
  }

  async #start(torrent: Torrent | undefined): Promise<void> {
    this.#hasMetadata = torrent !== undefined;
    if (torrent !== undefined && (await this.#begin(torrent))) return;
    await this.#swarm.start();
    const { trackers = [], peers = [] } = this.#options;
    this.#swarm.addPeers(peers, "caller");
    this.#swarm.addTrackers(trackers, true);
    if (torrent?.isPrivate !== true) this.#swarm.addPeers(this.#resolved.peers, "magnet");
    this.#swarm.addTrackers(this.#resolved.trackers, false);
    this.#watch();
  }

  async #metadata(info: Uint8Array): Promise<void> {
    // Several peers may send it before the first copy has been parsed.
    if (this.#hasMetadata) return;
    this.#hasMetadata = true;
    try {
      await this.#begin(await parseInfo(info, `the metadata of "${this.#resolved.name}"`));
    } catch (error) {
      this.#end?.reject(error);
    }
  }

  /** Verifies what is on the disk, then fetches the rest. True if nothing is missing. */
  async #begin(torrent: Torrent): Promise<boolean> {
    const { folder, webSeeds = [] } = this.#options;
    const isThere = Storage.exists(torrent, folder);
    this.#storage = isThere ? Storage.complete(torrent, folder) : Storage.partial(torrent, folder);
    const have = await this.#verify(this.#storage);
    if (isThere && !have.isFull) throw occupied(this.#storage, have);
    this.#done = Math.min(have.size * torrent.pieceBytes, torrent.byteLength);
    if (have.isFull) this.#end?.resolve();
    else {
      await checkSpace(this.#storage, have, folder);
      const trusted = webSeeds.map((url) => [url, true] as const);
      this.#swarm.begin(this.#storage, have, [
        ...trusted,
        ...this.#resolved.webSeeds.map((url) => [url, false] as const),
      ]);
    }
    this.#lastArrival = performance.now();
    return have.isFull;
  }

  #verify(storage: Storage): Promise<PieceSet> {
    return storage.verify({
      signal: this.#options.signal,
      onProgress: (done, total) =>
        this.#options.onProgress?.(progressOf("verify", storage.torrent.name, done, total)),
    });
  }

  #verified(byteLength: number): void {
    this.#done += byteLength;
    this.#report();
  }

  #report(): void {
    const torrent = this.#storage?.torrent;
    const phase = torrent === undefined ? "metadata" : "download";
    const total = torrent?.byteLength ?? 0;
    const name = torrent?.name ?? this.#resolved.name;
    this.#options.onProgress?.(
      progressOf(phase, name, Math.min(this.#done, total), total, this.#swarm.state),
    );
  }

  /** Reports, and ends the download if nothing can or does arrive. */
  #watch(): void {
    const now = performance.now();
    const { downloaded, sources } = this.#swarm.state;
    if (downloaded > this.#lastDownloaded) this.#lastArrival = now;
    this.#lastDownloaded = downloaded;
    this.#report();
    const { patience = DEFAULT_PATIENCE_S } = this.#options;
    const isAlone = sources === 0 && now - this.#begun > GRACE_MS;
    if (isAlone) this.#end?.reject(this.#failure("no peer, tracker or web seed is left to ask"));
    else if (now - this.#lastArrival > patience * 1000)
      this.#end?.reject(this.#failure(`nothing has arrived for ${patience} s`));
  }

  #notice(text: string): void {
    this.#lastNotice = text;
    this.#options.onNotice?.(text);
  }

  #failure(reason: string): NetworkError {
    const isPart = this.#storage !== undefined;
    const found = this.#lastNotice === undefined ? reason : `${reason} (${this.#lastNotice})`;
    return new NetworkError({
      doing: `download the torrent "${this.#resolved.name}"`,
      found,
      fix: isPart ? "try again later: what has arrived is kept" : "try again later, or use the .torrent file",
    });
  }

  #result(storage: Storage): DownloadedTorrent {
    const { torrent, path } = storage;
    const { downloaded, uploaded } = this.#swarm.state;
    const { folder } = this.#options;
    const files = torrent.files
      .filter(({ isPadding }) => !isPadding)
      .map((file) => platform.join(folder, ...file.path));
    return { torrent, path, files, downloaded, uploaded };
  }
}

/** Left free on the disk: a full disk breaks other programs. */
const RESERVE_BYTES = 64 << 20;

/** @throws FileError unless the disk has room for what is missing. */
async function checkSpace({ torrent }: Storage, have: PieceSet, folder: string): Promise<void> {
  const wanted = Math.min((have.count - have.size) * torrent.pieceBytes, torrent.byteLength);
  const free = await platform.disk.freeBytes(folder);
  if (free === undefined || wanted + RESERVE_BYTES <= free) return;
  throw new FileError({
    doing: `download the torrent "${torrent.name}"`,
    expected: `${wanted + RESERVE_BYTES} bytes free for "${folder}"`,
    found: `${free}`,
    fix: "free some space, or choose another folder",
  });
}

function occupied({ path, torrent }: Storage, have: PieceSet): FileError {
  return new FileError({
    doing: `download the torrent "${torrent.name}"`,
    expected: `no "${path}", or the torrent's files there`,
    found: `a file or folder of which ${have.count - have.size} of ${have.count} pieces differ`,
    fix: "move it away, or choose another folder",
  });
}
