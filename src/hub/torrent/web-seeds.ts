/**
 * Web seeds: HTTP servers that hold the files of a torrent (BEP 19, `url-list`). Runs of whole pieces are requested as
 * ranges, so that wrong bytes have one author.
 */
import { NetworkError } from "../../base/errors.ts";
import type { Http, HttpAnswer } from "../../platform/http.ts";
import type { Assembler } from "./assembler.ts";
import { send } from "./http.ts";
import { BLOCK_BYTES, MAX_FAILURES, type Pace, WEB_SEED_CONNECTIONS, WEB_SEED_RUN_BYTES } from "./limits.ts";
import { Meter } from "./meter.ts";
import { blockLength, pieceLength, type Span, spansOf } from "./pieces.ts";
import type { Torrent, TorrentFile } from "./torrent.ts";

/** Web seeds that are used; further ones in a torrent are ignored. */
const MAX_WEB_SEEDS = 8;
/** Longest wait that a server may ask for. */
const MAX_RETRY_AFTER_S = 600;

/** One request at a time to a web seed; the source that the picker knows. */
interface Worker {
  readonly seed: WebSeed;
  isBusy: boolean;
}

interface WebSeed {
  readonly url: string;
  readonly workers: readonly Worker[];
  readonly stop: AbortController;
  failures: number;
  next: number;
}

/** A server refuses for good: asking again is useless. */
class Refusal extends NetworkError {}

/** Where a server keeps a file: BEP 19's rule for addresses that end in a slash, and for torrents of several files. */
export function webSeedUrl(base: string, torrent: Torrent, { path }: TorrentFile): string {
  const isFile = !torrent.isFolder && !base.endsWith("/");
  if (isFile) return base;
  return `${base.endsWith("/") ? base : `${base}/`}${path.map(encodeURIComponent).join("/")}`;
}

export interface WebSeedEvents {
  received(byteLength: number): void;
  notice(text: string): void;
}

export class WebSeeds {
  readonly down = new Meter();
  readonly #torrent: Torrent;
  readonly #assembler: Assembler;
  readonly #http: Http;
  readonly #pace: Pace;
  readonly #notice: (text: string) => void;
  readonly #seeds: WebSeed[];

  constructor(
    urls: readonly string[],
    torrent: Torrent,
    assembler: Assembler,
    http: Http,
    pace: Pace,
    notice: (text: string) => void,
  ) {
    this.#torrent = torrent;
    this.#assembler = assembler;
    this.#http = http;
    this.#pace = pace;
    this.#notice = notice;
    this.#seeds = urls.slice(0, MAX_WEB_SEEDS).map((url) => {
      const workers: Worker[] = [];
      const seed = { url, workers, stop: new AbortController(), failures: 0, next: 0 };
      for (let i = 0; i < WEB_SEED_CONNECTIONS; i++) workers.push({ seed, isBusy: false });
      return seed;
    });
  }

  /** Number of web seeds that are still asked. */
  get alive(): number {
    return this.#seeds.filter(({ stop }) => !stop.signal.aborted).length;
  }

  isOwn(source: object): boolean {
    return this.#seeds.some(({ workers }) => workers.includes(source as Worker));
  }

  ban(source: object): void {
    const seed = this.#seeds.find(({ workers }) => workers.includes(source as Worker));
    if (seed !== undefined) this.#drop(seed, "sends wrong bytes");
  }

  #drop(seed: WebSeed, reason: string): void {
    if (seed.stop.signal.aborted) return;
    seed.stop.abort();
    this.#notice(`the web seed ${seed.url} is not used any more: ${reason}`);
  }

  /** Gives work to idle workers. */
  fill(now = performance.now()): void {
    for (const seed of this.#seeds) {
      if (seed.stop.signal.aborted || now < seed.next) continue;
      for (const worker of seed.workers) if (!worker.isBusy) this.#start(worker);
    }
  }

  #start(worker: Worker): void {
    const run = this.#assembler.picker.runFor(worker, WEB_SEED_RUN_BYTES, worker.seed.workers);
    if (run === undefined) return;
    worker.isBusy = true;
    void this.#fetch(worker, run.first, run.end)
      .then(() => {
        worker.seed.failures = 0;
      })
      .catch((error) => this.#failed(worker.seed, error))
      .finally(() => {
        worker.isBusy = false;
        this.#assembler.picker.release(worker);
        this.fill();
      });
  }

  #failed(seed: WebSeed, error: unknown): void {
    if (seed.stop.signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    seed.failures++;
    seed.next =
      performance.now() +
      Math.min(this.#pace.retry * 2 ** (seed.failures - 1), this.#pace.maxRetry) +
      this.#asked(error);
    if (error instanceof Refusal || seed.failures >= MAX_FAILURES) this.#drop(seed, message);
  }

  /** Milliseconds that the server asks to wait. */
  #asked(error: unknown): number {
    return error instanceof BusyError ? error.waitMs : 0;
  }

  async #fetch(worker: Worker, first: number, end: number): Promise<void> {
    const torrent = this.#torrent;
    const start = first * torrent.pieceBytes;
    const length = Math.min(end * torrent.pieceBytes, torrent.byteLength) - start;
    const cutter = new BlockCutter(torrent, first, (block, bytes) =>
      this.#assembler.receive(worker, block, bytes),
    );
    for (const span of spansOf(torrent.files, start, length)) {
      if (span.file.isPadding) {
        cutter.push(new Uint8Array(span.length));
        continue;
      }
      for await (const bytes of this.#read(worker.seed, span)) {
        cutter.push(bytes);
        // Others may have sent the rest meanwhile.
        if (!this.#assembler.picker.owes(worker, first, end)) return;
      }
    }
  }

  /** The bytes of a part of a file, exactly as many as it has. */
  async *#read(seed: WebSeed, span: Span): AsyncGenerator<Uint8Array> {
    const url = webSeedUrl(seed.url, this.#torrent, span.file);
    const idle = new AbortController();
    const silent = () =>
      idle.abort(new NetworkError({ doing: `fetch ${url}`, found: "nothing arrived for too long" }));
    let timer = setTimeout(silent, this.#pace.webSeedTimeout);
    try {
      const range = `bytes=${span.offset}-${span.offset + span.length - 1}`;
      const signal = AbortSignal.any([seed.stop.signal, idle.signal]);
      const answer = await send(this.#http, url, {
        signal,
        headers: { range, "accept-encoding": "identity" },
      });
      checkAnswer(answer, url, span);
      let left = span.length;
      for await (const bytes of answer.body) {
        clearTimeout(timer);
        timer = setTimeout(silent, this.#pace.webSeedTimeout);
        if (bytes.length > left)
          throw new Refusal({ doing: `fetch ${url}`, found: "more bytes than were asked for" });
        left -= bytes.length;
        this.down.add(bytes.length);
        yield bytes;
      }
      if (left > 0)
        throw new NetworkError({ doing: `fetch ${url}`, found: `the end ${left} bytes too early` });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends all requests. */
  close(): void {
    for (const { stop } of this.#seeds) stop.abort();
  }
}

/** The server is overloaded. */
class BusyError extends NetworkError {
  readonly waitMs: number;
  constructor(url: string, status: number, retryAfter: string | undefined) {
    super({ doing: `fetch ${url}`, found: `status ${status}: the server is busy` });
    const seconds = /^\d{1,6}$/.test(retryAfter ?? "") ? Number(retryAfter) : 0;
    this.waitMs = 1000 * Math.min(seconds, MAX_RETRY_AFTER_S);
  }
}

/** @throws NetworkError unless the answer holds the part of the file that was asked for, and nothing else. */
function checkAnswer(answer: HttpAnswer, url: string, { file, offset, length }: Span): void {
  const { status } = answer;
  const [, from, to, total] =
    /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(answer.header("content-range") ?? "") ?? [];
  const isPart =
    status === 206 &&
    Number(from) === offset &&
    Number(to) === offset + length - 1 &&
    (total === "*" || Number(total) === file.byteLength);
  const isWhole = status === 200 && offset === 0 && length === file.byteLength;
  if (isPart || isWhole) return;
  answer.discard();
  if (status === 429 || status === 503) throw new BusyError(url, status, answer.header("retry-after"));
  if (status >= 500) throw new NetworkError({ doing: `fetch ${url}`, found: `status ${status}` });
  const expected = `status 206 with the bytes ${offset} to ${offset + length - 1} of ${file.byteLength}`;
  const found = status === 206 ? `the range "${answer.header("content-range") ?? ""}"` : `status ${status}`;
  throw new Refusal({ doing: `fetch ${url}`, expected, found });
}

/** Cuts a stream of bytes that starts at a piece into blocks. */
class BlockCutter {
  readonly #torrent: Torrent;
  readonly #done: (block: { readonly piece: number; readonly index: number }, bytes: Uint8Array) => void;
  #piece: number;
  #index = 0;
  #bytes: Uint8Array;
  #filled = 0;

  constructor(
    torrent: Torrent,
    first: number,
    done: (block: { readonly piece: number; readonly index: number }, bytes: Uint8Array) => void,
  ) {
    this.#torrent = torrent;
    this.#done = done;
    this.#piece = first;
    this.#bytes = new Uint8Array(blockLength(torrent, first, 0));
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.#bytes.length - this.#filled);
      this.#bytes.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#bytes.length) this.#next();
    }
  }

  #next(): void {
    this.#done({ piece: this.#piece, index: this.#index }, this.#bytes);
    this.#filled = 0;
    this.#index++;
    if (this.#index * BLOCK_BYTES >= pieceLength(this.#torrent, this.#piece)) {
      this.#piece++;
      this.#index = 0;
    }
    if (this.#piece < this.#torrent.pieceCount)
      this.#bytes = new Uint8Array(blockLength(this.#torrent, this.#piece, this.#index));
  }
}
