import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasPreComponents } from "../hf-pretokenizers.ts";
import { cutWords, PRETOKENIZERS } from "../pretokenizers.ts";
import { LineChooser, sentencesOf, stretchesOf } from "./lines.ts";
import { hashOf, WordTable } from "./word-table.ts";

const UNITS = [
  "a",
  "Bc",
  "é",
  "日",
  "1",
  "23",
  "\n",
  "\n",
  "\r\n",
  " ",
  " ",
  "  ",
  "\t",
  "'s",
  ".",
  "/",
  "\u0301",
  "🦙",
  "(",
  "x".repeat(700),
];
const texts = fc.array(fc.constantFrom(...UNITS), { maxLength: 60 }).map((parts) => parts.join(""));
const trainable = [...PRETOKENIZERS].filter(([name]) => hasPreComponents(name));

describe("stretchesOf", () => {
  it.each(trainable)("splits where %s ends a word", (_, passes) => {
    const wordsOf = (text: string): string[] => {
      const cuts = cutWords(text, passes);
      return cuts.map((to, i) => text.slice(i === 0 ? 0 : cuts[i - 1], to));
    };
    fc.assert(
      fc.property(texts, (text) => {
        const stretches = [...stretchesOf(text)];
        expect(stretches.join("")).toBe(text);
        expect(stretches.flatMap(wordsOf)).toEqual(wordsOf(text));
      }),
      { numRuns: 60 },
    );
  });

  it("splits at line breaks, and in long segments at spaces", () => {
    expect([...stretchesOf("One.\nTwo.\n\nThree \nfour\n5")]).toEqual([
      "One.\n",
      "Two.\n\nThree \nfour\n",
      "5",
    ]);
    const long = "word ".repeat(1000);
    const lengths = [...stretchesOf(long)].map((stretch) => stretch.length);
    expect(lengths.length).toBeGreaterThan(1);
    expect(Math.max(...lengths)).toBeLessThan(2100);
  });
});

describe("sentencesOf", () => {
  it("returns the text between line breaks", () => {
    expect([...sentencesOf("a\n\n b \r\nc")]).toEqual(["a", " b \r", "c"]);
    expect([...sentencesOf("\n")]).toEqual([]);
    expect([...sentencesOf("")]).toEqual([]);
  });
});

describe("LineChooser", () => {
  const lines = Array.from({ length: 4000 }, (_, i) => `line ${i}`);

  it("selects about the requested shares, the same lines in any order", () => {
    const uses = (order: readonly string[]) => {
      const chooser = new LineChooser({ heldOut: 0.1, sample: 0.5, seed: 5 });
      const chosen = new Map(order.map((line) => [line, chooser.choose(line)]));
      return { chosen, kept: chooser.heldOutLines() };
    };
    const { chosen, kept } = uses(lines);
    const share = (use: string) => [...chosen.values()].filter((own) => own === use).length / lines.length;
    expect(share("heldOut")).toBeCloseTo(0.1, 1);
    expect(share("train")).toBeCloseTo(0.45, 1);
    expect(kept.length).toBe(share("heldOut") * lines.length);
    const reversed = uses(lines.toReversed());
    expect(reversed.kept).toEqual(kept);
    for (const line of lines) expect(reversed.chosen.get(line)).toBe(chosen.get(line));
  });

  it("keeps a bounded amount of held-out text, whatever the order", () => {
    const long = Array.from({ length: 200 }, (_, i) => `${i} `.repeat(40_000));
    const kept = (order: readonly string[]) => {
      const chooser = new LineChooser({ heldOut: 0.5, sample: 1, seed: 0 });
      for (const line of order) chooser.choose(line);
      return chooser.heldOutLines();
    };
    const one = kept(long);
    const units = one.reduce((sum, line) => sum + line.length, 0);
    expect(units).toBeLessThanOrEqual(2 ** 23);
    expect(units).toBeGreaterThan(0);
    expect(kept(long.toReversed()).map((line) => line.slice(0, 8))).toEqual(
      one.map((line) => line.slice(0, 8)),
    );
  });
});

describe("WordTable", () => {
  it("counts like a Map", () => {
    const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 400 }), (list) => {
        const table = new WordTable();
        const counts = new Map<string, number>();
        for (const text of list) {
          table.add(`<${text}>`, 1, 1 + text.length);
          counts.set(text, (counts.get(text) ?? 0) + 1);
        }
        expect(table.size).toBe(counts.size);
        for (const [index, [text, count]] of [...counts].entries()) {
          const codePoints: number[] = [];
          table.eachCodePoint(index, (codePoint) => codePoints.push(codePoint));
          expect(String.fromCodePoint(...codePoints)).toBe(text);
          expect(table.countOf(index)).toBe(count);
          expect(table.lengthOf(index)).toBe(text.length);
          expect(table.byteLengthOf(index)).toBe(new TextEncoder().encode(text).length);
        }
      }),
    );
  });

  it("grows past its first sizes", () => {
    const table = new WordTable();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 30_000; i++) {
        const text = `word number ${i}`;
        table.add(text, 0, text.length);
      }
    }
    expect(table.size).toBe(30_000);
    for (const at of [0, 12_345, 29_999]) expect(table.countOf(at)).toBe(2);
  });

  it("hashes the same on every machine", () => {
    expect(hashOf("llama", 0, 5)).toBe(hashOf("a llama", 2, 7));
    expect(hashOf("llama", 0, 5, 1)).not.toBe(hashOf("llama", 0, 5));
  });
});
