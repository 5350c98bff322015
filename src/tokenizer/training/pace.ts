/** Lets others run while something long computes: the event loop gets its turn, and an abort is noticed. */
const SLICE_MS = 30;

export class Pace {
  readonly #signal: AbortSignal | undefined;
  #restedAt = performance.now();

  constructor(signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    this.#signal = signal;
  }

  /** Whether it is time to rest. */
  get isDue(): boolean {
    return performance.now() - this.#restedAt > SLICE_MS;
  }

  /** Waits for a turn of the event loop. Throws the signal's reason if it aborted. */
  async rest(): Promise<void> {
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    this.#signal?.throwIfAborted();
    this.#restedAt = performance.now();
  }
}
