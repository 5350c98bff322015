import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DocumentIndex } from "./index.ts";
import { GRAM_WORDS, gramsOf } from "./shingles.ts";

/** The plain definition, over words in place of hashes. */
function gramSet(text: string): Set<string> {
  const words = text.toLowerCase().match(/[a-z0-9']+/g) ?? [];
  const last = Math.max(0, words.length - GRAM_WORDS);
  return new Set(Array.from({ length: last + 1 }, (_, i) => words.slice(i, i + GRAM_WORDS).join(" ")));
}

function shareOf(a: string, b: string): number {
  const [one, other] = [gramSet(a), gramSet(b)];
  const shared = [...one].filter((gram) => other.has(gram)).length;
  return shared / Math.min(one.size, other.size);
}

/** Texts of few words, so that they share grams often. */
const text = fc
  .array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 40 })
  .map((words) => words.join(" "));

describe("uniqueness", () => {
  it("counts each gram once, without case and punctuation", () => {
    expect(gramsOf("One two three.")).toEqual(gramsOf("one, two THREE"));
    expect(gramsOf("one two three")).toHaveLength(1);
    expect(gramsOf("a b c d e f g h i a b c d e f g h i")).toHaveLength(9);
  });
  it("finds what a slow comparison of all pairs finds", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 8 }), (texts) => {
        const index = new DocumentIndex();
        texts.forEach((one, i) => {
          const expected = Math.max(0, ...texts.slice(0, i).map((other) => shareOf(one, other)));
          expect(index.admit(one, 1).share).toBeCloseTo(expected, 12);
        });
      }),
    );
  });
  it("does not keep what it does not admit", () => {
    const index = new DocumentIndex();
    const sentence = "the little fox ran over the green hill to its den";
    expect(index.admit(sentence, 0.5).share).toBe(0);
    expect(index.admit(`${sentence} again`, 0.5)).toMatchObject({ with: 0 });
    expect(index.count).toBe(1);
  });
  it("grows without losing a document", () => {
    const index = new DocumentIndex();
    const line = (i: number): string => Array.from({ length: 20 }, (_, k) => `w${i}x${k}`).join(" ");
    for (let i = 0; i < 12_000; i++) index.admit(line(i), 0.5);
    expect(index.overlap(line(77))).toEqual({ with: 77, share: 1 });
    expect(index.overlap(line(11_999))).toEqual({ with: 11_999, share: 1 });
  });
});
