/**
 * Weights move into huge pages while nothing else happens, and a little while steps run. Weights stream up to 1.5
 * times as fast through pages of 2 MiB, but having them from the start makes the first token late: the system clears
 * each of them first, which in a virtual machine can take milliseconds. So memory begins with small pages, which are
 * joined in the background: when weights rest, piece after piece, and after each step as much as takes a small part
 * of a step's time. Timers and pieces are short: a process that is done is not kept alive.
 */
import type { KernelHost, Region } from "./kernel-host.ts";

const PAGE_BYTES = 2 << 20;
/** Part of a step's time that joining may take, so that texts do not wait for processors. */
const SHARE = 1 / 8;
/** Weights rest when no step has used them for so long. */
const REST_MS = 50;
/** Joined at once while they rest. */
const REST_PAGES = 4;

interface Waiting {
  readonly region: Region;
  /** Bytes from the start that are done. */
  done: number;
}

/** Joins the pages of filled memory while no step needs the processors. */
export class HugePages {
  readonly #host: KernelHost;
  #waiting: Waiting[] = [];
  /** Bytes joined per second, the last time. */
  #rate = 0;
  #steps = 0;
  #busy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: KernelHost) {
    this.#host = host;
  }

  /** Lets a region take part. */
  add(region: Region): void {
    if (this.#host.joinPages === undefined || region.byteLength < PAGE_BYTES) return;
    this.#waiting.push({ region, done: 0 });
  }

  remove(region: Region): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.region !== region);
  }

  /** Runs a step over the weights; when it has ended, the next pages are joined. */
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

  /** To be called when regions have been filled: what nobody uses is joined from now on. */
  rest(delay: number = REST_MS): void {
    clearTimeout(this.#timer);
    if (this.#waiting.length === 0) return;
    const timer = setTimeout(() => {
      if (this.#steps === 0) this.#join(REST_PAGES, 0);
    }, delay);
    // Where timers hold a process, this one does not.
    (timer as { unref?: () => void }).unref?.();
    this.#timer = timer;
  }

  /** Joins some pages, and goes on so much later if nothing else happens. */
  #join(pages: number, delay: number): void {
    if (this.#busy || this.#waiting.length === 0) return;
    this.#busy = true;
    void this.#joinBytes(pages * PAGE_BYTES).finally(() => {
      this.#busy = false;
      this.rest(delay);
    });
  }

  /** What the system refuses stays as it is: this is advice. */
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
