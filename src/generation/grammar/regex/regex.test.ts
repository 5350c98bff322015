/** Regular expressions as grammars, compared with the engine's own `RegExp`. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TextChecker } from "../../../../test/support/grammar-texts.ts";
import { RequestError, UnsupportedError } from "../../../base/errors.ts";
import { Random } from "../../../base/random.ts";
import type { Grammar } from "../expression.ts";
import { structureOf } from "../structure.ts";
import { dfaOfPattern, patternOf } from "./regex.ts";
import { accepts, longestOf, shortestOf } from "./regular.ts";

const grammarOf = (regex: string): Grammar =>
  (structureOf({ regex }) as { compile: () => Grammar }).compile();

const PATTERNS = [
  "abc",
  "a|bc|",
  "^a$|^b",
  "a*b+c?",
  "(ab){2,3}",
  "(?:a|b)*c",
  "(?<name>a)b",
  "[a-c]+[^a-c]",
  "[\\]\\-^]",
  "a.c",
  "\\d{2,}\\s\\w",
  "\\D\\S\\W",
  "a{2}?b+?",
  "\\x61\\u0062\\u{63}",
  "^(a|b)$",
  "(^a|b$)",
  "\\.\\*\\/",
  "[\\d.]+",
  "\\p{L}+",
  "^(?=.*b)[abc]+$",
  "^(?!ab)(?!.*cc)[abc]{2,4}$",
  "\\ud83d\\ude42",
];
const TEXTS = [
  "",
  "a",
  "b",
  "c",
  "ab",
  "bc",
  "abc",
  "aac",
  "ababab",
  "aabbc",
  "a\nc",
  "12 x",
  "a] -^",
  "x!?",
  "é",
  "🙂",
  "./*",
  ".*/",
  "1.5",
  "aab",
  "abcc",
  "acb",
  "cab",
  "ba",
  "z",
];

describe("a regular expression", () => {
  it.each(PATTERNS)("/%s/ matches the texts that RegExp matches", (source) => {
    const [inside, whole] = [new RegExp(source, "u"), new RegExp(`^(?:${source})$`, "u")];
    const dfa = dfaOfPattern(patternOf(source));
    const wholeDfa = dfaOfPattern(patternOf(source, { whole: true }));
    for (const text of TEXTS) {
      expect(accepts(dfa, text), JSON.stringify(text)).toBe(inside.test(text));
      expect(accepts(wholeDfa, text), JSON.stringify(text)).toBe(whole.test(text));
    }
  });

  it.each(PATTERNS)("/%s/ as a grammar gives only texts that it matches completely", (source) => {
    const whole = new RegExp(`^(?:${source})$`, "u");
    const checker = new TextChecker(grammarOf(source));
    const random = new Random(7);
    for (let i = 0; i < 30; i++) {
      const text = checker.sample(random);
      if (text !== undefined) expect(whole.test(text), JSON.stringify(text)).toBe(true);
    }
  });

  it("that is random agrees with RegExp on random texts", () => {
    const piece = fc.constantFrom("a", "b", "[ab]", "[^a]", ".", "(a|bc)", "(?:b|)", "\\w");
    const term = fc.tuple(piece, fc.constantFrom("", "*", "+", "?", "{2}", "{1,2}")).map(([a, b]) => a + b);
    const source = fc.array(term, { minLength: 1, maxLength: 5 }).map((terms) => terms.join(""));
    const texts = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 7 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(source, texts, (regex, text) => {
        const grammar = new TextChecker(grammarOf(regex));
        expect(grammar.accepts(text)).toBe(new RegExp(`^(?:${regex})$`, "u").test(text));
        expect(accepts(dfaOfPattern(patternOf(regex)), text)).toBe(new RegExp(regex, "u").test(text));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["a{2,4}b?", 2, 5],
    ["a+", 1, Number.POSITIVE_INFINITY],
    ["(ab|c)d", 2, 3],
    ["", 0, 0],
  ])("/%s/ has texts of %d to %d characters", (source, shortest, longest) => {
    const dfa = dfaOfPattern(patternOf(source, { whole: true }));
    expect([shortestOf(dfa), longestOf(dfa)]).toEqual([shortest, longest]);
  });
});

describe("a pattern that has no grammar", () => {
  it.each([
    ["(a)\\1", "back reference"],
    ["\\k<a>", "back reference"],
    ["a\\b", "word boundary"],
    ["(?<=a)b", "look-behind"],
    ["a(?=b)", "look-ahead"],
    ["^(?=a)b|c", "look-ahead"],
    ["a^b", "anchor"],
    ["a$b", "anchor"],
    ["(a$)b", "anchor"],
    ["a++", "possessive"],
  ])("/%s/ is refused by name: %s", (source, name) => {
    expect(() => patternOf(source)).toThrow(UnsupportedError);
    expect(() => patternOf(source)).toThrow(name);
  });

  it.each([
    "(",
    ")",
    "a)",
    "[",
    "[b-a]",
    "a{2,1}",
    "*",
    "a**",
    "\\",
    "\\q",
    "\\p{Nonsense}",
    "\\u{110000}",
    "(?a)",
    "a{",
  ])("/%s/ is wrong", (source) => {
    expect(() => patternOf(source)).toThrow(RequestError);
  });

  it("may be hostile", () => {
    for (const source of [
      "(".repeat(50_000),
      "(a|b)*a(a|b){200}",
      `a{1,100000}`,
      "((a{1,500}){1,500}b){1,500}",
    ])
      expect(() => dfaOfPattern(patternOf(source)), source.slice(0, 30)).toThrow(RequestError);
  });
});
