/** A text that has a place: what is still to be computed, and whether it can give the place up. */
import type { CachedSequence } from "../cache/index.ts";
import type { Waiting } from "./queue.ts";

export interface Running extends Waiting {
  sequence: CachedSequence;
  /** True if all but the first of the pending tokens are guesses: those that do not fit are dropped. */
  guessing: boolean;
  /** True until some of the tokens pending when it got its place have been computed. */
  begins: boolean;
}

/** Whether a text can be computed again later: not while rows of its prompt have been reported in part. */
export const isPausable = ({ job, prefilled }: Running): boolean =>
  job.onlyReads !== true && (prefilled || job.promptRows !== "all");

/** Whether these tokens of a text are those that follow, one and guesses, and not of its prompt. */
export const isNext = ({
  pending,
  guessing,
}: {
  readonly pending: readonly number[];
  readonly guessing: boolean;
}): boolean => guessing || pending.length === 1;

/** The pending tokens without guesses. */
export const withoutGuesses = ({ pending, guessing }: Running): readonly number[] =>
  guessing ? pending.slice(0, 1) : pending;
