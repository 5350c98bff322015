/**
 * Texts that wait for a place. A free place goes to the client with the fewest running texts, so that one client's many
 * texts do not keep another's waiting; among the texts of a client, and among equal clients, the order of arrival decides.
 * A text that gave up its place comes before those that never had one.
 */
import type { Job } from "./job.ts";

/** A text that waits for a place, for the first time or again. */
export interface Waiting {
  readonly job: Job;
  /** Tokens still to be computed. */
  pending: number[];
  /** Tokens of the prompt found in the cache. */
  cached: number;
  prefilled: boolean;
}

export class FairQueue {
  readonly #waiting: Waiting[] = [];

  get length(): number {
    return this.#waiting.length;
  }
  get all(): readonly Waiting[] {
    return this.#waiting;
  }

  /** A new text. */
  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  /** A text that gave up its place. */
  giveBack(waiting: Waiting): void {
    this.#waiting.unshift(waiting);
  }

  remove(waiting: Waiting): void {
    const index = this.#waiting.indexOf(waiting);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  clear(): Waiting[] {
    return this.#waiting.splice(0);
  }

  /** The text whose turn it is, given the texts that run. Undefined if none waits. */
  next(running: readonly { readonly job: Job }[]): Waiting | undefined {
    const counts = new Map<string, number>();
    for (const { job } of running) counts.set(job.client ?? "", (counts.get(job.client ?? "") ?? 0) + 1);
    let best: Waiting | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting) {
      const count = waiting.prefilled ? -1 : (counts.get(waiting.job.client ?? "") ?? 0);
      if (count < fewest) [best, fewest] = [waiting, count];
    }
    return best;
  }
}
