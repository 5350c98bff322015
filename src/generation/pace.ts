/**
 * The size of prompt chunks while other texts generate. Every running text waits for the whole step, so a chunk that takes
 * long delays their next tokens. The pace measures what a token of a step costs, and limits the prompt tokens of a step so
 * that it takes `maxGapMs`. The bound on the gap between two tokens of a running text is therefore the greater of
 * `maxGapMs` and the time of a step with one page of prompt, by the measurements so far.
 */

export interface PaceOptions {
  /** Most milliseconds of a step in which texts generate. Infinity: prompts fill every step. */
  readonly maxGapMs: number;
  /** Least tokens of a chunk: one page, so that prompts end. */
  readonly pageSize: number;
}

/** Tokens of a step. */
export interface StepTokens {
  /** Of prompts. */
  readonly prompt: number;
  /** The next ones of other texts. */
  readonly next: number;
}

/** Weights of a new measurement: one above the estimate counts more, since a step that is too long is worse. */
const RISE = 0.5;
const FALL = 0.25;

export class Pace {
  readonly #options: PaceOptions;
  /**
   * Milliseconds per token of a step; undefined: not measured yet. A step also has a fixed cost, so a token costs less in
   * a larger step: sizes that follow from this approach the limit from below.
   */
  #perToken: number | undefined;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Most prompt tokens of the next step, in which this many tokens of other texts are computed. */
  promptTokens(next: number): number {
    const { maxGapMs, pageSize } = this.#options;
    if (maxGapMs === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    if (this.#perToken === undefined) return pageSize;
    return Math.max(pageSize, Math.floor(maxGapMs / this.#perToken) - next);
  }

  /** A step has taken `ms` milliseconds. */
  observe(ms: number, { prompt, next }: StepTokens): void {
    // In a few tokens the fixed cost of a step outweighs that of the tokens; steps of prompts alone are far larger.
    if (prompt < this.#options.pageSize || next === 0) return;
    const measured = ms / (prompt + next);
    const before = this.#perToken ?? measured;
    this.#perToken = before + (measured > before ? RISE : FALL) * (measured - before);
  }
}
