/**
 * Brings the missing bytes of a part from one address, over one or several connections. Each connection takes the next
 * missing segment and asks for its range. Bytes are written as they arrive, so that a cut costs none of them.
 */
import type { CriaError } from "../../base/errors.ts";
import { FormatError } from "../../base/errors.ts";
import { type Range, Ranges } from "../../base/ranges.ts";
import type { PartFile } from "../../platform/disk.ts";
import type { HttpAnswer } from "../../platform/http.ts";
import { type Client, ConnectionError, publicAddress, unreachable } from "./request.ts";
import { isTemporary, type RetryPolicy, retryAfter, TemporaryFailure, withRetries } from "./retry.ts";

export interface FetchOptions {
  readonly client: Client;
  readonly url: string;
  /** The error for an answer that is no success. */
  readonly refusal: (answer: HttpAnswer) => CriaError;
  readonly signal?: AbortSignal | undefined;
  /** Default 4. Files of one segment use one. */
  readonly connections?: number | undefined;
  /** What one request asks for, at most. Default 64 MiB. */
  readonly segmentBytes?: number | undefined;
  readonly retry?: RetryPolicy | undefined;
  /** Ranges to bring first, in this order; the rest follows in the file's order. Read before each request. */
  readonly first?: (() => readonly Range[]) | undefined;
  /** Of the file that the part belongs to: answers with another are refused, so that two files are never mixed. */
  readonly etag?: string | undefined;
  /** Called after bytes were written. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

export const SEGMENT_BYTES = 64 << 20;
const CONNECTIONS = 4;
/** Bytes that are collected before they are written: what a killed process loses per connection. */
export const FLUSH_BYTES = 1 << 20;

/** A server that sends the whole file instead of a range. */
class RangeIgnored extends Error {}

/** Resolves when the part is complete. @throws what `refusal` returns, NetworkError, FileError, or the signal's reason. */
export async function fetchPart(part: PartFile, options: FetchOptions): Promise<void> {
  const { segmentBytes = SEGMENT_BYTES, connections = CONNECTIONS } = options;
  const count = Math.max(1, Math.min(connections, Math.ceil(part.byteLength / segmentBytes)));
  try {
    await together(
      count,
      options.signal,
      (signal) => new Fetcher(part, { ...options, signal }),
      segmentBytes,
    );
  } catch (error) {
    if (!(error instanceof RangeIgnored)) throw error;
    await withRetries(() => new Fetcher(part, options).whole(), {
      policy: options.retry,
      signal: options.signal,
      progress: () => part.have.size,
    });
  }
}

/** Runs the connections. The first that fails ends the others; all have ended when this returns. */
async function together(
  count: number,
  signal: AbortSignal | undefined,
  create: (signal: AbortSignal) => Fetcher,
  segmentBytes: number,
): Promise<void> {
  const ending = new AbortController();
  const stop = () => ending.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener("abort", stop, { once: true });
  const fetcher = create(ending.signal);
  const failures: unknown[] = [];
  const connections = Array.from({ length: count }, async () => {
    try {
      await fetcher.segments(segmentBytes);
    } catch (error) {
      failures.push(error);
      ending.abort(error);
    }
  });
  await Promise.all(connections);
  signal?.removeEventListener("abort", stop);
  signal?.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}

class Fetcher {
  readonly #part: PartFile;
  readonly #options: FetchOptions;
  /** Segments that connections are working on. */
  readonly #taken = new Set<Range>();

  constructor(part: PartFile, options: FetchOptions) {
    this.#part = part;
    this.#options = options;
  }

  /** One connection: segment after segment until none is left. */
  async segments(segmentBytes: number): Promise<void> {
    const { retry, signal } = this.#options;
    for (let segment = this.#take(segmentBytes); segment !== undefined; segment = this.#take(segmentBytes)) {
      const { start, end } = segment;
      const progress = () => this.#part.have.firstGap(start, end)?.start ?? end;
      try {
        await withRetries(() => this.#range(start, end), { policy: retry, signal, progress });
      } finally {
        this.#taken.delete(segment);
      }
    }
  }

  /** The next bytes that are neither there nor on their way. */
  #take(segmentBytes: number): Range | undefined {
    const { byteLength, have } = this.#part;
    const settled = new Ranges([...have.parts, ...this.#taken]);
    const wanted = [...(this.#options.first?.() ?? []), { start: 0, end: byteLength }];
    for (const { start, end } of wanted) {
      const gap = settled.firstGap(start, Math.min(end, byteLength));
      if (gap === undefined) continue;
      const segment = { start: gap.start, end: Math.min(gap.end, gap.start + segmentBytes) };
      this.#taken.add(segment);
      return segment;
    }
    return undefined;
  }

  /** Asks for what is missing of [start, end). */
  async #range(start: number, end: number): Promise<void> {
    const gap = this.#part.have.firstGap(start, end);
    if (gap === undefined) return;
    const answer = await this.#send({ range: `bytes=${gap.start}-${end - 1}` });
    const wantsAll = gap.start === 0 && end === this.#part.byteLength;
    if (answer.status === 200 && !wantsAll) {
      answer.discard();
      throw new RangeIgnored();
    }
    if (answer.status === 206) checkRange(answer, gap.start, this.#part.byteLength);
    await this.#receive(answer, gap.start, end);
  }

  /** Asks for the whole file and keeps what is missing. */
  async whole(): Promise<void> {
    const { byteLength } = this.#part;
    const answer = await this.#send({});
    const length = answer.header("content-length");
    if (length !== undefined && Number(length) !== byteLength) {
      answer.discard();
      throw changed(answer, `a file of ${byteLength} bytes`, `one of ${length}`);
    }
    await this.#receive(answer, 0, byteLength);
  }

  async #send(headers: Record<string, string>): Promise<HttpAnswer> {
    const { client, url, signal, refusal } = this.#options;
    const answer = await client.send({ url, headers, signal });
    const { status } = answer;
    if (status === 206 || status === 200) {
      this.#checkEtag(answer);
      return answer;
    }
    answer.discard();
    const error = refusal(answer);
    // A presigned address to which the hub redirected has expired: the hub will give another.
    const hasExpired = status === 403 && answer.url !== url;
    if (isTemporary(status) || hasExpired) {
      throw new TemporaryFailure(error, retryAfter(answer.header("retry-after")));
    }
    throw error;
  }

  #checkEtag(answer: HttpAnswer): void {
    const { etag } = this.#options;
    const found = answer.header("etag");
    if (etag === undefined || found === undefined || found === etag) return;
    answer.discard();
    throw changed(answer, `the file with the etag ${etag.slice(0, 100)}`, found.slice(0, 100));
  }

  /** Writes the body's bytes, which start at `start` and are needed up to `end`. */
  async #receive(answer: HttpAnswer, start: number, end: number): Promise<void> {
    const buffer = new Uint8Array(Math.min(FLUSH_BYTES, end - start));
    let at = start;
    let filled = 0;
    const flush = async () => {
      const from = at - filled;
      const bytes = buffer.subarray(0, filled);
      filled = 0;
      await this.#keep(from, bytes);
    };
    try {
      for await (const chunk of answer.body) {
        let rest = chunk.subarray(0, end - at);
        while (rest.byteLength > 0) {
          const taken = rest.subarray(0, buffer.byteLength - filled);
          buffer.set(taken, filled);
          filled += taken.byteLength;
          at += taken.byteLength;
          rest = rest.subarray(taken.byteLength);
          if (filled === buffer.byteLength) await flush();
        }
        if (at >= end) break;
      }
    } catch (cause) {
      this.#options.signal?.throwIfAborted();
      throw unreachable(this.#options.url, cause);
    } finally {
      await flush();
      answer.discard();
    }
    if (at < end) {
      throw new ConnectionError({
        doing: `fetch ${publicAddress(this.#options.url)}`,
        found: "the connection was cut",
        fix: "try again; what has arrived is kept",
      });
    }
  }

  /** Writes the bytes that are not there already. */
  async #keep(start: number, bytes: Uint8Array): Promise<void> {
    const end = start + bytes.byteLength;
    for (let gap = this.#part.have.firstGap(start, end); gap; gap = this.#part.have.firstGap(start, end)) {
      await this.#part.write(gap.start, bytes.subarray(gap.start - start, gap.end - start));
      this.#options.onBytes?.(gap.end - gap.start);
    }
  }
}

function changed(answer: HttpAnswer, expected: string, found: string): FormatError {
  return new FormatError({
    doing: `fetch ${publicAddress(answer.url)}`,
    expected,
    found,
    fix: "the file changed on the server, or the server is faulty; try again",
  });
}

/** Content-Range of a partial answer: `bytes 5-9/10` (RFC 9110, 14.4). */
function checkRange(answer: HttpAnswer, start: number, byteLength: number): void {
  const found = answer.header("content-range");
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(found ?? "") ?? [];
  // A page may be forbidden to see the header.
  if (found === undefined || (Number(from) === start && (total === "*" || Number(total) === byteLength)))
    return;
  answer.discard();
  throw changed(answer, `bytes from ${start} of ${byteLength}`, found.slice(0, 80));
}
