/**
 * The alternations of pre-tokeniser patterns, written as scanners instead of regular expressions: a scanner
 * matches at one place and reads every character a bounded number of times, so it takes linear time on any
 * input.
 *
 * A scanner takes the text and a range [at, end) and returns the end of its match, or `at` for no match.
 * Look-ahead treats `end` as the end of the text.
 */
import {
  charClass,
  codePointAt,
  LETTER,
  LOWERISH,
  MARK,
  NEWLINE,
  NUMBER,
  PUNCTUATION,
  SPACE,
  SYMBOL,
  UPPERISH,
  unitsOf,
} from "./char-class.ts";

export type Scanner = (text: string, at: number, end: number) => number;
export type CharTest = (codePoint: number) => boolean;

export const hasClass =
  (bits: number): CharTest =>
  (codePoint) =>
    (charClass(codePoint) & bits) !== 0;
export const lacksClass =
  (bits: number): CharTest =>
  (codePoint) =>
    (charClass(codePoint) & bits) === 0;

/** End of the run of up to `most` characters that pass the test. */
export function runEnd(text: string, at: number, end: number, test: CharTest, most = Infinity): number {
  let to = at;
  for (let count = 0; to < end && count < most; count++) {
    const codePoint = codePointAt(text, to);
    if (!test(codePoint)) break;
    to += unitsOf(codePoint);
  }
  return to;
}

/** The first scanner that matches decides. */
export function firstOf(...scanners: readonly Scanner[]): Scanner {
  return (text, at, end) => {
    for (const scan of scanners) {
      const to = scan(text, at, end);
      if (to > at) return to;
    }
    return at;
  };
}

/** One or more (up to `most`) characters that pass the test. */
export function run(test: CharTest, most = Infinity): Scanner {
  return (text, at, end) => runEnd(text, at, end, test, most);
}

/** An optional character that passes `lead`, then a run: `lead?test+`, then any of `tail`. */
export function ledRun(lead: CharTest, test: CharTest, tail?: CharTest): Scanner {
  return (text, at, end) => {
    const first = codePointAt(text, at);
    let from = at;
    if (lead(first)) {
      const next = at + unitsOf(first);
      if (next < end && test(codePointAt(text, next))) from = next;
    }
    const to = runEnd(text, from, end, test);
    if (to === from) return at;
    return tail === undefined ? to : runEnd(text, to, end, tail);
  };
}

const ENDINGS = new Set(["s", "t", "m", "d", "re", "ve", "ll"]);

function contractionEnd(text: string, at: number, end: number, fold: (text: string) => string): number {
  if (text.charCodeAt(at) !== 0x27) return at;
  for (const length of [1, 2]) {
    if (at + length < end && ENDINGS.has(fold(text.slice(at + 1, at + 1 + length)))) return at + 1 + length;
  }
  return at;
}

/** `'s 't 're 've 'm 'll 'd`, in lower case. */
export const contraction: Scanner = (text, at, end) => contractionEnd(text, at, end, (ending) => ending);

/** The same in upper or lower case, ASCII only. */
const foldAscii = (text: string): string =>
  text.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 32));
export const anyCaseContraction: Scanner = (text, at, end) => contractionEnd(text, at, end, foldAscii);

const isSpace = hasClass(SPACE);
export const isNewline = hasClass(NEWLINE);
export const isBlank: CharTest = (codePoint) => codePoint === 0x20;

/** `\s+(?!\S)|\s+`: a run of white space without its last character if text follows (all are one unit long). */
export const spaces: Scanner = (text, at, end) => {
  const to = runEnd(text, at, end, isSpace);
  return to === end || to - at <= 1 ? to : to - 1;
};

/** `\s*[\r\n]+`: white space up to its last line end. */
export const lineEnds: Scanner = (text, at, end) => {
  let to = runEnd(text, at, end, isSpace);
  while (to > at && !isNewline(text.charCodeAt(to - 1))) to--;
  return to;
};

/** GPT-2: `'s|'t|…| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` */
export const gpt2: Scanner = firstOf(
  contraction,
  ledRun(isBlank, hasClass(LETTER)),
  ledRun(isBlank, hasClass(NUMBER)),
  ledRun(isBlank, lacksClass(SPACE | LETTER | NUMBER)),
  spaces,
);

/** Llama 3 and related models: digits in groups of up to `digits`, `tail` follows a run of punctuation. */
export function llama3(digits: number, tail: CharTest | undefined = isNewline): Scanner {
  return firstOf(
    anyCaseContraction,
    ledRun(lacksClass(NEWLINE | LETTER | NUMBER), hasClass(LETTER)),
    run(hasClass(NUMBER), digits),
    ledRun(isBlank, lacksClass(SPACE | LETTER | NUMBER), tail),
    lineEnds,
    spaces,
  );
}

const isUpperish = hasClass(UPPERISH);
const isLowerish = hasClass(LOWERISH);

/** `U*L+` with backtracking, where U and L share the letters that have no case. */
function upperThenLower(text: string, at: number, end: number): number {
  const upper = runEnd(text, at, end, isUpperish);
  const lower = runEnd(text, upper, end, isLowerish);
  if (lower > upper) return lower;
  for (let to = upper; to > at; ) {
    const before = text.charCodeAt(to - 1) >= 0xdc00 && text.charCodeAt(to - 1) <= 0xdfff ? to - 2 : to - 1;
    if (isLowerish(codePointAt(text, before))) return to;
    to = before;
  }
  return at;
}

/** `U+L*` */
function upperMaybeLower(text: string, at: number, end: number): number {
  const upper = runEnd(text, at, end, isUpperish);
  return upper === at ? at : runEnd(text, upper, end, isLowerish);
}

function casedWord(letters: Scanner, tail: Scanner | undefined): Scanner {
  const leads = lacksClass(NEWLINE | LETTER | NUMBER);
  const finish = (text: string, to: number, end: number): number =>
    tail === undefined || to >= end ? to : tail(text, to, end);
  return (text, at, end) => {
    const first = codePointAt(text, at);
    if (leads(first)) {
      const from = at + unitsOf(first);
      const to = from < end ? letters(text, from, end) : from;
      if (to > from) return finish(text, to, end);
    }
    const to = letters(text, at, end);
    return to > at ? finish(text, to, end) : at;
  };
}

/** GPT-4o and Llama 4 (with contractions, 3 digits), Tekken (without, 1 digit). */
export function casedWords(digits: number, contractions: boolean): Scanner {
  const tail = contractions ? anyCaseContraction : undefined;
  const isLineTail: CharTest = (codePoint) => isNewline(codePoint) || codePoint === 0x2f;
  return firstOf(
    casedWord(upperThenLower, tail),
    casedWord(upperMaybeLower, tail),
    run(hasClass(NUMBER), digits),
    ledRun(isBlank, lacksClass(SPACE | LETTER | NUMBER), isLineTail),
    lineEnds,
    spaces,
  );
}

const isAsciiLetter: CharTest = (codePoint) => {
  const folded = codePoint | 0x20;
  return folded >= 0x61 && folded <= 0x7a;
};
const isAsciiPunctuation: CharTest = (codePoint) =>
  codePoint > 0x20 && codePoint < 0x7f && (charClass(codePoint) & (LETTER | NUMBER)) === 0;

/** One ASCII punctuation mark and the ASCII letters after it. */
const markedWord: Scanner = (text, at, end) => {
  if (!isAsciiPunctuation(text.charCodeAt(at))) return at;
  const to = runEnd(text, at + 1, end, isAsciiLetter);
  return to > at + 1 ? to : at;
};

/** The last pattern of DeepSeek-V3. */
export const deepseekV3: Scanner = firstOf(
  markedWord,
  ledRun(lacksClass(NEWLINE | LETTER | PUNCTUATION | SYMBOL), hasClass(LETTER | MARK)),
  ledRun(isBlank, hasClass(PUNCTUATION | SYMBOL), isNewline),
  lineEnds,
  spaces,
);
