/** Human-written text is only used where a small storyteller can learn from it. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/index.ts";
import {
  asSentence,
  claimsLife,
  isSimple,
  plainAnswer,
  StoryWords,
  smallTalk,
  storyQuestion,
} from "./filters.ts";
import { isTellable, orderFor, subjectOf } from "./orders.ts";
import { firstPart } from "./prepare.ts";
import type { Turn } from "./score.ts";

const turnsOf = (...texts: readonly string[]): Turn[] =>
  texts.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content }));

const words = new StoryWords();
for (let i = 0; i < 3; i++) words.add("The cat sat on a mat. Where is the cat? It is here, I said.");

describe("words of stories", () => {
  it("are known from their third occurrence on", () => {
    const few = new StoryWords();
    few.add("owl owl");
    expect(few.knows("owl")).toBe(false);
    few.add("An OWL.");
    expect(few.knows("owl")).toBe(true);
    expect(few.share("owl, cat")).toBe(0.5);
    expect(few.share("…")).toBe(1);
  });

  it.each([
    [["Where is the cat?", "On a mat."], true],
    [["Where is the cat?", "On a tessellated mat."], false],
    [["Where is the cat?", "Über the mat."], false],
    [["Where is the cat?", "The cat sat. ".repeat(20)], false],
    [["The cat sat ".repeat(10), "It is here."], false],
    [["The cat sat. ".repeat(90), "It is here."], false],
    [["Where is the cat?", "…"], false],
  ])("decide whether a conversation is simple: %j", (texts, simple) => {
    expect(isSimple(turnsOf(...texts), words, 0.9)).toBe(simple);
  });
});

describe("small talk", () => {
  it.each([
    ["I'm glad to hear that!", false],
    ["That is great. I think so too.", false],
    ["I'm sure you will like it.", false],
    ["I am a teacher.", true],
    ["My dog is brown.", true],
    ["Just got a new job.", true],
    ["We live near the sea.", true],
  ])("%s: claims a life: %s", (answer, claims) => {
    expect(claimsLife(answer)).toBe(claims);
  });

  it("is cut before the first claim, and dropped if little is left", () => {
    const messages = turnsOf("Hi!", "Hello!.", "I am Tom.", "Nice to meet you.", "And you?", "I am a nurse.");
    expect(smallTalk({ messages })).toEqual(turnsOf("Hi!", "Hello!", "I am Tom.", "Nice to meet you."));
    expect(smallTalk({ messages: messages.slice(2) })).toBeUndefined();
    expect(smallTalk({ messages: "no" })).toBeUndefined();
  });
});

describe("tasks and questions", () => {
  it("join a task and its input, and leave out foreign words and figures", () => {
    const task = { instruction: "Make it one word.", input: "Not big.", output: "Small." };
    expect(plainAnswer(task)).toEqual(turnsOf("Make it one word. Not big.", "Small."));
    expect(plainAnswer({ ...task, input: "" })).toEqual(turnsOf("Make it one word.", "Small."));
    expect(plainAnswer({ ...task, output: "12 m" })).toBeUndefined();
    expect(plainAnswer({ ...task, instruction: "Translate it into French." })).toBeUndefined();
    expect(plainAnswer({ ...task, output: " " })).toBeUndefined();
  });

  const asked = {
    explicit: true,
    section: "“The king lost his crown.”",
    question: "what was lost",
    answer: "the crown",
  };
  it("keep a question only if its passage has the answer, which becomes a sentence", () => {
    expect(storyQuestion(asked)).toEqual(
      turnsOf('"The king lost his crown."\n\nWhat was lost?', "The crown."),
    );
    expect(storyQuestion({ ...asked, answer: "the sceptre" })).toBeUndefined();
    expect(storyQuestion({ ...asked, explicit: false })).toBeUndefined();
    expect(storyQuestion({ ...asked, section: "" })).toBeUndefined();
    expect(asSentence('he said "no."')).toBe('He said "no."');
  });
});

const STORY =
  "Once there was a shy owl who had a red boat. The owl took the boat to the lake every night. One day a boy named Tim saw it. " +
  'He said, "May I come too?" The owl was happy, and they sailed until the morning. Then they ate some bread and went home.';

describe("stories to order", () => {
  it("are short, end, repeat nothing and close their quotation marks", () => {
    expect(isTellable(STORY)).toBe(true);
    expect(isTellable(STORY.replace('too?"', "too?"))).toBe(false);
    expect(isTellable(`${STORY} ${STORY}`)).toBe(false);
    expect(isTellable(STORY.slice(0, 100))).toBe(false);
    expect(isTellable(STORY.replace(/home\.$/, "home and"))).toBe(false);
  });

  it("are asked for by what occurs in them twice", () => {
    const subjects = new Set(Array.from({ length: 60 }, (_, i) => subjectOf(new Random(i), STORY)));
    expect([...subjects].every((subject) => /owl|boat|boy named Tim/.test(subject ?? ""))).toBe(true);
    expect(subjects).toContain("a shy owl");
    expect([...subjects].some((subject) => subject?.includes("bread"))).toBe(false);
    const [order, answer] = orderFor(new Random(1), STORY) ?? [];
    expect(order?.content).not.toContain("{x}");
    expect(answer).toEqual({ role: "assistant", content: STORY });
    expect(orderFor(new Random(1), "Nothing happened here.")).toBeUndefined();
  });
});

describe("replayed text", () => {
  it("is cut after a whole paragraph", () => {
    expect(firstPart("short")).toBe("short");
    expect(firstPart(`${"a".repeat(900)}\n${"b".repeat(900)}`)).toBe("a".repeat(900));
    expect(firstPart("c".repeat(5000)).length).toBeLessThan(2000);
  });
});
