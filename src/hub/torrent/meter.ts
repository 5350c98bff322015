/** Measures bytes per second over the last seconds. */

const WINDOW_MS = 8000;
const SLOT_MS = 500;

export class Meter {
  total = 0;
  readonly #start = performance.now();
  readonly #slots: { readonly at: number; bytes: number }[] = [];

  add(bytes: number, now = performance.now()): void {
    this.total += bytes;
    const last = this.#slots[this.#slots.length - 1];
    if (last !== undefined && now - last.at < SLOT_MS) last.bytes += bytes;
    else this.#slots.push({ at: now, bytes });
    this.#drop(now);
  }

  #drop(now: number): void {
    while (this.#slots.length > 0 && now - this.#slots[0].at > WINDOW_MS) this.#slots.shift();
  }

  /** Bytes per second. */
  rate(now = performance.now()): number {
    this.#drop(now);
    const sum = this.#slots.reduce((bytes, slot) => bytes + slot.bytes, 0);
    const span = Math.min(WINDOW_MS, Math.max(now - this.#start, SLOT_MS));
    return (sum * 1000) / span;
  }
}
