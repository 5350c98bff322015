/** The steps with which tokenizer.json files describe how byte-level text is split into words. */

/**
 * A Split by its pattern or by a literal string, Digits, Punctuation, or ByteLevel with GPT-2's splitting.
 */
export type Step =
  | { readonly kind: "split"; readonly pattern: string }
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "digits"; readonly individual: boolean }
  /** A run of punctuation is one word, or (individual) one word per character. */
  | { readonly kind: "punctuation"; readonly individual: boolean }
  | { readonly kind: "gpt2" };

/** Key for looking up steps. */
export const keyOfSteps = (steps: readonly Step[]): string => JSON.stringify(steps);
