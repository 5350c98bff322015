/** Part of a step's time for which weights that are still in the file are packed before the next step. */
const SHARE = 1 / 2;

/** How many bytes of weights may be packed before a step, so that texts are hardly delayed. */
export class PackingShare {
  /** Of the last step. */
  #stepSeconds = 0;
  /** Of the last packing; a guess before the first. */
  #bytesPerSecond = 1e9;

  /** 0 before the first step. */
  get bytes(): number {
    return this.#stepSeconds * SHARE * this.#bytesPerSecond;
  }

  async around<T>(step: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await step();
    } finally {
      this.#stepSeconds = (performance.now() - start) / 1e3;
    }
  }

  async packing(bytes: number, pack: () => Promise<void>): Promise<void> {
    const start = performance.now();
    await pack();
    this.#bytesPerSecond = bytes / ((performance.now() - start) / 1e3);
  }
}
