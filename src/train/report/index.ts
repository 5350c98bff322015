/** A page for watching a run, rewritten while the run is in progress. */
import { platform } from "#platform";
import type { RunRecord } from "../run/metrics.ts";
import type { RunPlan } from "../run/plan.ts";
import { reportPage } from "./page.ts";

/** Milliseconds between two pages if there are only step records. */
const EVERY_MS = 30_000;

/** Writes the report of a run into a file, at most every half minute, and after every other event. */
export class Report {
  readonly #path: string;
  readonly #plan: RunPlan;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(path: string, plan: RunPlan) {
    this.#path = path;
    this.#plan = plan;
  }

  /** Call with every new record, and all records so far. */
  update(record: RunRecord, records: readonly RunRecord[]): void {
    const isDue = performance.now() - this.#writtenAt >= EVERY_MS;
    const isWorth = record.kind === "evaluation" || record.kind === "sample";
    if (isDue || isWorth) this.write(records);
  }

  write(records: readonly RunRecord[]): void {
    this.#writtenAt = performance.now();
    using sink = platform.createFile(this.#path, { overwrite: true });
    sink.write(new TextEncoder().encode(reportPage(this.#plan, records)));
    sink.commit();
  }
}
