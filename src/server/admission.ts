/** Limits on the requests that run or wait: in all, and of each client. */
import { ApiError } from "./errors.ts";

export interface AdmissionLimits {
  /** Most requests that wait beyond the places of the models. */
  readonly maxQueue: number;
  readonly maxPerClient: number;
}

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #byClient = new Map<string, number>();
  #total = 0;
  /** Recent seconds per request, for Retry-After. */
  #seconds = 1;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Requests that run or wait. */
  get total(): number {
    return this.#total;
  }

  /**
   * Admits a request, or refuses it.
   * @param places texts that the model generates at once.
   * @returns releases the request's place; call it once.
   * @throws ApiError 429.
   */
  enter(client: string, places: number): () => void {
    const { maxQueue, maxPerClient } = this.#limits;
    const own = this.#byClient.get(client) ?? 0;
    const retryAfter = (this.#seconds * Math.max(1, this.#total - places)) / places;
    if (own >= maxPerClient) {
      throw new ApiError(429, `More than ${maxPerClient} requests of one client at a time`, {
        code: "too_many_requests",
        retryAfter,
      });
    }
    if (this.#total >= places + maxQueue) {
      throw new ApiError(429, `The queue is full: ${this.#total} requests run or wait`, {
        code: "queue_full",
        retryAfter,
      });
    }
    this.#total++;
    this.#byClient.set(client, own + 1);
    const from = performance.now();
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#total--;
      const left = (this.#byClient.get(client) ?? 1) - 1;
      if (left === 0) this.#byClient.delete(client);
      else this.#byClient.set(client, left);
      this.#seconds = 0.9 * this.#seconds + 0.1 * ((performance.now() - from) / 1000);
    };
  }
}
