/**
 * The size of prompt chunks while other texts generate. Every running text waits for the whole step, so a chunk that takes
 * long delays their next tokens. The pace measures what a step costs, and limits the prompt tokens of a step so that it
 * takes at most `maxGapMs`. The bound on the gap between two tokens of a running text is therefore the greater of
 * `maxGapMs` and the time of a step with one page of prompt, by the measurements so far.
 */

export interface PaceOptions {
  /** Most milliseconds of a step in which texts generate. Infinity: prompts fill every step. */
  readonly maxGapMs: number;
  /** Least tokens of a chunk: one page, so that pages become complete. */
  readonly pageSize: number;
}

/** Weights of a new measurement: one above the estimate counts more, since a step that is too long is worse. */
const RISE = 0.5;
const FALL = 0.25;

export class Pace {
  readonly #options: PaceOptions;
  /** Milliseconds of a step without prompts. */
  #base = 0;
  /** Milliseconds per prompt token, beyond the base. 0: not measured yet. */
  #perToken = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Most prompt tokens of the next step, in which texts generate. */
  get promptTokens(): number {
    const { maxGapMs, pageSize } = this.#options;
    if (maxGapMs === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    if (this.#perToken === 0) return pageSize;
    const fits = Math.floor((maxGapMs - this.#base) / this.#perToken);
    return Math.max(pageSize, fits - (fits % pageSize));
  }

  /** A step has taken `ms` milliseconds for `prompt` tokens of prompts, and the next tokens of other texts. */
  observe(ms: number, prompt: number): void {
    if (prompt === 0) this.#base = blend(this.#base, ms);
    // In a few tokens the fixed costs of a step outweigh those of the tokens.
    else if (prompt >= this.#options.pageSize)
      this.#perToken = blend(this.#perToken, Math.max(0, ms - this.#base) / prompt);
  }
}

/** The first measurement is the estimate. */
function blend(before: number, measured: number): number {
  if (before === 0) return measured;
  return before + (measured > before ? RISE : FALL) * (measured - before);
}
