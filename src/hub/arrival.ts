/**
 * A GGUF file that is used while it is fetched: header first, then layers in order, the results'
 * matrix, and last the embedding, of which only the rows of the text's tokens are needed earlier. The file's checksum is
 * known at its end only; until then, what is computed rests on bytes that only the connection vouches for.
 */
import { platform } from "#platform";
import type { ByteSource } from "../base/bytes.ts";
import type { Range } from "../base/ranges.ts";
import { type GgufHeader, type GgufTensorInfo, readGgufHeader } from "../formats/gguf/index.ts";
import type { PartFile } from "../platform/disk.ts";
import { MissingBytes, nextPrefix, partialSource } from "./partial-source.ts";
import type { PulledModel } from "./pull.ts";

/** What the transfer tells and asks; see PullOptions. */
export interface TransferWatch {
  /** The file with the weights is being fetched into this part. */
  onPart(part: PartFile, path: string): void;
  /** Bytes were written. */
  onWritten(): void;
  /** Ranges to bring first, in this order. */
  first(): readonly Range[];
}

export interface NeedOptions {
  readonly tokens?: ArrayLike<number> | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Waiter {
  readonly isMet: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const EMBEDDING = "token_embd.weight";
const RESULTS = "output.weight";
/** Ranges with a smaller distance are asked for together. */
const NEAR_BYTES = 1 << 16;

/** What is brought before the header is known to be longer. */
const START: readonly Range[] = [{ start: 0, end: nextPrefix(Number.POSITIVE_INFINITY, 0) }];

export class Arrival {
  readonly path: string;
  /** Resolves when the file is complete, verified and in its place. */
  readonly done: Promise<PulledModel>;
  readonly #part: PartFile;
  readonly #tensors = new Map<string, GgufTensorInfo>();
  #order: readonly Range[] = [];
  #urgent: readonly Range[] = [];
  #waiters: Waiter[] = [];
  #failure: { readonly error: unknown } | undefined;
  #isDone = false;

  readonly #stop: AbortController;

  private constructor(part: PartFile, path: string, transfer: Promise<PulledModel>, stop: AbortController) {
    this.#stop = stop;
    this.#part = part;
    this.path = path;
    this.done = transfer;
    transfer.then(
      () => {
        this.#isDone = true;
        this.#wake();
      },
      (error) => {
        this.#failure = { error };
        this.#wake();
      },
    );
  }

  /**
   * Starts a transfer and resolves when the model can be opened: its header is here.
   * @param start starts the transfer, which ends at the signal.
   * @param signal ends it too.
   * @returns the finished transfer where nothing is fetched, or files cannot be read while they arrive.
   */
  static async start(
    start: (watch: TransferWatch, signal: AbortSignal) => Promise<PulledModel>,
    signal?: AbortSignal,
  ): Promise<Arrival | PulledModel> {
    const stop = new AbortController();
    signal?.addEventListener("abort", () => stop.abort(signal.reason), { once: true });
    let arrival: Arrival | undefined;
    let begin: (started: { part: PartFile; path: string }) => void;
    const begun = new Promise<{ part: PartFile; path: string }>((resolve) => {
      begin = resolve;
    });
    const transfer = start(
      {
        onPart: (part, path) => begin({ part, path }),
        onWritten: () => {
          if (arrival !== undefined) arrival.#wake();
        },
        first: () => (arrival === undefined ? START : arrival.#wanted()),
      },
      stop.signal,
    );
    const first = await Promise.race([begun, transfer]);
    if (!("part" in first)) return first;
    using source = platform.open(first.path);
    if (!source.mapped) return transfer;
    arrival = new Arrival(first.part, first.path, transfer, stop);
    try {
      await arrival.#open(source);
      return arrival;
    } catch (error) {
      arrival.stop(error);
      throw error;
    }
  }

  /** Ends the transfer; what has arrived is kept. No effect when it is done. */
  stop(reason: unknown): void {
    this.#stop.abort(reason);
  }

  /** Ranges that the transfer brings next. */
  #wanted(): readonly Range[] {
    return [...this.#urgent, ...this.#order];
  }

  async #open(source: ByteSource): Promise<void> {
    const header = await this.#header(source);
    for (const tensor of header.tensors) this.#tensors.set(tensor.name, tensor);
    this.#order = orderOf(header);
    const atStart = header.tensors.filter(isReadAtStart).map(rangeOf);
    await this.#wait(atStart, {});
  }

  async #header(source: ByteSource): Promise<GgufHeader> {
    const { have } = this.#part;
    const { byteLength } = source;
    const partial = partialSource(
      source.name,
      byteLength,
      (start, end) => this.#isDone || have.has(start, end),
      (offset, length) => source.bytes(offset, length),
    );
    let end = nextPrefix(byteLength, 0);
    for (;;) {
      await this.#wait([{ start: 0, end }], {});
      try {
        return readGgufHeader(partial);
      } catch (error) {
        if (!(error instanceof MissingBytes)) throw error;
        end = nextPrefix(byteLength, end, error);
      }
    }
  }

  /** Whether all of these tensors are here. @throws what ended the transfer. */
  has(names: readonly string[]): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#isDone || names.every((name) => this.#isHere(this.#rangesOf([name], undefined)));
  }

  /** Resolves when these tensors, and the embedding's rows of these tokens, are here. */
  async need(names: readonly string[], { tokens, signal }: NeedOptions = {}): Promise<void> {
    await this.#wait(this.#rangesOf(names, tokens), { signal });
  }

  /** A tensor that the file does not name has no bytes; the model's checks have refused it if it is required. */
  #rangesOf(names: readonly string[], tokens: ArrayLike<number> | undefined): Range[] {
    const whole = names.flatMap((name) => {
      const tensor = this.#tensors.get(name);
      return tensor === undefined ? [] : [rangeOf(tensor)];
    });
    const table = this.#tensors.get(EMBEDDING);
    if (tokens === undefined || table === undefined) return whole;
    const rowBytes = table.byteLength / table.shape[0];
    const rows = Array.from(new Set(Array.from(tokens)), (token) => {
      const start = table.offset + token * rowBytes;
      return { start, end: start + rowBytes };
    });
    return [...whole, ...merged(rows.sort((a, b) => a.start - b.start))];
  }

  #isHere(ranges: readonly Range[]): boolean {
    return ranges.every(({ start, end }) => this.#part.have.has(start, end));
  }

  async #wait(ranges: readonly Range[], { signal }: NeedOptions): Promise<void> {
    const isMet = () => this.#isDone || this.#isHere(ranges);
    if (this.#failure !== undefined) throw this.#failure.error;
    if (isMet()) return;
    this.#urgent = ranges;
    await new Promise<void>((resolve, reject) => {
      const stop = () => reject(signal?.reason);
      signal?.throwIfAborted();
      signal?.addEventListener("abort", stop, { once: true });
      const end = () => signal?.removeEventListener("abort", stop);
      this.#waiters.push({
        isMet,
        resolve: () => {
          end();
          resolve();
        },
        reject: (error) => {
          end();
          reject(error);
        },
      });
    });
  }

  #wake(): void {
    const waiting = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiting) {
      if (this.#failure !== undefined) waiter.reject(this.#failure.error);
      else if (waiter.isMet()) waiter.resolve();
      else this.#waiters.push(waiter);
    }
  }
}

const rangeOf = ({ offset, byteLength }: GgufTensorInfo): Range => ({
  start: offset,
  end: offset + byteLength,
});

/** Read when a model is opened: rotary divisors, and vectors that are converted. */
const isReadAtStart = ({ name, shape, dtype }: GgufTensorInfo): boolean =>
  shape.length < 2 && (dtype !== "F32" || name === "rope_freqs.weight");

/** The order of use. Tensors of other names are not used, and come last, in the file's order. */
function orderOf({ tensors, dataOffset }: GgufHeader): Range[] {
  const isTied = !tensors.some(({ name }) => name === RESULTS);
  const place = (tensor: GgufTensorInfo): number => {
    if (isReadAtStart(tensor)) return -1;
    if (tensor.name === EMBEDDING) return isTied ? 1e9 : Number.POSITIVE_INFINITY;
    if (tensor.name === RESULTS || tensor.name === "output_norm.weight") return 1e9;
    const [, layer] = /^blk\.(\d{1,6})\./.exec(tensor.name) ?? [];
    return layer === undefined ? Number.POSITIVE_INFINITY : Number(layer);
  };
  const placed = tensors.map((tensor) => ({ at: place(tensor), range: rangeOf(tensor) }));
  const used = placed.filter(({ at }) => at !== Number.POSITIVE_INFINITY);
  used.sort((a, b) => a.at - b.at || a.range.start - b.range.start);
  return merged([{ start: 0, end: dataOffset }, ...used.map(({ range }) => range)]);
}

/** Neighbours in the list that are near each other in the file become one range. */
function merged(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    const isNear = last !== undefined && range.start >= last.start && range.start <= last.end + NEAR_BYTES;
    if (isNear) result[result.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    else result.push(range);
  }
  return result;
}
