/** What a text's part of a step is, by its job. */
import type { StepWants } from "../model/graphs.ts";
import type { WantedRows } from "../model/runner.ts";
import type { Job, TextEnding } from "./scheduler.ts";

/** Where a text stands. */
interface PromptState {
  readonly job: Job;
  readonly pending: readonly number[];
  readonly prefilled: boolean;
  readonly guessing: boolean;
}

/** How a text ends that nobody wants any more. */
export function unwanted({ signal, abandoned }: Job): TextEnding | undefined {
  if (signal?.aborted) return { kind: "failed", error: signal.reason };
  return abandoned === true ? { kind: "left" } : undefined;
}

/** Rows of a chunk: all where the job wants all, or where it has guessed tokens; else the last of the last chunk. */
export function rowsOf({ job, pending, prefilled, guessing }: PromptState, length: number): WantedRows {
  if (guessing || (!prefilled && job.promptRows === "all")) return "all";
  return length === pending.length ? "last" : "none";
}

/** What any of the jobs wants. */
export function wantsOf(chunks: readonly { readonly running: { readonly job: Job } }[]): StepWants {
  const all = chunks.map(({ running }) => running.job.wants ?? { logits: true });
  return {
    logits: all.some(({ logits }) => logits === true),
    hidden: all.some(({ hidden }) => hidden === true),
    taps: [...new Set(all.flatMap(({ taps = [] }) => taps))],
  };
}
