/** Yields to the event loop during long computations, so that other tasks run and an abort is noticed. */
const SLICE_MS = 30;

export class Pace {
  readonly #signal: AbortSignal | undefined;
  #restedAt = performance.now();

  constructor(signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    this.#signal = signal;
  }

  /** Whether it is time to yield. */
  get isDue(): boolean {
    return performance.now() - this.#restedAt > SLICE_MS;
  }

  /** Yields to the event loop once. Throws the signal's reason if it was aborted. */
  async rest(): Promise<void> {
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    this.#signal?.throwIfAborted();
    this.#restedAt = performance.now();
  }
}
