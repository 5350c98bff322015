/** A job's contribution to a step. */
import type { StepWants } from "../model/graphs.ts";
import type { WantedRows } from "../model/step-arrays.ts";
import type { Job, TextEnding } from "./job.ts";

/** Progress of a text. */
interface PromptState {
  readonly job: Job;
  readonly pending: readonly number[];
  readonly prefilled: boolean;
  readonly guessing: boolean;
}

/** The ending of a text that nobody wants any more; undefined while it is wanted. */
export function unwanted({ signal, abandoned }: Job): TextEnding | undefined {
  if (signal?.aborted) return { kind: "failed", error: signal.reason };
  return abandoned === true ? { kind: "left" } : undefined;
}

/** Rows of a chunk with results: all if the job requests all or has guessed tokens; else the last row of the prompt. */
export function rowsOf({ job, pending, prefilled, guessing }: PromptState, length: number): WantedRows {
  if (guessing || (!prefilled && job.promptRows === "all")) return "all";
  return length === pending.length ? "last" : "none";
}

/** Union of the results that the jobs request. */
export function wantsOf(chunks: readonly { readonly running: { readonly job: Job } }[]): StepWants {
  const all = chunks.map(({ running }) => running.job.wants ?? { logits: true });
  return {
    logits: all.some(({ logits }) => logits === true),
    hidden: all.some(({ hidden }) => hidden === true),
    taps: [...new Set(all.flatMap(({ taps = [] }) => taps))],
  };
}
