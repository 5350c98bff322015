/**
 * Weights move into huge pages while steps run. Weights stream up to 1.5 times as fast through pages of 2 MiB, but
 * having them from the start makes the first token late: the system clears each of them first, which in a virtual
 * machine can take milliseconds. So memory begins with small pages, and after every step a portion is joined in the
 * background, as much as takes a fraction of a step's time. Nothing happens without steps: a process that is done is
 * not kept alive.
 */
import type { KernelHost, Region } from "./kernel-host.ts";

const PAGE_BYTES = 2 << 20;
/** Part of a step's time that a portion may take, so that texts do not wait for processors. */
const SHARE = 1 / 4;

interface Waiting {
  readonly region: Region;
  /** Bytes from the start that are done. */
  done: number;
}

export class HugePages {
  readonly #host: KernelHost;
  #waiting: Waiting[] = [];
  /** Bytes joined per second, the last time. */
  #rate = 0;
  #busy = false;

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

  /**
   * Starts the next portion, if the last one has ended.
   * @param stepSeconds how long the step took that has just run.
   */
  next(stepSeconds: number): void {
    if (this.#busy || this.#waiting.length === 0) return;
    const pages = Math.max(1, Math.floor((this.#rate * stepSeconds * SHARE) / PAGE_BYTES));
    this.#busy = true;
    void this.#join(pages * PAGE_BYTES).finally(() => {
      this.#busy = false;
    });
  }

  /** What the system refuses stays as it is: this is advice. */
  async #join(portion: number): Promise<void> {
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
