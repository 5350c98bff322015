/** Constants after the code, each stored once, the longest first so that all are aligned. */

export class ConstantPool {
  readonly #constants: (readonly number[])[] = [];
  /** Numbers of the constants that begin with a word: only a few. */
  readonly #byFirstWord = new Map<number, number[]>();
  /** For each use: the constant, the position of the 32-bit distance to it, and the end of the instruction. */
  readonly #uses: number[] = [];

  /** Number of a constant of these 32-bit words. */
  indexOf(words: readonly number[]): number {
    const alike = this.#byFirstWord.get(words[0]);
    if (alike === undefined) {
      this.#byFirstWord.set(words[0], [this.#constants.length]);
      return this.#constants.push(words) - 1;
    }
    for (let i = 0; i < alike.length; i++) if (equal(this.#constants[alike[i]], words)) return alike[i];
    alike.push(this.#constants.length);
    return this.#constants.push(words) - 1;
  }

  /** Registers a use: the distance at `position` refers to a constant; `tail` more bytes of the instruction follow. */
  use(constant: number, position: number, tail: number): void {
    this.#uses.push(constant, position, position + 4 + tail);
  }

  /** Bytes of code and constants together. */
  endBehind(codeLength: number): number {
    if (this.#constants.length === 0) return codeLength;
    return this.#constants.reduce((end, { length }) => end + 4 * length, startBehind(codeLength));
  }

  /** Writes the constants, and the distances to them in the code. */
  write(view: DataView, codeLength: number): void {
    const offsets = this.#offsets(startBehind(codeLength));
    const uses = this.#uses;
    for (let u = 0; u < uses.length; u += 3) view.setInt32(uses[u + 1], offsets[uses[u]] - uses[u + 2], true);
    this.#constants.forEach((words, i) => {
      for (let w = 0; w < words.length; w++) view.setUint32(offsets[i] + 4 * w, words[w] >>> 0, true);
    });
  }

  #offsets(start: number): number[] {
    const order = this.#constants.map((_, i) => i);
    order.sort((a, b) => this.#constants[b].length - this.#constants[a].length);
    const offsets = new Array<number>(order.length);
    let end = start;
    for (const i of order) {
      offsets[i] = end;
      end += 4 * this.#constants[i].length;
    }
    return offsets;
  }
}

const startBehind = (codeLength: number): number => Math.ceil(codeLength / 64) * 64;

function equal(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
