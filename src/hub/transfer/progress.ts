/** How far a transfer is: bytes, rate over the last seconds, time left. */

export interface TransferProgress {
  /** The file that is being fetched. */
  readonly file: string;
  /** Of all files together, with what was there before. */
  readonly done: number;
  readonly total: number;
  /** Received by this process. */
  readonly received: number;
  /** Over the last seconds; undefined at the start. */
  readonly bytesPerSecond: number | undefined;
  readonly secondsLeft: number | undefined;
  /** Another process fetches the file, and this one waits for it. */
  readonly waiting: boolean;
}

export type ReportProgress = (progress: TransferProgress) => void;

const WINDOW_MS = 5_000;
const REPORT_MS = 100;
/** A rate over less is not reported. */
const MIN_RATE_MS = 500;

export class Meter {
  readonly #report: ReportProgress;
  readonly #total: number;
  #done: number;
  #received = 0;
  #file = "";
  #reported = Number.NEGATIVE_INFINITY;
  /** Bytes received until each moment of the window. */
  #samples: { readonly at: number; readonly received: number }[] = [];

  /** @param done bytes that are there already. */
  constructor(report: ReportProgress | undefined, total: number, done: number) {
    this.#report = report ?? (() => {});
    this.#total = total;
    this.#done = done;
  }

  get received(): number {
    return this.#received;
  }

  startFile(name: string): void {
    this.#file = name;
    this.#tell(true);
  }

  add(count: number): void {
    this.#received += count;
    this.#done += count;
    this.#tell(this.#done >= this.#total);
  }

  /** Bytes that are there without having been received here: a part of an earlier run, or another's. */
  found(count: number): void {
    this.#done += count;
    this.#tell(true);
  }

  waiting(): void {
    this.#tell(false, true);
  }

  #tell(always: boolean, waiting = false): void {
    const at = performance.now();
    if (!always && at - this.#reported < REPORT_MS) return;
    this.#reported = at;
    this.#samples = this.#samples.filter((sample) => at - sample.at <= WINDOW_MS);
    this.#samples.push({ at, received: this.#received });
    const [oldest] = this.#samples;
    const elapsed = at - oldest.at;
    const bytesPerSecond =
      elapsed < MIN_RATE_MS ? undefined : ((this.#received - oldest.received) / elapsed) * 1000;
    this.#report({
      file: this.#file,
      done: this.#done,
      total: this.#total,
      received: this.#received,
      bytesPerSecond,
      secondsLeft: bytesPerSecond ? (this.#total - this.#done) / bytesPerSecond : undefined,
      waiting,
    });
  }
}
