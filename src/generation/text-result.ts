/** The result of a generation: its tokens one by one, and the summary. */
import type { TopLogprobs } from "./logprobs.ts";
import type { Finish } from "./stop.ts";

/** A token's log-probability with its own text. */
export interface TextLogprob {
  readonly token: number;
  /** The text of this token alone; U+FFFD replaces bytes that do not form a whole character. */
  readonly text: string;
  /** Natural logarithm. */
  readonly logprob: number;
}

/** The log-probability of a generated token, and of the most likely ones, best first. */
export interface TokenLogprobs extends TextLogprob {
  readonly top: readonly TextLogprob[];
}

/**
 * One generated token. `text` is what it added to the text: "" while a character is incomplete or a stop string may
 * have begun. The token that ended the text is not included.
 */
export interface GeneratedToken {
  readonly token: number;
  readonly text: string;
  readonly logprobs?: TokenLogprobs;
}

/** Why a text ended. "context": the context was full. "left": the reader left the loop, and nobody waited for more. */
export type GenerationFinish = Finish | { readonly reason: "context" } | { readonly reason: "left" };

export interface GenerationResult {
  readonly text: string;
  /** Without the token that ended the text. */
  readonly tokens: readonly number[];
  /** One per token, if requested. */
  readonly logprobs?: readonly TokenLogprobs[];
  /** One per token of the prompt, if requested; nothing precedes the first. */
  readonly promptLogprobs?: readonly (TokenLogprobs | undefined)[];
  /** Guessed tokens, and how many of them were right; if any could be guessed. */
  readonly speculation?: { readonly guessed: number; readonly accepted: number };
  readonly finish: GenerationFinish;
  readonly seed: number;
  readonly promptTokens: number;
  /** Tokens of the prompt taken from the cache instead of being computed. */
  readonly cachedTokens: number;
  /** Tokens dropped by context shifts. */
  readonly droppedTokens: number;
  readonly timings: GenerationTimings;
}

export interface GenerationTimings {
  /** From the start to the logits of the whole prompt, in seconds. */
  readonly promptSeconds: number;
  /** From there to the end. */
  readonly generationSeconds: number;
  /** From the start to the first token. */
  readonly firstTokenSeconds: number;
}

/** Adds the tokens' texts. */
export function withTexts(
  { token, logprob, top }: TopLogprobs,
  textOf: (token: number) => string,
): TokenLogprobs {
  const told = (entry: { readonly token: number; readonly logprob: number }): TextLogprob => ({
    token: entry.token,
    text: textOf(entry.token),
    logprob: entry.logprob,
  });
  return { ...told({ token, logprob }), top: top.map(told) };
}
