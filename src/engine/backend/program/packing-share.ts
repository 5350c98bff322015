/**
 * Part of a step's time for which weights that are still in the file are packed before the next step. One token's products read
 * huge pages of the file nearly as fast as packed weights of most types. For these only steps with several tokens gain, and a
 * prompt alone gains little: their packing begins after some such steps in a row.
 */
const SHARES = { soon: 1 / 2, late: 1 / 4 };
const STEPS_IN_A_ROW = 4;

/** How many bytes of weights may be packed before a step, so that texts are hardly delayed. */
export class PackingShare {
  /** Of the last step. */
  #stepSeconds = 0;
  /** Steps with several tokens, up to the last step. */
  #inARow = 0;
  /** Of the last packing; a guess before the first. */
  #bytesPerSecond = 1e9;
  readonly #inHugePages: () => boolean;
  /** Determined after the first step, which maps the file's pages. */
  #isHuge: boolean | undefined;

  /** @param inHugePages whether the file's pages are huge. */
  constructor(inHugePages: () => boolean) {
    this.#inHugePages = inHugePages;
  }

  /** Bytes of weights of which steps are slow, or not, in huge pages of the file. 0 before the first step. */
  bytes(isSlowInFile: boolean): number {
    if (this.#stepSeconds === 0) return 0;
    this.#isHuge ??= this.#inHugePages();
    const mayWait = this.#isHuge && !isSlowInFile;
    if (mayWait && this.#inARow < STEPS_IN_A_ROW) return 0;
    return this.#stepSeconds * (mayWait ? SHARES.late : SHARES.soon) * this.#bytesPerSecond;
  }

  /** @param several whether the step multiplies weights with several tokens. */
  async around<T>(step: () => Promise<T>, several: boolean): Promise<T> {
    const start = performance.now();
    try {
      return await step();
    } finally {
      this.#stepSeconds = (performance.now() - start) / 1e3;
      this.#inARow = several ? this.#inARow + 1 : 0;
    }
  }

  async packing(bytes: number, pack: () => Promise<void>): Promise<void> {
    const start = performance.now();
    await pack();
    this.#bytesPerSecond = bytes / ((performance.now() - start) / 1e3);
  }
}
