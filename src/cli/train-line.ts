/** The status line of a run: redrawn in place on a terminal, printed at intervals elsewhere. */
import type { StepRecord } from "../train/index.ts";
import { formatCount, formatSeconds } from "./text.ts";

/** Milliseconds between two lines without a terminal, and between two redraws on one. */
const LINE_EVERY_MS = 10_000;
const DRAW_EVERY_MS = 200;
/** Weight of the newest step in the speed from which the remaining time is estimated. */
const SMOOTHING = 0.05;

export class StepLine {
  readonly #steps: number;
  readonly #isTerminal = process.stderr.isTTY === true;
  readonly #ceilingFlops: number | undefined;
  #shownAt = Number.NEGATIVE_INFINITY;
  #drawn = false;
  #speed = 0;

  /** @param ceilingFlops operations per second that the machine can reach. */
  constructor(steps: number, ceilingFlops: number | undefined) {
    this.#steps = steps;
    this.#ceilingFlops = ceilingFlops;
  }

  update(record: StepRecord): void {
    const { step, tokensPerSecond } = record;
    this.#speed =
      this.#speed === 0 ? tokensPerSecond : this.#speed + SMOOTHING * (tokensPerSecond - this.#speed);
    const every = this.#isTerminal ? DRAW_EVERY_MS : LINE_EVERY_MS;
    if (performance.now() - this.#shownAt < every && step < this.#steps) return;
    this.#shownAt = performance.now();
    const text = this.#text(record);
    process.stderr.write(this.#isTerminal ? `\r\x1b[2K${text}` : `${text}\n`);
    this.#drawn = this.#isTerminal;
  }

  #text({ step, loss, learningRate, norm, tokens, flops, tokensPerSecond }: StepRecord): string {
    const share = this.#ceilingFlops === undefined ? undefined : flops / this.#ceilingFlops;
    const left = ((this.#steps - step) * (tokens / step)) / this.#speed;
    return [
      `step ${formatCount(step)}/${formatCount(this.#steps)}`,
      `loss ${loss?.toFixed(4) ?? "none"}`,
      `lr ${learningRate.toExponential(2)}`,
      `norm ${norm?.toFixed(3) ?? "none"}`,
      `${formatCount(Math.round(tokensPerSecond))} tok/s`,
      ...(share === undefined ? [] : [`${(100 * share).toFixed(0)} % of the ceiling`]),
      `${formatSeconds(left)} left`,
    ].join(" | ");
  }

  /** Writes a line that stays. */
  above(line: string): void {
    this.stop();
    process.stderr.write(`${line}\n`);
  }

  stop(): void {
    if (this.#drawn) process.stderr.write("\r\x1b[2K");
    this.#drawn = false;
  }
}
