/** An answer's text in its parts: what the model reasons inside marks, and what it says. */

export interface AnswerParts {
  readonly reasoning: string;
  /** False while the reasoning goes on. */
  readonly isReasoned: boolean;
  readonly text: string;
}

/** Marks around reasoning in the text of well-known models. */
const MARKS: readonly (readonly [open: string, close: string])[] = [
  ["<think>", "</think>"],
  ["<thinking>", "</thinking>"],
  ["<reasoning>", "</reasoning>"],
];

/** Reasoning is only what stands at the beginning, so that text about such marks stays text. */
export function splitAnswer(whole: string): AnswerParts {
  const start = whole.length - whole.trimStart().length;
  const found = MARKS.find(([open]) => whole.startsWith(open, start));
  if (found === undefined) return { reasoning: "", isReasoned: true, text: whole };
  const [open, close] = found;
  const from = start + open.length;
  const to = whole.indexOf(close, from);
  if (to < 0) return { reasoning: whole.slice(from).trim(), isReasoned: false, text: "" };
  return {
    reasoning: whole.slice(from, to).trim(),
    isReasoned: true,
    text: whole.slice(to + close.length).trimStart(),
  };
}
