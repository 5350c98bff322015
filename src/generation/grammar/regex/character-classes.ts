/** Character classes of ECMAScript's regular expressions (ECMA-262, CharacterClassEscape), as sets of code points. */
import { type CodePoints, charactersOf, codePoints, complement } from "../code-points.ts";

const DIGITS: CodePoints = [0x30, 0x39];
const WORD = codePoints([
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]);
const LINE_ENDS = charactersOf("\n\r\u2028\u2029");
/** WhiteSpace and LineTerminator. */
const SPACE = codePoints([
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]);

/** What `.` matches. */
export const NOT_LINE_END = complement(LINE_ENDS);

/** By the letter after the backslash. */
export const CLASS_ESCAPES: Readonly<Record<string, CodePoints>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
};

const KEPT = 64;
const properties = new Map<string, CodePoints>();

/** The characters with a Unicode property, as in `\p{name}`; undefined if there is no such property. */
export function unicodeProperty(name: string): CodePoints | undefined {
  if (!/^[A-Za-z_]{1,40}(=[A-Za-z_]{1,40})?$/.test(name)) return undefined;
  const known = properties.get(name);
  if (known !== undefined) return known;
  let pattern: RegExp;
  try {
    pattern = new RegExp(`^\\p{${name}}$`, "u");
  } catch {
    return undefined;
  }
  const made = codePoints(rangesOf((code) => pattern.test(String.fromCodePoint(code))));
  if (properties.size >= KEPT) properties.delete(properties.keys().next().value!);
  properties.set(name, made);
  return made;
}

function rangesOf(has: (code: number) => boolean): [number, number][] {
  const ranges: [number, number][] = [];
  let from = -1;
  for (let code = 0; code <= 0x110000; code++) {
    const isIn = code <= 0x10ffff && has(code);
    if (isIn && from < 0) from = code;
    if (!isIn && from >= 0) {
      ranges.push([from, code - 1]);
      from = -1;
    }
  }
  return ranges;
}
