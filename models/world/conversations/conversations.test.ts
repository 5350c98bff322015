/** Conversations are well-formed, repeatable, and share nothing with the frozen test set. */

import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/index.ts";
import { ITEMS } from "../../../test/chat/items/index.ts";
import { sharedGrams } from "../../../test/chat/overlap.ts";
import { contradiction } from "./corrections.ts";
import { touchesFrozen } from "./frozen.ts";
import { conversations } from "./generate.ts";
import { tale } from "./tales.ts";

const COUNT = 1500;
const made = [...conversations(COUNT, 7)];
const texts = made.flatMap((messages) => messages.map(({ content }) => content));

describe("conversations of the little world", () => {
  it("alternate between user and assistant and end with an answer", () => {
    for (const messages of made) {
      const roles = messages.filter(({ role }) => role !== "system").map(({ role }) => role);
      expect(messages.findLastIndex(({ role }) => role === "system")).toBeLessThan(1);
      expect(roles.length).toBeGreaterThan(1);
      expect(roles).toEqual(roles.map((_, i) => (i % 2 === 0 ? "user" : "assistant")));
      expect(roles.at(-1)).toBe("assistant");
    }
  });

  it("have no gaps, and articles that fit", () => {
    for (const text of texts) {
      expect(text).not.toMatch(/[{}]|undefined|\s$|^\s/);
      expect(text).not.toMatch(
        /\ba (?:apple|egg|orange|owl|acorn|umbrella|otter)\b|\ban (?:dog|cat|book|rabbit)\b/i,
      );
    }
  });

  it("are the same for the same seed, and differ from each other", () => {
    expect([...conversations(50, 7)]).toEqual(made.slice(0, 50));
    expect([...conversations(50, 8)]).not.toEqual(made.slice(0, 50));
    expect(new Set(made.map((messages) => JSON.stringify(messages))).size).toBe(COUNT);
  });

  it("answer with the corrected fact, never with the first one", () => {
    const corrected = made.flatMap((messages) =>
      messages.flatMap(({ content }, i) => {
        const [, told] = /^(?:No\. |No, that is wrong\. |Wait! )My pet is an? (\w+)/.exec(content) ?? [];
        const answer = messages.slice(i).find(({ content: text }) => /^You have an? |^It is an? /.test(text));
        return told === undefined || answer === undefined ? [] : [[told, answer.content] as const];
      }),
    );
    for (const [told, answer] of corrected) expect(answer).toContain(told);
  });

  it("share no eight words with the frozen test set", () => {
    expect(sharedGrams(Object.values(ITEMS).flat(), texts.join("\n"))).toEqual([]);
  });

  it("leave out what asks a frozen item, however it is typed", () => {
    const asked = (content: string) => touchesFrozen([{ role: "user", content }]);
    expect(asked(ITEMS["small tasks"][0].turns[0].toLowerCase().replace("?", ""))).toBe(true);
    expect(asked(`Well. ${ITEMS["about stories"][0].turns[0]} Thanks.`)).toBe(true);
    expect(asked("What is the opposite of wide?")).toBe(false);
  });

  it("answer questions about tiny tales with words of the tale", () => {
    const random = new Random(5);
    for (let i = 0; i < 300; i++) {
      const [[first, answer]] = tale(random);
      const known = new Set(first.toLowerCase().match(/[\p{L}'-]+/gu));
      const strange = answer.toLowerCase().match(/[\p{L}'-]+/gu) ?? [];
      const FRAME =
        "a an it its they was is did had has in at to on of from because the name called made brought used lives made with there does one fell";
      expect(
        strange.filter((word) => !known.has(word) && !FRAME.split(" ").includes(word)),
        first,
      ).toEqual([]);
    }
  });

  it("do not teach the wrong answers that users contradict", () => {
    const [[, , isWrong], [, , isSorry]] = contradiction(new Random(1));
    expect([isWrong, isSorry]).toEqual([true, undefined]);
    const weights = new Set(made.flatMap((messages) => messages.map(({ weight }) => weight)));
    expect(weights).toEqual(new Set([undefined, 0]));
  });

  it("answer after a contradiction with the user's word", () => {
    const random = new Random(6);
    for (let i = 0; i < 300; i++) {
      const [[, claim], [correction], [, answer]] = contradiction(random);
      const said = (text: string): string[] => text.toLowerCase().match(/[\p{L}'-]+/gu) ?? [];
      const shared = said(answer).filter(
        (word) => said(correction).includes(word) && !said(claim).includes(word),
      );
      expect(shared.length, `${claim} ${correction} ${answer}`).toBeGreaterThan(0);
    }
  });
});
