/** Conversations are well-formed, repeatable, and share nothing with the frozen test set. */
import { describe, expect, it } from "vitest";
import { ITEMS } from "../../../test/chat/items/index.ts";
import { sharedGrams } from "../../../test/chat/overlap.ts";
import { conversations } from "./generate.ts";

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
});
