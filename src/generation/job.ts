/** A text as the scheduler sees it: what it needs, and how it decides what comes next. */
import type { AdapterUse } from "../model/adapters.ts";
import type { StepWants } from "../model/graphs.ts";
import type { StepResult, WantedRows } from "../model/step-arrays.ts";
import type { Shorten } from "./shorten.ts";

/** What a job does next. */
export interface Advance {
  /**
   * Tokens to compute in the next step, at least one: the next token, and guessed tokens that may follow it. The rows
   * of all of them come back, or of the first ones if the step or the context has no space for more.
   */
  readonly tokens: readonly number[];
  /** Number of the tokens just computed to keep; wrong guesses are dropped. Default: all. */
  readonly keep?: number | undefined;
}

/** One text, as the scheduler sees it. */
export interface Job {
  readonly prompt: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /** True once nobody reads the rest; the text then ends with "left". */
  readonly abandoned?: boolean | undefined;
  /** Results requested from each step (default: logits). */
  readonly wants?: StepWants | undefined;
  /** Prompt tokens with results (default: the last). "all" computes the whole prompt, whatever the cache holds. */
  readonly promptRows?: Exclude<WantedRows, "none"> | undefined;
  /** True if the text is only read: it generates nothing, so it need not wait for others to end. */
  readonly onlyReads?: boolean | undefined;
  /** Texts of one client take turns, so that they leave places to those of others. Default: "". */
  readonly client?: string | undefined;
  /** Adapters of the text, from the runner (default: none). */
  readonly adapters?: readonly AdapterUse[] | undefined;
  /** Space of texts that may share the cache with this one; see SequenceOptions. */
  readonly space?: string | undefined;
  /** False: nothing is read from the cache or left in it. */
  readonly shares?: boolean | undefined;
  /** Chooses the tokens to keep when the context is full. Absent: the job ends with "context". */
  readonly shorten?: Shorten | undefined;
  /** A part of the prompt has been computed, all of its rows were requested, and more of it follows. */
  promptChunk?(result: StepResult): void;
  /** The prompt has been computed, except `cachedTokens` tokens found in the cache. Called before the first `next`. */
  prefilled(cachedTokens: number): void;
  /**
   * Decides from the rows of the last step; undefined ends the text. May throw, which ends it too. The next step overwrites
   * the logits, unless the job only reads.
   * @param room number of tokens that still fit the context; if it is 0, none may be added.
   */
  next(result: StepResult, room: number): Advance | undefined;
  /**
   * Guesses tokens that may follow the next one, before the step that computes it; as `Advance.tokens` after the first.
   * All texts wait for it.
   * @param room most guesses that fit the context.
   */
  guess?(room: number): readonly number[] | Promise<readonly number[]>;
  /** Tokens were dropped by a shift. */
  shifted(dropped: number): void;
  /** Called exactly once. `context`: no room for another token. */
  ended(reason: TextEnding): void;
}

/** How a job ended. */
export type TextEnding =
  | { readonly kind: "done" | "context" | "left" }
  | { readonly kind: "failed"; readonly error: unknown };
