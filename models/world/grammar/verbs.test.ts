import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DOUBLING_VERBS, IRREGULAR_VERBS } from "../data/irregular-verbs.ts";
import { conjugate, conjugateNot, ingOf, pastOf, thirdPersonOf } from "./verbs.ts";

/** Made-up verbs: a consonant, a vowel, and an ending; none is in the tables. */
const madeUp = fc
  .tuple(
    fc.constantFrom("bl", "cr", "fl", "gr", "pl", "zw"),
    fc.constantFrom("a", "ee", "oa"),
    fc.constantFrom("nk", "sh", "ll", "ck", "ss", "x", "lve", "rry"),
  )
  .map((parts) => parts.join(""))
  .filter((verb) => !IRREGULAR_VERBS.has(verb) && !DOUBLING_VERBS.has(verb));

describe("verbs", () => {
  it.each([
    ["walk", "walked", "walking", "walks"],
    ["smile", "smiled", "smiling", "smiles"],
    ["carry", "carried", "carrying", "carries"],
    ["play", "played", "playing", "plays"],
    ["stop", "stopped", "stopping", "stops"],
    ["catch", "caught", "catching", "catches"],
    ["go", "went", "going", "goes"],
    ["lie", "lay", "lying", "lies"],
    ["see", "saw", "seeing", "sees"],
    ["have", "had", "having", "has"],
    ["run", "ran", "running", "runs"],
    ["open", "opened", "opening", "opens"],
  ])("%s, %s, %s, %s", (verb, past, ing, third) => {
    expect([pastOf(verb), ingOf(verb), thirdPersonOf(verb)]).toEqual([past, ing, third]);
  });
  it("has be in all persons", () => {
    const forms = (["I", "you", "one", "many"] as const).map((who) => [
      conjugate("be", who, "past"),
      conjugate("be", who, "present"),
    ]);
    expect(forms).toEqual([
      ["was", "am"],
      ["were", "are"],
      ["was", "is"],
      ["were", "are"],
    ]);
  });
  it("negates", () => {
    expect(conjugateNot("find", "one", "past")).toBe("did not find");
    expect(conjugateNot("find", "one", "present")).toBe("does not find");
    expect(conjugateNot("find", "many", "present")).toBe("do not find");
    expect(conjugateNot("be", "I", "present")).toBe("am not");
    expect(conjugateNot("can", "one", "present")).toBe("cannot");
  });
  it("regular verbs keep their stem and end in -ed, -ing and -s", () => {
    fc.assert(
      fc.property(madeUp, (verb) => {
        const stem = verb.slice(0, -1);
        for (const form of [pastOf(verb), ingOf(verb), thirdPersonOf(verb)])
          expect(form.startsWith(stem)).toBe(true);
        expect(pastOf(verb)).toMatch(/[^e]ed$/);
        expect(ingOf(verb)).toMatch(/[^e]ing$/);
        expect(thirdPersonOf(verb)).toMatch(/s$/);
        expect(pastOf(verb)).not.toMatch(/[^aeiou]yed$/);
      }),
    );
  });
  it("agree: only the third person singular has -s, and the past has one form", () => {
    fc.assert(
      fc.property(madeUp, (verb) => {
        for (const who of ["I", "you", "many"] as const) expect(conjugate(verb, who, "present")).toBe(verb);
        expect(conjugate(verb, "one", "present")).not.toBe(verb);
        for (const who of ["I", "you", "one"] as const)
          expect(conjugate(verb, who, "past")).toBe(conjugate(verb, "many", "past"));
      }),
    );
  });
  it("the table has three forms for each irregular verb", () => {
    for (const [base, { past, participle }] of IRREGULAR_VERBS) {
      expect(`${base} ${past} ${participle}`).toMatch(/^[a-z]+ [a-z]+ [a-z]+$/);
    }
    expect(IRREGULAR_VERBS.size).toBeGreaterThan(100);
  });
});
