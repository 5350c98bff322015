/** The steps by which tokenizer.json files describe how byte-level text is cut into words. */

/** A Split by its pattern or by a literal string, Digits, Punctuation, or ByteLevel with GPT-2's cut. */
export type Step =
  | { readonly kind: "split"; readonly pattern: string }
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "digits"; readonly individual: boolean }
  /** A run of punctuation is one word, or (individual) as many as it has characters. */
  | { readonly kind: "punctuation"; readonly individual: boolean }
  | { readonly kind: "gpt2" };

/** Steps are looked up by this. */
export const keyOfSteps = (steps: readonly Step[]): string => JSON.stringify(steps);
