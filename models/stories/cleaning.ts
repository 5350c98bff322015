/** Cleaning of text that people wrote: one kind of quotes, no headings, no sentences that a small model cannot follow. */

const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/[\u2018\u2019\u201a\u201b\u2032\u00b4`]/g, "'"],
  [/[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb]/g, '"'],
  [/\u2026/g, "..."],
  [/\s*(?:--+|[\u2013\u2014\u2015])\s*/g, " - "],
  [/[\u00a0\u2000-\u200a\u202f\t]/g, " "],
  [/[\u200b-\u200f\ufeff\u00ad]/g, ""],
  [/\r\n?/g, "\n"],
  [/ {2,}/g, " "],
  [/ *\n */g, "\n"],
  [/\n{3,}/g, "\n\n"],
];

/** Letters that English stories need beside ASCII. A text with more than a few others is in another language or broken. */
const FOREIGN = /[^\n -~éèêëàâäçñöüïôîûÉ£°½¼¾]/g;
const MOST_FOREIGN = 0.002;

/** The first line is a heading if a blank line follows and it does not end like a sentence. */
const HEADING = /^[^\n]{1,80}(?<![.!?"'])\n\n/;

export interface Cleaned {
  readonly text: string;
  /** Mean words of a sentence. */
  readonly sentenceWords: number;
}

export function meanSentenceWords(text: string): number {
  const sentences = text.split(/[.!?]+["']?(?:\s+|$)/).filter((sentence) => /\w/.test(sentence));
  const words = text.split(/\s+/).filter((word) => /\w/.test(word));
  return words.length / Math.max(1, sentences.length);
}

/** Undefined if the document is of no use: almost empty, or in other letters. */
export function clean(document: string): Cleaned | undefined {
  let text = document.normalize("NFC");
  for (const [pattern, replacement] of REPLACEMENTS) text = text.replace(pattern, replacement);
  text = text.trim().replace(HEADING, "").trim();
  const foreign = text.match(FOREIGN)?.length ?? 0;
  if (text.length < 60 || foreign > MOST_FOREIGN * text.length) return undefined;
  text = text.replace(FOREIGN, "").trim();
  return { text, sentenceWords: meanSentenceWords(text) };
}
