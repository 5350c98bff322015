/**
 * Watches losses and gradient norms for failures that training does not recover from by itself. A step whose norm is
 * not finite changes nothing (the optimiser ensures that): it is skipped. A loss that stays far above the recent mean
 * indicates that an earlier step did harm: the run returns to its last checkpoint and continues with other data. Both
 * are counted, and too many of them end the run.
 */

export interface GuardOptions {
  /** A loss is a spike if it exceeds the running mean by this many deviations, and by 10 % (default 8). */
  readonly deviations: number;
  /** Spikes in a row that trigger a rewind (default 5). */
  readonly patience: number;
  /** Non-finite steps in a row that end the run (default 10). */
  readonly mostSkipped: number;
  /** Most rewinds of a run (default 3). */
  readonly mostRewinds: number;
}

export const GUARD_DEFAULTS: GuardOptions = {
  deviations: 8,
  patience: 5,
  mostSkipped: 10,
  mostRewinds: 3,
};

/** Part of a checkpoint: a resumed run judges like the original. */
export interface GuardState {
  readonly steps: number;
  readonly mean: number;
  readonly variance: number;
  /** Spikes in a row. */
  readonly spikes: number;
  readonly skipped: number;
  /** Rewinds in total. */
  readonly rewinds: number;
}

const NEW: GuardState = { steps: 0, mean: 0, variance: 0, spikes: 0, skipped: 0, rewinds: 0 };

/** Weight of the newest loss in the running mean and deviation. */
const SHARE = 0.02;
/** Steps until mean and deviation are meaningful. */
const SETTLED = 50;
const LEAST_EXCESS = 0.1;

export type Verdict = "good" | "spike" | "skipped" | "rewind" | "hopeless";

/** Judges the loss and norm of each step, and counts skipped steps and rewinds. */
export class Guard {
  readonly #options: GuardOptions;
  #state: GuardState;

  constructor(options: Partial<GuardOptions> = {}, state: GuardState = NEW) {
    this.#options = { ...GUARD_DEFAULTS, ...options };
    this.#state = state;
  }

  get state(): GuardState {
    return this.#state;
  }

  /** Judges a step. "rewind" and "hopeless" require action by the caller; "rewind" is already counted. */
  judge({ loss, norm }: { readonly loss: number; readonly norm: number }): Verdict {
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) return this.#skip();
    this.#state = { ...this.#state, skipped: 0 };
    if (!this.#isSpike(loss)) {
      this.#learn(loss);
      return "good";
    }
    const spikes = this.#state.spikes + 1;
    this.#state = { ...this.#state, spikes };
    if (spikes < this.#options.patience) return "spike";
    const rewinds = this.#state.rewinds + 1;
    this.#state = { ...this.#state, spikes: 0, rewinds };
    return rewinds > this.#options.mostRewinds ? "hopeless" : "rewind";
  }

  #skip(): Verdict {
    const skipped = this.#state.skipped + 1;
    this.#state = { ...this.#state, skipped };
    return skipped >= this.#options.mostSkipped ? "hopeless" : "skipped";
  }

  #isSpike(loss: number): boolean {
    const { steps, mean, variance } = this.#state;
    if (steps < SETTLED) return false;
    return loss > mean * (1 + LEAST_EXCESS) && loss > mean + this.#options.deviations * Math.sqrt(variance);
  }

  #learn(loss: number): void {
    const { steps, mean, variance } = this.#state;
    const share = Math.max(SHARE, 1 / (steps + 1));
    const off = loss - mean;
    this.#state = {
      ...this.#state,
      steps: steps + 1,
      mean: mean + share * off,
      variance: steps === 0 ? 0 : (1 - share) * (variance + share * off * off),
      spikes: 0,
    };
  }
}
