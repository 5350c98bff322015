/**
 * The frozen test set of the chat model: items with rules that a program checks. It was written before any tuning and
 * must not change, because scores before and after a change are only comparable on the same items.
 */

/** What an answer must be like. Words are matched whole, in any case; several words in a row count as one. */
export interface Rule {
  /** All of these occur. */
  readonly all?: readonly string[];
  /** At least one of these occurs. */
  readonly any?: readonly string[];
  /** None of these occurs. */
  readonly none?: readonly string[];
  /** Fewest and most words. */
  readonly words: readonly [least: number, most: number];
  /** It ends with a whole sentence, and no sentence occurs twice. */
  readonly story?: true;
}

export interface Item {
  /** User and assistant in turn; the last is the user's. */
  readonly turns: readonly string[];
  readonly rule: Rule;
  /** An answer that passes, and one that does not. */
  readonly good: string;
  readonly bad: string;
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];

function occurs(words: readonly string[], wanted: string): boolean {
  return ` ${words.join(" ")} `.includes(` ${wordsOf(wanted).join(" ")} `);
}

/** Ends with a whole sentence and repeats none of more than three words. */
function isStory(text: string): boolean {
  const sentences = text
    .split(/(?<=[.!?]["']?)\s+/)
    .map((sentence) => wordsOf(sentence).join(" "))
    .filter((sentence) => sentence.split(" ").length > 3);
  return /[.!?]["']?\s*$/.test(text) && new Set(sentences).size === sentences.length;
}

export function passes(answer: string, { all = [], any = [], none = [], words, story }: Rule): boolean {
  const said = wordsOf(answer);
  const [least, most] = words;
  return (
    said.length >= least &&
    said.length <= most &&
    all.every((wanted) => occurs(said, wanted)) &&
    (any.length === 0 || any.some((wanted) => occurs(said, wanted))) &&
    !none.some((unwanted) => occurs(said, unwanted)) &&
    (story !== true || isStory(answer.trim()))
  );
}
