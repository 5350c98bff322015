import { describe, expect, it } from "vitest";
import { smallByteLevel, smallSpm } from "../../test/support/tokenizer-fixtures.ts";
import { lossesInGguf } from "./gguf-losses.ts";

describe("lossesInGguf", () => {
  it("is empty for vocabularies that GGUF can express", () => {
    expect(lossesInGguf(smallSpm())).toEqual([]);
    expect(lossesInGguf(smallByteLevel())).toEqual([]);
  });

  it.each([
    ["several tokens in front", { bosIds: [1, 2] }, /are prepended/],
    [
      "tokens in normalised text",
      { added: [{ id: 5, content: "x", special: false, normalized: true }] },
      /normalised/,
    ],
    ["words that are kept apart", { splitsAtSpaces: true }, /spans several words/],
    ["unknown pieces apart", { separateUnknown: true }, /separate unknown piece/],
    [
      "white space that is removed",
      { normalizer: { removeExtraWhitespaces: false, stripLeft: true } },
      /white space/,
    ],
  ])("names %s", (_, change, phrase) => {
    expect(lossesInGguf({ ...smallSpm(), ...change })).toEqual([expect.stringMatching(phrase)]);
  });

  it("names pre-tokenisers without a name", () => {
    const { pre: _, ...rest } = smallByteLevel();
    expect(lossesInGguf({ ...rest, cuts: [{ kind: "literal", text: "x" }] })).toEqual([
      expect.stringMatching(/split into words/),
    ]);
  });
});
