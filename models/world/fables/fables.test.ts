/** Laws of fables: every sentence can be told with every row, and nobody is introduced twice. */
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/index.ts";
import { BEGINNINGS, FURTHER_BEGINNINGS } from "../../stories/beginnings.ts";
import { nodesOf, parsePattern } from "../grammar/template.ts";
import { FABLES, type Fable, fableDocument, THING_FABLES } from "./index.ts";
import { MORE_OPENINGS } from "./more-openings.ts";

const rows = [...FABLES, ...THING_FABLES].map((fable) => [fable.name, fable] as const);
const STYLES = ["plain", "familiar", "varied"] as const;
const PARTICIPANTS = new Set(["h", "home", "where"]);
/** Fillers that every story has (state/fillers.ts). */
const COMMON = new Set(["sky", "food"]);

function rolesUsed({ name, opens, paragraphs, rows: table = [] }: Fable): Set<string> {
  const patterns = [
    ...opens,
    ...(MORE_OPENINGS[name] ?? []),
    ...paragraphs.flat(2),
    ...table.flatMap((row) => Object.values(row)),
  ];
  const nodes = patterns.flatMap((pattern) => [...nodesOf(parsePattern(pattern))]);
  return new Set(
    nodes.flatMap((node) =>
      node.is === "role" ? node.roles : node.is === "speech" ? [node.speaker, ...node.to.split("+")] : [],
    ),
  );
}

describe("fables", () => {
  it("are more than twenty-five, with different names", () => {
    expect(new Set(FABLES.map(({ name }) => name)).size).toBe(FABLES.length);
    expect(FABLES.length).toBeGreaterThan(25);
  });
  it.each(rows)("%s: every row fills the same roles, and every role is filled", (_, fable) => {
    const [first = {}, ...others] = fable.rows ?? [];
    const keys = Object.keys(first).sort();
    for (const row of others) expect(Object.keys(row).sort()).toEqual(keys);
    const filled = new Set([...keys, ...Object.keys(fable.cast ?? {}), ...PARTICIPANTS, ...COMMON]);
    expect([...rolesUsed(fable)].filter((role) => role !== "" && !filled.has(role))).toEqual([]);
  });
  it("have further first sentences by their names", () => {
    expect(Object.keys(MORE_OPENINGS).sort()).toEqual(FABLES.map(({ name }) => name).sort());
  });
  it("never call anybody he or she after a preposition", () => {
    const random = new Random(9);
    const texts = FABLES.flatMap((fable) =>
      Array.from({ length: 90 }, (_, i) => fableDocument(random, fable, STYLES[i % 3])),
    );
    expect(texts.filter((text) => /\b(?:to|of|from) (?:he|she)\b[.,]/.test(text))).toEqual([]);
  });
  it.each(rows)("%s: nobody is introduced twice, and there is no family without a hero", (_, fable) => {
    const random = new Random(3);
    const styles = FABLES.includes(fable) ? STYLES : (["plain"] as const);
    for (let i = 0; i < 120; i++) {
      const text = fableDocument(random, fable, styles[i % styles.length]);
      const introduced = [...text.matchAll(/ named ((?:Mrs? )?[A-Z]\w+)/g)].map(([, name]) => name);
      expect(new Set(introduced).size, text).toBe(introduced.length);
      expect(
        introduced.filter((name) => /^(?:Mom|Dad|Grandma|Grandpa)$/.test(name)),
        text,
      ).toEqual([]);
    }
  });
  it("call nobody with a title a child, and end every sentence before the next begins", () => {
    const random = new Random(4);
    for (const fable of FABLES.filter(({ hero }) => hero.includes("grown")))
      for (let i = 0; i < 90; i++) {
        const text = fableDocument(random, fable, STYLES[i % 3]);
        if (/^.*\b(?:Mrs?|Aunt|Uncle|Grandma|Grandpa) [A-Z]/.test(text))
          expect(text.slice(0, 200)).not.toMatch(/\b(?:boy|girl)\b/);
        expect(text).not.toMatch(/[a-z]\. [a-z]|\b[Ss]?[Hh]e's\b/);
      }
  });
  it("share no six words with the beginnings that the model is tried with", () => {
    const sixes = (text: string): string[] => {
      const words = text.toLowerCase().match(/[\w']+/g) ?? [];
      return words.slice(5).map((_, i) => words.slice(i, i + 6).join(" "));
    };
    const unseen = new Set([...BEGINNINGS, ...FURTHER_BEGINNINGS].flatMap(sixes));
    const random = new Random(8);
    for (const fable of FABLES)
      for (let i = 0; i < 60; i++) {
        const text = fableDocument(random, fable, STYLES[i % 3]);
        expect(
          sixes(text).filter((six) => unseen.has(six)),
          text,
        ).toEqual([]);
      }
  });
  it("the same seed tells the same", () => {
    const texts = (seed: number): string[] => {
      const random = new Random(seed);
      return Array.from({ length: 20 }, () => fableDocument(random));
    };
    expect(texts(4)).toEqual(texts(4));
    expect(texts(4)).not.toEqual(texts(5));
  });
});
