/** A job that only reads: it collects the requested results for tokens of a text, and generates nothing. */
import type { AdapterUse } from "../model/adapters.ts";
import type { StepWants } from "../model/graphs.ts";
import type { StepResult } from "../model/step-arrays.ts";
import type { Job, TextEnding } from "./job.ts";

export class RowsJob implements Job {
  readonly prompt: readonly number[];
  readonly wants: StepWants;
  readonly signal: AbortSignal | undefined;
  readonly owner: object | undefined;
  readonly adapters: readonly AdapterUse[] | undefined;
  readonly promptRows = "all";
  readonly onlyReads = true;
  /** One result per chunk of the text; rejects if the job fails. */
  readonly results: Promise<readonly StepResult[]>;
  readonly #chunks: StepResult[] = [];
  #settle: ((reason: TextEnding) => void) | undefined;

  /** @param owner kept reachable while the job runs. */
  constructor(
    prompt: readonly number[],
    wants: StepWants,
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly owner?: object | undefined;
      readonly adapters?: readonly AdapterUse[] | undefined;
    } = {},
  ) {
    this.owner = options.owner;
    this.prompt = prompt;
    this.wants = wants;
    this.signal = options.signal;
    this.adapters = options.adapters;
    this.results = new Promise((resolve, reject) => {
      this.#settle = (reason) => (reason.kind === "failed" ? reject(reason.error) : resolve(this.#chunks));
    });
  }

  promptChunk(result: StepResult): void {
    this.#chunks.push(result);
  }
  prefilled(): void {}
  next(result: StepResult): undefined {
    this.#chunks.push(result);
  }
  shifted(): void {}
  ended(reason: TextEnding): void {
    this.#settle?.(reason);
  }
}
