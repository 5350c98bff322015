/** The frozen test set is whole: 200 different items, whose rules tell a good answer from a bad one. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { generateLines } from "../../models/world/generate.ts";
import { sharedData, sharedPath } from "../support/shared-data.ts";
import { ITEMS } from "./items/index.ts";
import { sharedGrams } from "./overlap.ts";
import { passes } from "./rules.ts";

/** Changes with every item. Scores are only comparable on the same items. */
const FROZEN = "c400e95de969d5b81595250b30bf6c4bea8d3d850ed48ef3d56a6659c4a33b27";

describe("the frozen test set", () => {
  it("has 25 items of each of 8 kinds, all different", () => {
    expect(Object.values(ITEMS).map((items) => items.length)).toEqual(new Array(8).fill(25));
    const all = Object.values(ITEMS).flat();
    expect(new Set(all.map(({ turns }) => turns.join("\n"))).size).toBe(200);
    for (const { turns } of all) expect(turns.length % 2).toBe(1);
  });

  it.each(Object.entries(ITEMS))("%s: rules pass a good answer and no bad one", (_, items) => {
    for (const { turns, rule, good, bad } of items) {
      expect(passes(good, rule), `${turns.at(-1)} → ${good}`).toBe(true);
      expect(passes(bad, rule), `${turns.at(-1)} → ${bad}`).toBe(false);
      expect(passes("", rule)).toBe(false);
    }
  });

  it("is frozen", () => {
    const asked = Object.entries(ITEMS).map(([kind, items]) => [
      kind,
      items.map(({ turns, rule }) => [turns, rule]),
    ]);
    expect(createHash("sha256").update(JSON.stringify(asked)).digest("hex")).toBe(FROZEN);
  });
});

describe("training text", () => {
  const all = Object.values(ITEMS).flat();

  it("would be found if it contained an item", () => {
    const [{ turns }] = ITEMS["about stories"];
    expect(sharedGrams(all, `Once more. ${turns[0]} The end.`)).not.toEqual([]);
  });

  it("of the little world shares no eight words with it", () => {
    const lines: string[] = [];
    generateLines({ bytes: 2e6, seed: 11 }, (line) =>
      lines.push((JSON.parse(line) as { text: string }).text),
    );
    expect(sharedGrams(all, lines.join("\n"))).toEqual([]);
  });

  it.skipIf(!sharedData)("of TinyStories shares none either (needs ../shared/data)", () => {
    const file = sharedPath("training2/tinystories/tinystories-v2-train-head.txt.gz");
    expect(sharedGrams(all, gunzipSync(readFileSync(file)).toString())).toEqual([]);
  });
});

describe("rules", () => {
  const words = [0, 100] as const;
  it.each([
    ["The Ice-cold lake", { all: ["ice", "lake"], words }, true],
    ["nice", { all: ["ice"], words }, false],
    ["you're welcome", { any: ["you're welcome"], words }, true],
    ["a b c", { words: [0, 2] }, false],
    ["a", { words: [2, 9] }, false],
    ["He did it. Then he did it", { story: true, words }, false],
    ["The old dog ran away. The old dog ran away.", { story: true, words }, false],
    ['The old dog ran. "Come," said the cat."', { story: true, words }, true],
    ["red and blue", { none: ["blue"], words }, false],
  ] as const)("%s: %o", (answer, rule, expected) => {
    expect(passes(answer, rule)).toBe(expected);
  });
});
