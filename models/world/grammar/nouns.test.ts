import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ANIMALS } from "../data/animals.ts";
import { THINGS } from "../data/things/index.ts";
import { capitalised, listOf, pluralOf, possessiveOf, withArticle } from "./nouns.ts";

describe("nouns", () => {
  it.each([
    ["apple", "an apple"],
    ["kite", "a kite"],
    ["hour", "an hour"],
    ["unicorn", "a unicorn"],
    ["umbrella", "an umbrella"],
    ["old box", "an old box"],
    ["useful knife", "a useful knife"],
    ["honest man", "an honest man"],
  ])("%s: %s", (phrase, expected) => {
    expect(withArticle(phrase)).toBe(expected);
  });
  it.each([
    ["box", "boxes"],
    ["toy box", "toy boxes"],
    ["berry", "berries"],
    ["toy", "toys"],
    ["mouse", "mice"],
    ["sheep", "sheep"],
    ["scarf", "scarves"],
    ["torch", "torches"],
  ])("one %s, two %s", (one, two) => {
    expect(pluralOf(one)).toBe(two);
  });
  it("gives a plural to everything in the tables", () => {
    for (const noun of [...THINGS.map((thing) => thing.noun), ...ANIMALS.map(({ kind }) => kind)])
      expect(pluralOf(noun)).toMatch(/(?:[a-z]s|mice|geese|sheep|deer|fish|leaves|wolves|octopus)$/);
  });
  it("has possessives", () => {
    expect(possessiveOf("Tom")).toBe("Tom's");
    expect(possessiveOf("James")).toBe("James's");
    expect(possessiveOf("the boys", true)).toBe("the boys'");
  });
  it("lists keep every word and have one and", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("red", "blue", "green", "white"), { minLength: 2, maxLength: 5 }),
        (words) => {
          const list = listOf(words);
          expect(list.split(/, | and /)).toEqual(words);
          expect(list.match(/ and /g)).toHaveLength(1);
        },
      ),
    );
  });
  it("capitals change the first letter alone", () => {
    expect(capitalised("the fox")).toBe("The fox");
  });
});
