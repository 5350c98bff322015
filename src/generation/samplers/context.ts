/** State that the steps of a chain share: the tokens so far, the random numbers, and the selecting step's memory. */
import type { Random } from "../../base/random.ts";

/** Tokens accepted so far, newest last; grows by doubling. */
export class TokenHistory {
  #tokens = new Uint32Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(token: number): void {
    if (this.#length === this.#tokens.length) {
      const grown = new Uint32Array(this.#length * 2);
      grown.set(this.#tokens);
      this.#tokens = grown;
    }
    this.#tokens[this.#length++] = token;
  }

  /** The last `count` tokens (−1: all) as a view, valid until the next push. */
  last(count: number): Uint32Array {
    const from = count < 0 ? 0 : Math.max(0, this.#length - count);
    return this.#tokens.subarray(from, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  clone(): TokenHistory {
    const copy = new TokenHistory();
    copy.#tokens = this.#tokens.slice();
    copy.#length = this.#length;
    return copy;
  }
}

export interface SamplerContext {
  readonly vocabSize: number;
  readonly history: TokenHistory;
  readonly random: Random;
  /** One number per token, all zero between steps. */
  readonly perToken: Float64Array;
  /** The selecting step's memory (mirostat's μ). */
  memory: number;
}
