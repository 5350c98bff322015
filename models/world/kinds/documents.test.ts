/** Laws that every generated document keeps, over some thousands of them. */
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/index.ts";
import { DOUBLING_VERBS, IRREGULAR_VERBS } from "../data/irregular-verbs.ts";
import { ANIMAL_NAMES, HE_NAMES, SHE_NAMES } from "../data/names.ts";
import { EVENTS } from "../events/index.ts";
import { FABLES } from "../fables/index.ts";
import { generateLines } from "../generate.ts";
import { nodesOf, parsePattern } from "../grammar/template.ts";
import { PLOTS } from "../plots/index.ts";
import { Story } from "../state/story.ts";
import { KINDS, type WorldDocument } from "./index.ts";
import { narrate } from "./narrate.ts";

const documents: WorldDocument[] = [];
const collect = (line: string): unknown => documents.push(JSON.parse(line) as WorldDocument);
generateLines({ bytes: 2_500_000, seed: 7 }, collect);
for (const kind of ["scene", "plain", "fable", "familiar", "varied"] as const)
  generateLines({ bytes: 600_000, seed: 7, kind }, collect);
const OPENINGS = ["home", "scene", "plain"] as const;

/** The documents that break a law, the first few. */
function offenders(breaks: (text: string, document: WorldDocument) => boolean): string[] {
  return documents
    .filter((document) => breaks(document.text, document))
    .map(({ text }) => text)
    .slice(0, 3);
}

const VOWEL_WORDS =
  /\ba (?:apple|orange|old|owl|otter|ant|elephant|egg|empty|iron|angry|honest|adventurous|acorn|axe|umbrella|envelope)\b/i;

describe("documents", () => {
  it("are of every kind, by the thousand", () => {
    expect(documents.length).toBeGreaterThan(2000);
    expect(new Set(documents.map(({ kind }) => kind))).toEqual(new Set(Object.keys(KINDS)));
  });
  it("have no pattern left in them", () => {
    expect(offenders((text) => /[{}[\]<>|]|undefined|NaN|\[object/.test(text))).toEqual([]);
  });
  it("have no double space, no space before a mark, no blank at a line's end", () => {
    expect(offenders((text) => / {2}| [.,!?]|[ \t]$|[ \t]\n|\n{3}/m.test(text))).toEqual([]);
  });
  it("close every quotation mark in its paragraph", () => {
    const odd = (paragraph: string): boolean => (paragraph.match(/"/g) ?? []).length % 2 === 1;
    expect(offenders((text) => text.split("\n").some(odd))).toEqual([]);
  });
  it("begin every sentence with a capital and end with a mark", () => {
    expect(offenders((text) => /[a-z][.!?] [a-z]/.test(text))).toEqual([]);
    const prose = ({ kind }: WorldDocument): boolean =>
      ["story", "description", "scene", "plain", "fable", "familiar", "varied"].includes(kind);
    expect(offenders((text, document) => prose(document) && !/[.!?]"?$/.test(text))).toEqual([]);
  });
  it("have no wrong article", () => {
    expect(offenders((text) => VOWEL_WORDS.test(text))).toEqual([]);
    expect(offenders((text) => /\ban [bcdfgjklmnpqrstvwxyz]/i.test(text))).toEqual([]);
  });
  it("have no doubled word and no doubled mark", () => {
    expect(offenders((text) => /\b(the|a|an|to|and|in|on|is|was|of) \1\b/i.test(text))).toEqual([]);
    expect(offenders((text) => /[.,!?]{2}|,"[A-Z]|\.",/.test(text))).toEqual([]);
  });
  it("let verbs agree with I, he, she, they and we", () => {
    const wrong =
      /\b(?:(?<!and )I (?:is|are|were|has|does|goes)|(?:[Hh]e|[Ss]he) (?:am|are|were|have|do|go)|(?:[Tt]hey|[Ww]e) (?:is|was|has|does|am))\b/;
    expect(
      offenders((text) =>
        wrong.test(
          text.replace(/If I were|what (?:he|she) have|(?:did|does|could|let|make) (?:he|she) \w+/g, ""),
        ),
      ),
    ).toEqual([]);
  });
});

describe("stories", () => {
  const names = [...SHE_NAMES, ...HE_NAMES, ...ANIMAL_NAMES].filter(
    (name) => !["Dot", "Sunny", "Tiny", "Will", "Mark", "Bill", "May"].includes(name),
  );

  it.each(PLOTS.map((plot) => [plot.name, plot] as const))("%s names nobody but its cast", (_, plot) => {
    const random = new Random(1);
    for (let i = 0; i < 80; i++) {
      const story = new Story(random, OPENINGS[i % 3]);
      plot.tell(story);
      const text = narrate(story, { tense: "past", firstPerson: false, talk: 0.5 });
      const cast = new Set(story.characters.map(({ name }) => name));
      const speakers = [
        ...text.matchAll(
          /" (?:said|asked|cried|called|whispered|replied|answered|shouted|exclaimed) ([A-Z]\w+)/g,
        ),
      ];
      for (const [, speaker] of speakers) expect(cast).toContain(speaker);
      const words = new Set(text.match(/\b[A-Z][a-z]+\b/g));
      const strangers = names.filter((name) => words.has(name) && !cast.has(name));
      expect(strangers, text).toEqual([]);
    }
  });
  it("there are more than forty plots, and every event is used", () => {
    expect(new Set(PLOTS.map(({ name }) => name)).size).toBeGreaterThan(40);
    const random = new Random(2);
    const used = new Set<string>();
    for (let i = 0; i < PLOTS.length * 30; i++) {
      const story = new Story(random, OPENINGS[i % 3]);
      for (const plot of [PLOTS[i % PLOTS.length], PLOTS[(i * 7) % PLOTS.length]]) plot.tell(story);
      for (const { event } of story.beats) if (event !== undefined) used.add(event);
    }
    expect(Object.keys(EVENTS).filter((name) => !used.has(name))).toEqual([]);
  });
  it("short verbs of patterns that end like stop are in a table", () => {
    const ofEvents = Object.values(EVENTS).flatMap(({ say }) => say);
    const ofFables = FABLES.flatMap(({ opens, paragraphs }) => [...opens, ...paragraphs.flat(2)]);
    const verbs = [...ofEvents, ...ofFables]
      .flatMap((pattern) => [...nodesOf(parsePattern(pattern))])
      .flatMap((node) => (node.is === "verb" ? [node.verb] : []));
    const endLikeStop = new Set(verbs.filter((verb) => /^[^aeiou]*[aeiou][^aeiouwxy]$/.test(verb)));
    const known = (verb: string): boolean =>
      verb === "can" || DOUBLING_VERBS.has(verb) || IRREGULAR_VERBS.has(verb);
    expect([...endLikeStop].filter((verb) => !known(verb))).toEqual([]);
    expect(endLikeStop.size).toBeGreaterThan(20);
  });
  it("every pattern of every event parses", () => {
    for (const { say, sayI = [], brief, ask = [] } of Object.values(EVENTS)) {
      const patterns = [...say, ...sayI, ...(brief === undefined ? [] : [brief]), ...ask.flat()];
      for (const pattern of patterns) expect([...nodesOf(parsePattern(pattern))].length).toBeGreaterThan(0);
    }
  });
});

describe("generator", () => {
  const bytesOf = (seed: number): string => {
    let all = "";
    generateLines({ bytes: 200_000, seed }, (line) => {
      all += line;
    });
    return all;
  };
  it("gives the same bytes for the same seed, and others for another", () => {
    expect(bytesOf(1)).toBe(bytesOf(1));
    expect(bytesOf(1).slice(0, 2000)).not.toBe(bytesOf(2).slice(0, 2000));
  });
});
