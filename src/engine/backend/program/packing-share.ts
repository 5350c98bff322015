/**
 * Part of a step's time for which weights that are still in the file are packed before the next step. One token's products read
 * most types from huge pages of the file nearly as fast as packed weights, and from small ones a tenth to a fifth slower. So
 * steps with several tokens gain most, but a prompt alone gains little: packing begins after some such steps in a row. In small
 * pages it also begins after many steps: it takes as much time as those gain by it.
 */
const SHARES = { soon: 1 / 2, late: 1 / 4 };
const STEPS_IN_A_ROW = 4;
const MANY_STEPS = 256;

/** How many bytes of weights may be packed before a step, so that texts are hardly delayed. */
export class PackingShare {
  /** Of the last step. */
  #stepSeconds = 0;
  #steps = 0;
  /** Steps with several tokens, up to the last step. */
  #inARow = 0;
  /** Of the last packing; a guess before the first. */
  #bytesPerSecond = 1e9;
  readonly #inHugePages: () => boolean;
  /** Determined when it first matters; the first step maps the file's pages. */
  #isHuge: boolean | undefined;

  /** @param inHugePages whether the file's pages are huge. */
  constructor(inHugePages: () => boolean) {
    this.#inHugePages = inHugePages;
  }

  /** Bytes of weights of which steps are slow, or not, in huge pages of the file. 0 before the first step. */
  bytes(isSlowInFile: boolean): number {
    if (this.#stepSeconds === 0) return 0;
    if (!isSlowInFile && !this.#isWorthwhile()) return 0;
    return this.#stepSeconds * (isSlowInFile ? SHARES.soon : SHARES.late) * this.#bytesPerSecond;
  }

  /** Whether packing of most types pays. */
  #isWorthwhile(): boolean {
    if (this.#inARow >= STEPS_IN_A_ROW) return true;
    if (this.#steps < MANY_STEPS) return false;
    this.#isHuge ??= this.#inHugePages();
    return !this.#isHuge;
  }

  /** @param several whether the step multiplies weights with several tokens. */
  async around<T>(step: () => Promise<T>, several: boolean): Promise<T> {
    const start = performance.now();
    try {
      return await step();
    } finally {
      this.#steps++;
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
