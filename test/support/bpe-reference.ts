/**
 * Byte-pair training in its simplest form, as the oracle of src/tokenizer/training: words are lists of strings, and
 * after every merge all pairs of all words are counted again.
 */
import { BYTE_CHARS, bytesToAlphabet } from "../../src/tokenizer/byte-alphabet.ts";

export interface ReferenceRules {
  /** Whether left + right may become a piece. */
  readonly mayMerge: (text: string) => boolean;
  /** Order of pairs with equal counts. */
  readonly compare: (a: readonly [string, string], b: readonly [string, string]) => number;
  readonly minFrequency: number;
  readonly onMerge?: (text: string) => void;
}

/** Words and how often each occurs, as lists of symbols. */
export type ReferenceWords = readonly { readonly symbols: readonly string[]; readonly count: number }[];

/** The first `wanted` merges, or all if there are fewer. A text that is already a piece is not merged another way. */
export function referenceMerges(
  words: ReferenceWords,
  wanted: number,
  rules: ReferenceRules,
): [string, string][] {
  const state = words.map(({ symbols, count }) => ({ symbols: [...symbols], count }));
  const merges: [string, string][] = [];
  const made = new Set<string>();
  while (merges.length < wanted) {
    const counts = new Map<string, { pair: [string, string]; count: number }>();
    for (const { symbols, count } of state) {
      for (let i = 0; i + 1 < symbols.length; i++) {
        const key = JSON.stringify([symbols[i], symbols[i + 1]]);
        const entry = counts.get(key) ?? { pair: [symbols[i], symbols[i + 1]], count: 0 };
        entry.count += count;
        counts.set(key, entry);
      }
    }
    const [best] = [...counts.values()]
      .filter(({ pair, count }) => {
        const text = pair.join("");
        return count >= rules.minFrequency && !made.has(text) && rules.mayMerge(text);
      })
      .sort((a, b) => b.count - a.count || rules.compare(a.pair, b.pair));
    if (best === undefined) break;
    const [left, right] = best.pair;
    merges.push([left, right]);
    made.add(left + right);
    rules.onMerge?.(left + right);
    for (const { symbols } of state) {
      for (let i = 0; i + 1 < symbols.length; i++) {
        if (symbols[i] === left && symbols[i + 1] === right) symbols.splice(i, 2, left + right);
      }
    }
  }
  return merges;
}

export interface SpmReferenceOptions {
  readonly coverage: number;
  readonly maxPieceLength: number;
  readonly splitDigits: boolean;
  readonly splitByUnicodeScript: boolean;
  readonly splitByWhitespace: boolean;
  readonly splitByNumber: boolean;
  readonly allowWhitespaceOnlyPieces: boolean;
  readonly addDummyPrefix: boolean;
  /** Texts from which no piece is learned. */
  readonly symbols: readonly string[];
}

const byCodePoint = (a: string, b: string): number => {
  const [x, y] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < x.length && i < y.length; i++) {
    const difference = (x[i].codePointAt(0) ?? 0) - (y[i].codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return x.length - y.length;
};
const lengthOf = (text: string): number => Array.from(text).length;

/** Merged pieces in order, then the single characters. */
export function referenceSpmPieces(
  document: string,
  wantedMerges: number,
  options: SpmReferenceOptions,
): string[] {
  const lines = document.split("\n").filter((line) => line !== "");
  const pattern = [...options.symbols]
    .sort((a, b) => b.length - a.length)
    .map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
    .join("|");
  const sentences = lines.map((line) => {
    const normal = (options.addDummyPrefix ? "▁" : "") + line.replaceAll(" ", "▁");
    return pattern === "" ? normal : normal.replace(new RegExp(pattern, "gu"), "\t");
  });
  const characters = coveredCharacters(sentences.join(""), options.coverage);
  const words = new Map<string, number>();
  for (const sentence of sentences) {
    const covered = Array.from(sentence, (char) => (characters.includes(char) ? char : "\t")).join("");
    for (const word of wordsOf(covered, options)) words.set(word, (words.get(word) ?? 0) + 1);
  }
  const merges = referenceMerges(
    [...words].map(([word, count]) => ({ symbols: Array.from(word), count })),
    wantedMerges,
    {
      minFrequency: 1,
      mayMerge: (text) => isPiece(text, options),
      compare: (a, b) =>
        lengthOf(a.join("")) - lengthOf(b.join("")) ||
        byCodePoint(a.join(""), b.join("")) ||
        lengthOf(a[0]) - lengthOf(b[0]),
    },
  );
  return [...merges.map(([left, right]) => left + right), ...characters];
}

function coveredCharacters(text: string, coverage: number): string[] {
  const counts = new Map<string, number>();
  for (const char of text) {
    if (char !== "\0" && char !== "▅") counts.set(char, (counts.get(char) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const chosen: string[] = [];
  let covered = 0;
  for (const [char, count] of [...counts].sort((a, b) => b[1] - a[1] || byCodePoint(a[0], b[0]))) {
    if (Math.fround(covered / total) >= Math.fround(coverage)) break;
    covered += count;
    if (char !== "\t") chosen.push(char);
  }
  return chosen;
}

function wordsOf(sentence: string, options: SpmReferenceOptions): string[] {
  if (!options.splitByWhitespace) return [sentence];
  return sentence.match(options.allowWhitespaceOnlyPieces ? /▁+[^▁]*|[^▁]+/g : /▁[^▁]*|[^▁]+/g) ?? [];
}

/** The script, for the characters of the tests' texts. */
function scriptOf(char: string): string {
  if (/^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]$/u.test(char)) return "Han";
  for (const name of ["Latin", "Cyrillic", "Greek", "Hangul", "Inherited"]) {
    if (new RegExp(`^\\p{Script=${name}}$`, "u").test(char)) return name;
  }
  return "Common";
}

function isPiece(text: string, options: SpmReferenceOptions): boolean {
  const chars = Array.from(text);
  if (chars.length > options.maxPieceLength || /[\t\0▅]/.test(text)) return false;
  if (options.splitDigits && chars.length > 1 && /[0-9０-９]/.test(text)) return false;
  const onlySpaces = /^▁+$/.test(text) && options.allowWhitespaceOnlyPieces;
  if (options.splitByWhitespace && !onlySpaces && text.includes("▁", 1)) return false;
  if (!options.splitByWhitespace && !onlySpaces && chars.length > 1 && text.endsWith("▁")) return false;
  if (!options.splitByUnicodeScript) return true;
  let before: string | undefined;
  for (const char of chars.filter((one) => one !== "▁")) {
    let script: string | undefined = scriptOf(char);
    if (script === "Inherited") script = before;
    if (!options.splitByNumber && /[0-9０-９]/.test(char)) script = undefined;
    if (script !== undefined && before !== undefined && script !== before) return false;
    before = script;
  }
  return true;
}

const GPT2 = /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
const LLAMA3 =
  /'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu;

/** Merges as in tokenizer.json. Ties go to the pair with the lower ids. */
export function referenceByteMerges(
  documents: readonly string[],
  wanted: number,
  { pre, minFrequency }: { pre: "gpt-2" | "llama-bpe"; minFrequency: number },
): string[] {
  const words = new Map<string, number>();
  for (const document of documents) {
    for (const word of document.match(pre === "gpt-2" ? GPT2 : LLAMA3) ?? []) {
      const bytes = bytesToAlphabet(new TextEncoder().encode(word));
      words.set(bytes, (words.get(bytes) ?? 0) + 1);
    }
  }
  const list = [...words].map(([word, count]) => ({ symbols: Array.from(word), count }));
  const ids = new Map([...BYTE_CHARS].sort().map((char, id) => [char, id]));
  const idOf = (text: string): number => ids.get(text) ?? -1;
  const merges = referenceMerges(list, wanted, {
    minFrequency,
    mayMerge: () => true,
    compare: (a, b) => idOf(a[0]) - idOf(b[0]) || idOf(a[1]) - idOf(b[1]),
    onMerge: (text) => ids.set(text, ids.size),
  });
  return merges.map(([left, right]) => `${left} ${right}`);
}
