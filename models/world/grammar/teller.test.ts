import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/index.ts";
import type { Character, Item, Spot } from "../state/entities.ts";
import { Teller, type Voice } from "./teller.ts";
import { parsePattern } from "./template.ts";

const character = (name: string, gender: "he" | "she", more: Partial<Character> = {}): Character => ({
  is: "character",
  name,
  gender,
  kind: gender === "he" ? "boy" : "girl",
  age: "child",
  trait: "eager",
  ...more,
});
const tom = character("Tom", "he");
const mia = character("Mia", "she", { relation: "sister" });
const ben = character("Ben", "he");
const kite: Item = {
  is: "item",
  look: "orange",
  kind: {
    noun: "kite",
    theme: "toy",
    size: "small",
    looks: ["orange"],
    material: "paper",
    use: "fly it",
    found: "outside",
  },
};
const park: Spot = {
  is: "place",
  place: { noun: "park", preposition: "in", kind: "town", sights: ["a"], spots: ["b"] },
};
const roles = { h: tom, f: mia, g: ben, t: kite, p: park };

/** Every text that fifty seeds give. */
function texts(patterns: readonly string[], voice: Partial<Voice> = {}): Set<string> {
  const found = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    const teller = new Teller(new Random(seed), tom, { tense: "past", ...voice });
    for (const pattern of patterns) teller.tell(pattern, roles);
    found.add(teller.text);
  }
  return found;
}

describe("teller", () => {
  it("introduces someone once, then uses the name or a pronoun", () => {
    expect(texts(["{a h} [run] home.", "{h} [be] tired."])).toEqual(
      new Set([
        "An eager boy named Tom ran home. Tom was tired.",
        "An eager boy named Tom ran home. He was tired.",
      ]),
    );
  });
  it("introduces family by their relation", () => {
    expect(texts(["{a h} [see] {f.o}."])).toEqual(new Set(["An eager boy named Tom saw his sister Mia."]));
  });
  it("calls somebody without a name by the kind or the job, and by a name in spoken words", () => {
    const fox = character("Fox", "he", { kind: "fox", age: "animal", nameless: true });
    const teller = new Teller(new Random(1), fox, { tense: "past", namesOnly: true });
    teller.tell("{a h} [wake] up. {h} [stretch]. <f/h: Good morning, {h.n}!> {f} [pat] {h.s} head.", {
      h: fox,
      f: mia,
    });
    expect(teller.text).toMatch(/^An eager fox woke up\. The fox stretched\. /);
    expect(teller.text).toMatch(/Good morning, Fox!/);
    expect(teller.text).toMatch(/the fox's head\.$/);
  });
  it("uses no pronoun that could be another one", () => {
    for (const text of texts(["{a h} [meet] {a g}.", "{h} [smile]."])) expect(text).toMatch(/Tom smiled\.$/);
  });
  it("keeps the possessive of the subject a pronoun", () => {
    expect(texts(["{a h} [lose] {h.s} kite."])).toEqual(new Set(["An eager boy named Tom lost his kite."]));
  });
  it("speaks as I when the hero tells", () => {
    expect(
      texts(["{h} [be] glad to see {f.o}. {h} [hug] {f.o}."], { narrator: tom, tense: "present" }),
    ).toEqual(
      new Set(["I am glad to see my sister Mia. I hug her.", "I am glad to see my sister Mia. I hug Mia."]),
    );
  });
  it("makes verbs agree with several", () => {
    expect(texts(["{h+f} [be] here."], { tense: "present", namesOnly: true })).toEqual(
      new Set(["Tom and Mia are here."]),
    );
    expect(texts(["{h+f} [be] here."], { narrator: tom })).toEqual(
      new Set(["My sister Mia and I were here."]),
    );
  });
  it("turns persons inside spoken words", () => {
    for (const text of texts(["<f/h: {f} [like] {h.o}, and this is {h.s} {t.noun}, {h.n}.>"], {
      namesOnly: true,
    }))
      expect(text).toMatch(/I like you, and this is your kite, Tom[.,]"/);
  });
  it("sets quotation marks and commas of spoken words", () => {
    const found = texts(["<h: It is mine.>"], { namesOnly: true });
    expect(found).toContain('"It is mine," said Tom.');
    expect(found).toContain('Tom said, "It is mine."');
    for (const text of texts(["<h: Is it mine?>"])) expect(text).toMatch(/mine\?"/);
  });
  it("writes the lines of a play", () => {
    expect(texts(["<h/f: Hello, {f.n}!>"], { speech: "play" })).toEqual(new Set(["Tom: Hello, Mia!"]));
  });
  it("puts articles and prepositions before things and places", () => {
    expect(texts(["There [be/s] {a t.full} {in p}."])).toEqual(
      new Set(["There was an orange kite in the park."]),
    );
  });
  it("takes one of several choices", () => {
    expect(texts(["It [be/s] (red|blue)."])).toEqual(new Set(["It was red.", "It was blue."]));
  });
  it.each(["{h", "[Find]", "(a|b", "<h no colon>", "a } b", "{a b c}"])(
    "rejects the pattern %s",
    (pattern) => {
      expect(() => parsePattern(pattern)).toThrow(/Pattern/);
    },
  );
});
