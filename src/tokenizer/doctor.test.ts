import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sharedData, sharedPath } from "../../test/support/shared-data.ts";
import { smallByteLevel, smallSpm, unigramOf } from "../../test/support/tokenizer-fixtures.ts";
import { findLosses } from "./doctor.ts";
import { openTokenizer } from "./open.ts";
import { Tokenizer } from "./tokenizer.ts";

describe("findLosses", () => {
  const losses = (tokenizer: Tokenizer): string[] => findLosses(tokenizer).map(({ what }) => what);

  it("finds nothing in lossless vocabularies", () => {
    expect(losses(new Tokenizer(smallSpm()))).toEqual([]);
    expect(losses(new Tokenizer(smallByteLevel()))).toEqual([]);
  });

  it("names the losses", () => {
    const merging = new Tokenizer({ ...smallSpm(), normalizer: { removeExtraWhitespaces: true } });
    expect(losses(merging)).toEqual(["runs of spaces", "spaces at the ends"]);
    expect(findLosses(merging)[0].became).toBe("if x: y = 1");
    const letters = unigramOf([..."▁abcdefghijklmnopqrstuvwxyz:=()1"].map((char) => [char, -1]));
    expect(losses(new Tokenizer(letters))).toEqual(["line ends", "tabs", "rare characters"]);
  });

  it.skipIf(!sharedData)("finds OpenLLaMA's fault, and none in Llama 2", () => {
    const open = (file: string): Tokenizer =>
      openTokenizer(file, new Uint8Array(readFileSync(sharedPath(`tokenizers/${file}`))));
    expect(losses(open("open_llama_3b.model"))).toContain("runs of spaces");
    expect(losses(open("llama2-tokenizer.model"))).toEqual([]);
  });
});
