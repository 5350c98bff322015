/**
 * Checks whether a generated story is coherent to its end, by rules that a program can verify. They find broken
 * stories; passing them does not make a story good.
 */

export interface StoryChecks {
  /** The model ended it, with a whole sentence. */
  readonly ends: boolean;
  /** No sentence occurs twice, and no sequence of four words more than three times. */
  readonly doesNotLoop: boolean;
  /** All names in its last third occur earlier, and one of the first names still occurs. */
  readonly keepsNames: boolean;
  /** Every quotation mark has its partner. */
  readonly closesQuotes: boolean;
}

const MOST_REPEATS = 3;

export function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?]["']?)\s+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => /\w/.test(sentence));
}

/** Capitalised words inside a sentence or speech are names, except these. */
const NO_NAMES = new Set(
  (
    "I I'm I'll I'd I've Mr Mrs Miss Mom Dad Mommy Daddy Mama Papa Mum Grandma Grandpa End " +
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Christmas Birthday"
  ).split(" "),
);

export function namesOf(text: string): Set<string> {
  const found = text.matchAll(/(?<=[a-z,;] )([A-Z][a-z]+)\b/g);
  return new Set([...found].map(([, name]) => name).filter((name) => !NO_NAMES.has(name)));
}

function doesNotLoop(text: string): boolean {
  const sentences = sentencesOf(text).filter((sentence) => sentence.split(" ").length > 3);
  if (new Set(sentences).size < sentences.length) return false;
  const words = text.toLowerCase().match(/[\w']+/g) ?? [];
  const counts = new Map<string, number>();
  for (let i = 0; i + 4 <= words.length; i++) {
    const gram = words.slice(i, i + 4).join(" ");
    const count = (counts.get(gram) ?? 0) + 1;
    if (count > MOST_REPEATS) return false;
    counts.set(gram, count);
  }
  return true;
}

function keepsNames(text: string): boolean {
  const sentences = sentencesOf(text);
  const cut = Math.max(1, Math.ceil((2 * sentences.length) / 3));
  const before = sentences.slice(0, cut).join(" ");
  const after = sentences.slice(cut).join(" ");
  const isKnown = (name: string) => new RegExp(`\\b${name}\\b`).test(before);
  if (![...namesOf(after)].every(isKnown)) return false;
  const first = [...namesOf(before)];
  return first.length === 0 || after === "" || first.some((name) => after.includes(name));
}

/** @param ended true if the model generated its end of text. */
export function checkStory(text: string, ended: boolean): StoryChecks {
  return {
    ends: ended && /[.!?]["']?\s*$/.test(text),
    doesNotLoop: doesNotLoop(text),
    keepsNames: keepsNames(text),
    closesQuotes: (text.match(/"/g)?.length ?? 0) % 2 === 0,
  };
}

/** The checks in words. */
export const checkNames: Readonly<Record<keyof StoryChecks, string>> = {
  ends: "ends by itself, with a whole sentence",
  doesNotLoop: "repeats no sentence, and no four words more than three times",
  keepsNames: "keeps its names, and adds none in its last third",
  closesQuotes: "closes its quotation marks",
};

export function isCoherent(checks: StoryChecks): boolean {
  return Object.values(checks).every(Boolean);
}
