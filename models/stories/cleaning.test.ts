import { describe, expect, it } from "vitest";
import { clean, meanSentenceWords } from "./cleaning.ts";

const STORY =
  "The ant was small. It had a big heart and a red hat. Every day it went to the hill to look around.";

describe("clean", () => {
  it("writes quotes, dashes and spaces as ASCII", () => {
    const text = `“I can’t,” said the ant — it was late… ‘No\u00a0more!’ ${STORY}`;
    expect(clean(text)?.text).toBe(`"I can't," said the ant - it was late... 'No more!' ${STORY}`);
  });

  it("removes a heading, but not a first sentence", () => {
    expect(clean(`The Ant and the Hill\n\n${STORY}`)?.text).toBe(STORY);
    expect(clean(`"Where is the ant?"\n\n${STORY}`)?.text).toBe(`"Where is the ant?"\n\n${STORY}`);
  });

  it("keeps paragraphs, and no more than one blank line", () => {
    expect(clean(`${STORY}\r\n\r\n\r\n  ${STORY}  `)?.text).toBe(`${STORY}\n\n${STORY}`);
  });

  it("rejects text that is almost empty or in another script", () => {
    expect(clean("The end.")).toBeUndefined();
    expect(
      clean("Жил-был муравей, и у него было большое сердце и красная шапка. Каждый день он ходил."),
    ).toBeUndefined();
    expect(clean(`${`${STORY} `.repeat(6)}☃`)?.text.endsWith("around.")).toBe(true);
  });

  it("counts the words of sentences, whatever ends them", () => {
    expect(meanSentenceWords('"Go!" said the ant. They went away.')).toBeCloseTo(7 / 3);
    expect(clean(STORY)?.sentenceWords).toBeCloseTo(22 / 3, 0);
  });
});
