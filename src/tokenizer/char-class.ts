/** Unicode properties of code points as bits, looked up in pages of 256 that are filled on first use. */

export const LETTER = 1;
export const NUMBER = 2;
export const PUNCTUATION = 4;
export const SYMBOL = 8;
export const MARK = 16;
export const SPACE = 32;
/** Carriage return or line feed. */
export const NEWLINE = 64;
/** Letters allowed in the upper-case part of a word: Lu, Lt, Lm, Lo, and marks. */
export const UPPERISH = 128;
/** Letters allowed in the lower-case part of a word: Ll, Lm, Lo, and marks. */
export const LOWERISH = 256;

const PROPERTIES: readonly (readonly [RegExp, number])[] = [
  [/\p{L}/u, LETTER],
  [/\p{N}/u, NUMBER],
  [/\p{P}/u, PUNCTUATION],
  [/\p{S}/u, SYMBOL],
  [/\p{M}/u, MARK],
  [/\p{White_Space}/u, SPACE],
  [/[\r\n]/u, NEWLINE],
  [/[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]/u, UPPERISH],
  [/[\p{Ll}\p{Lm}\p{Lo}\p{M}]/u, LOWERISH],
];

const pages: (Uint16Array | undefined)[] = new Array(0x1100);

function fillPage(page: number): Uint16Array {
  const classes = new Uint16Array(256);
  for (let i = 0; i < 256; i++) {
    const char = String.fromCodePoint(page * 256 + i);
    for (const [pattern, bit] of PROPERTIES) if (pattern.test(char)) classes[i] |= bit;
  }
  pages[page] = classes;
  return classes;
}

/** Property bits of a code point. */
export function charClass(codePoint: number): number {
  const page = codePoint >> 8;
  return (pages[page] ?? fillPage(page))[codePoint & 255];
}

/** Code point at a UTF-16 index, which must be inside the text. */
export function codePointAt(text: string, at: number): number {
  const high = text.charCodeAt(at);
  if (high < 0xd800 || high > 0xdbff || at + 1 >= text.length) return high;
  const low = text.charCodeAt(at + 1);
  return low >= 0xdc00 && low <= 0xdfff ? (high - 0xd800) * 0x400 + low - 0xdc00 + 0x10000 : high;
}

/** UTF-16 units of a code point. */
export function unitsOf(codePoint: number): 1 | 2 {
  return codePoint > 0xffff ? 2 : 1;
}
