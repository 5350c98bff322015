/** Stories to order have what was ordered, and orders and stories are well-formed. */
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/index.ts";
import { checkStory, isCoherent } from "../../stories/checks.ts";
import { ANIMALS } from "../data/animals.ts";
import { THINGS } from "../data/things/index.ts";
import { pluralOf } from "../grammar/nouns.ts";
import { type OrderedStory, orderedStory } from "./index.ts";

const COUNT = 3000;
const draw = (count: number, seed: number): OrderedStory[] => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => orderedStory(random));
};
const made = draw(COUNT, 4);

const NOUNS = [...ANIMALS.map(({ kind }) => kind), ...THINGS.map(({ noun }) => noun)];
const KINDS = [
  ...NOUNS,
  ...NOUNS.map(pluralOf),
  "king",
  "queen",
  "moon",
  "birthday",
  "puppy",
  "snowman",
  "fisherman",
  "secret",
];
const has = (text: string, word: string): boolean => new RegExp(`\\b${word}\\b`, "i").test(text);

describe("stories to order", () => {
  it("have the animals, people and things that were ordered", () => {
    const missing = made.filter(({ order, story }) =>
      KINDS.some((kind) => has(order, kind) && !has(story, kind) && !has(story, kind.replace(/s$/, ""))),
    );
    expect(missing.length / COUNT).toBeLessThan(0.01);
  });

  it("have them early: within the first three sentences", () => {
    const late = made.filter(({ order, story }) => {
      const first = story
        .split(/(?<=[.!?]"?)\s+/)
        .slice(0, 4)
        .join(" ");
      const ordered = KINDS.filter((kind) => has(order, kind) && has(story, kind));
      return ordered.length > 0 && !ordered.some((kind) => has(first, kind));
    });
    expect(late.length / COUNT).toBeLessThan(0.03);
  });

  it("have the names that were ordered", () => {
    for (const { order, story } of made) {
      const [, name] = /(?:named|called) (\p{Lu}\p{L}+)/u.exec(order) ?? [];
      if (name !== undefined) expect(story).toContain(name);
    }
  });

  it("have no gaps, articles that fit, and capitals", () => {
    for (const { order, story } of made) {
      const text = `${order}\n${story}`;
      expect(text).not.toMatch(/[{}[\]]|undefined|\s$|^\s| {2}/);
      expect(text).not.toMatch(
        /\ba (?:apple|egg|orange|owl|old|angry|umbrella|otter)\b|\ban (?:dog|cat|book|rabbit)\b/i,
      );
      for (const sentence of story.split(/(?<=[.!?])\s+/)) expect(sentence).toMatch(/^["\p{Lu}]/u);
    }
  });

  it("are mostly whole by the checks of stories, and the same for the same seed", () => {
    const whole = made.filter(({ story }) => isCoherent(checkStory(story, true)));
    expect(whole.length / COUNT).toBeGreaterThan(0.75);
    expect(draw(20, 4)).toEqual(made.slice(0, 20));
    expect(new Set(made.map(({ order, story }) => order + story)).size).toBe(COUNT);
  });
});
