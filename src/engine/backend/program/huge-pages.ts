/**
 * Moves weights to huge pages in the background. Weights stream up to 1.5 times as fast through pages of 2 MiB. But
 * huge pages from the start would delay the first token: the system clears each page first, which can take
 * milliseconds in a virtual machine. So memory starts with small pages, which are joined later: continuously while
 * the weights are idle, and after each step for a small part of the step's time. Timers and pieces are short, so that
 * they do not keep a finished process alive.
 */
import type { KernelHost, Region } from "./kernel-host.ts";

const PAGE_BYTES = 2 << 20;
/** Part of a step's time that joining may take, so that it does not delay texts. */
const SHARE = 1 / 8;
/** Weights are idle after this time without a step. */
const REST_MS = 50;
/** Pages joined at once while weights are idle. */
const REST_PAGES = 4;

interface Waiting {
  readonly region: Region;
  /** Bytes from the start that have been joined. */
  done: number;
}

/** Joins the pages of filled memory while no step needs the processors. */
export class HugePages {
  readonly #host: KernelHost;
  #waiting: Waiting[] = [];
  /** Bytes per second of the last join. */
  #rate = 0;
  #steps = 0;
  #busy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: KernelHost) {
    this.#host = host;
  }

  /** Adds a region whose pages may be joined. */
  add(region: Region): void {
    if (this.#host.joinPages === undefined || region.byteLength < PAGE_BYTES) return;
    this.#waiting.push({ region, done: 0 });
  }

  remove(region: Region): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.region !== region);
  }

  /** Runs a step over the weights, then joins the next pages. */
  async around<T>(step: () => Promise<T>): Promise<T> {
    const start = performance.now();
    this.#steps++;
    try {
      return await step();
    } finally {
      this.#steps--;
      const seconds = (performance.now() - start) / 1e3;
      this.#join(Math.max(1, Math.floor((this.#rate * seconds * SHARE) / PAGE_BYTES)), REST_MS);
    }
  }

  /** Starts joining in the background. Call it when regions have been filled. */
  rest(delay: number = REST_MS): void {
    clearTimeout(this.#timer);
    if (this.#waiting.length === 0) return;
    const timer = setTimeout(() => {
      if (this.#steps === 0) this.#join(REST_PAGES, 0);
    }, delay);
    // In Node a timer keeps the process alive; this one must not.
    (timer as { unref?: () => void }).unref?.();
    this.#timer = timer;
  }

  /** Joins some pages, and continues after `delay` ms if no step runs. */
  #join(pages: number, delay: number): void {
    if (this.#busy || this.#waiting.length === 0) return;
    this.#busy = true;
    void this.#joinBytes(pages * PAGE_BYTES).finally(() => {
      this.#busy = false;
      this.rest(delay);
    });
  }

  /** Joining is advisory: pages that the system refuses to join stay small. */
  async #joinBytes(portion: number): Promise<void> {
    const start = performance.now();
    let left = portion;
    while (left > 0 && this.#waiting.length > 0) {
      const waiting = this.#waiting[0];
      const { region, done } = waiting;
      const length = Math.min(left, region.byteLength - done);
      waiting.done += length;
      left -= length;
      if (waiting.done >= region.byteLength) this.remove(region);
      await this.#host.joinPages?.(region.address + BigInt(done), length);
    }
    this.#rate = (portion - left) / ((performance.now() - start) / 1e3);
  }
}
