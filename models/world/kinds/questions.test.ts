import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/index.ts";
import { Story } from "../state/story.ts";
import { narrate } from "./narrate.ts";
import { questionsOn } from "./questions.ts";
import { playPlot } from "./story.ts";

const plain = { tense: "past", firstPerson: false, talk: 0.3 } as const;

describe("questions", () => {
  it("answers from the state who holds a thing in the end", () => {
    const s = new Story(new Random(5));
    const [t, f] = [s.cast.thing(), s.friend()];
    s.do("open");
    s.do("has", { t });
    s.do("comes", { f });
    s.do("gives", { f, t });
    const asked = questionsOn(s, narrate(s, plain));
    const holder = asked.find(({ question }) => question === `Who had the ${t.kind.noun} in the end?`);
    expect(holder?.answer).toBe(`${f.name} had it.`);
  });
  it("asks nothing that has two answers", () => {
    const s = new Story(new Random(5));
    s.do("open");
    s.do("go", { p: s.cast.place() });
    s.do("go", { p: s.cast.place() });
    const asked = questionsOn(s, narrate(s, plain)).map(({ question }) => question);
    expect(asked).not.toContain(`Where did ${s.hero.name} go?`);
    expect(new Set(asked).size).toBe(asked.length);
  });
  it("asks about every story, and never about a character who is not in it", () => {
    const random = new Random(11);
    for (let i = 0; i < 500; i++) {
      const story = playPlot(random);
      const text = narrate(story, plain);
      const asked = questionsOn(story, text);
      expect(asked.length).toBeGreaterThan(1);
      for (const { question } of asked)
        for (const { name } of story.characters)
          if (new RegExp(`\\b${name}\\b`).test(question)) expect(text).toContain(name);
    }
  });
});
