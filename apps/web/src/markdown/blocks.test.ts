/** Splitting a growing answer into blocks: the same blocks as the whole text has, and old ones stay the same objects. */
import { describe, expect, it } from "vitest";
import { BlockSplitter } from "./blocks.ts";

const TEXT = `# Head

A paragraph with **bold** text.

- one
- two

  more of two

| a | b |
|---|---|
| 1 | 2 |

\`\`\`js
let x = 1;

let y = 2;
\`\`\`

$$
x^2
$$

End`;

describe("BlockSplitter", () => {
  it("covers the text without gaps", () => {
    const blocks = new BlockSplitter().split(TEXT);
    expect(blocks.map(({ raw }) => raw).join("")).toBe(TEXT);
    expect(blocks.map(({ from, raw }) => TEXT.startsWith(raw, from))).not.toContain(false);
  });

  it("ends with the blocks of the whole text, however the text grew", () => {
    const whole = new BlockSplitter().split(TEXT);
    for (const step of [1, 3, 7]) {
      const growing = new BlockSplitter();
      for (let end = step; end < TEXT.length; end += step) growing.split(TEXT.slice(0, end));
      expect(growing.split(TEXT)).toEqual(whole);
    }
  });

  it("keeps blocks that no longer change", () => {
    const splitter = new BlockSplitter();
    const paragraphs = Array.from({ length: 50 }, (_, i) => `Paragraph ${i}`).join("\n\n");
    const before = splitter.split(paragraphs);
    const after = splitter.split(`${paragraphs} goes on`);
    expect(after.slice(0, before.length - 2).every((block, i) => block === before[i])).toBe(true);
  });

  it("begins anew for another text", () => {
    const splitter = new BlockSplitter();
    splitter.split("one\n\ntwo\n\nthree");
    expect(splitter.split("other").map(({ raw }) => raw)).toEqual(["other"]);
  });
});
