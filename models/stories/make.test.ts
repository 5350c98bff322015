/** Each stage reads the text of the commit that wrote it for the shipped model. */
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { recipeText, STAGES } from "./make.ts";

describe("the stages of the story model", () => {
  it.each(STAGES)("$recipe reads the corpus of its commit", (stage) => {
    const { data, output } = parse(recipeText(stage)) as { data: { corpus: string }; output: string };
    expect(data.corpus).toBe(`corpus-${stage.text}`);
    expect(output).toBe(stage.output);
  });
});
