import { describe, expect, it } from "vitest";
import { checkStory, isCoherent, namesOf } from "./checks.ts";

const STORY =
  'One day, a goat named Tom met Ann. "Hello, Ann!" said Tom. They went up the hill. ' +
  "The wind was cold, and the goat was tired. At last Tom and Ann came home. They were happy.";

describe("checkStory", () => {
  it("passes a coherent story", () => {
    expect(isCoherent(checkStory(STORY, true))).toBe(true);
  });

  it("requires that the model ends the story after a sentence", () => {
    expect(checkStory(STORY, false).ends).toBe(false);
    expect(checkStory(STORY.slice(0, -1), true).ends).toBe(false);
    expect(checkStory('He said, "Bye!"', true).ends).toBe(true);
  });

  it("finds repeated sentences and repeated words", () => {
    expect(checkStory(`${STORY} They went up the hill.`, true).doesNotLoop).toBe(false);
    expect(checkStory(`A big red ball and ${"a big red ball, ".repeat(3)}too.`, true).doesNotLoop).toBe(
      false,
    );
    expect(checkStory(STORY, true).doesNotLoop).toBe(true);
  });

  it("finds names that appear at the end, and names that disappear", () => {
    expect(checkStory(STORY.replace("Tom and Ann came", "Tom and Bob came"), true).keepsNames).toBe(false);
    expect(checkStory(STORY.replace("Tom and Ann came home", "They came home"), true).keepsNames).toBe(false);
  });

  it("distinguishes a name from the first word of a sentence", () => {
    expect(namesOf("The goat saw Tom. Then it ran, and I saw Mom with Ann.")).toEqual(
      new Set(["Tom", "Ann"]),
    );
    expect(namesOf("It was late on Monday. The End.")).toEqual(new Set());
  });

  it("finds an unclosed quotation", () => {
    expect(checkStory(STORY.replace('Ann!"', "Ann!"), true).closesQuotes).toBe(false);
  });
});
