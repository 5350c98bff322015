/** Cleans human-written text: one kind of quotes, no headings, no sentences too long for a small model. */

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

/** Characters foreign to English stories. A text with more than a few of them is in another language or broken. */
const FOREIGN = /[^\n -~éèêëàâäçñöüïôîûÉ£°½¼¾]/g;
const MOST_FOREIGN = 0.002;

/** The first line is a heading if a blank line follows and it does not end like a sentence. */
const HEADING = /^[^\n]{1,80}(?<![.!?"'])\n\n/;

export interface Cleaned {
  readonly text: string;
  /** Mean number of words per sentence. */
  readonly sentenceWords: number;
}

export function meanSentenceWords(text: string): number {
  const sentences = text.split(/[.!?]+["']?(?:\s+|$)/).filter((sentence) => /\w/.test(sentence));
  const words = text.split(/\s+/).filter((word) => /\w/.test(word));
  return words.length / Math.max(1, sentences.length);
}

/** With one kind of quotation marks, dashes, spaces and line ends. */
export function plainMarks(text: string): string {
  let plain = text.normalize("NFC");
  for (const [pattern, replacement] of REPLACEMENTS) plain = plain.replace(pattern, replacement);
  return plain;
}

/** Undefined if the document is unusable: almost empty, or in another script. */
export function clean(document: string): Cleaned | undefined {
  let text = plainMarks(document).trim().replace(HEADING, "").trim();
  const foreign = text.match(FOREIGN)?.length ?? 0;
  if (text.length < 60 || foreign > MOST_FOREIGN * text.length) return undefined;
  text = text.replace(FOREIGN, "").trim();
  return { text, sentenceWords: meanSentenceWords(text) };
}
