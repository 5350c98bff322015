import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutWords, PRETOKENIZERS, passesOf } from "./pretokenizers.ts";

const S = "\\p{White_Space}";
const tail = `| ?[^${S}\\p{L}\\p{N}]+[\\r\\n]*|${S}*[\\r\\n]+|${S}+(?!\\P{White_Space})|${S}+`;
const fold = "'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]";
const upper = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const lower = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
const led = "[^\\r\\n\\p{L}\\p{N}]?";
const casedTail = `| ?[^${S}\\p{L}\\p{N}]+[\\r\\n\\/]*|${S}*[\\r\\n]+|${S}+(?!\\P{White_Space})|${S}+`;
const cased = (end: string, digits: string): string =>
  `${led}${upper}*${lower}+${end}|${led}${upper}+${lower}*${end}|${digits}${casedTail}`;

/** The published patterns as regular expressions, with \s as Unicode's White_Space. */
const PATTERNS: Record<string, string> = {
  "gpt-2": `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${S}\\p{L}\\p{N}]+|${S}+(?!\\P{White_Space})|${S}+`,
  "llama-bpe": `(?:${fold})|${led}\\p{L}+|\\p{N}{1,3}${tail}`,
  qwen2: `(?:${fold})|${led}\\p{L}+|\\p{N}${tail}`,
  "gpt-4o": cased(`(?:${fold})?`, "\\p{N}{1,3}"),
  tekken: cased("", "\\p{N}"),
  "seed-coder": `(?:${fold})|${led}\\p{L}+|\\p{N}| ?[^${S}\\p{L}\\p{N}\\r\\n]+|${S}*[\\r\\n]+|${S}+(?!\\P{White_Space})|${S}+`,
};

const chars = [..." \t\n\r\u00a0\u3000aAzZéßǅ中ʰＡ1٣½'’sSlL!./-_$€🦙\u0301\u200b\ufeff"];
const text = fc
  .array(
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...chars) },
      fc.string({ unit: "binary", maxLength: 2 }),
    ),
  )
  .map((parts) => parts.join(""));

function words(pre: string, input: string): string[] {
  let start = 0;
  return cutWords(input, passesOf(pre, "test")).map((end) => {
    const word = input.slice(start, end);
    start = end;
    return word;
  });
}

describe("pre-tokenisers", () => {
  it.each(Object.keys(PATTERNS))("%s splits like its pattern", (pre) => {
    const pattern = new RegExp(PATTERNS[pre], "gu");
    fc.assert(
      fc.property(text, (input) => {
        expect(words(pre, input)).toEqual(input.match(pattern) ?? []);
      }),
      { numRuns: 500 },
    );
  });

  it.each([...PRETOKENIZERS.keys()])("%s loses nothing and makes no empty word", (pre) => {
    fc.assert(
      fc.property(text, (input) => {
        const cut = words(pre, input);
        expect(cut.join("")).toBe(input);
        expect(cut).not.toContain("");
      }),
      { numRuns: 50 },
    );
  });

  it("splits by the rules of each family", () => {
    expect(words("llama-bpe", "I'M 12345 x\n\n  y")).toEqual([
      "I",
      "'M",
      " ",
      "123",
      "45",
      " x",
      "\n\n",
      " ",
      " y",
    ]);
    expect(words("qwen2", "a 12")).toEqual(["a", " ", "1", "2"]);
    expect(words("gpt-2", "I'm 123 --ok")).toEqual(["I", "'m", " 123", " --", "ok"]);
    expect(words("starcoder", "x=12")).toEqual(["x", "=", "1", "2"]);
    expect(words("falcon", "12345!?")).toEqual(["123", "45", "!?"]);
    expect(words("gpt-4o", "HelloWorld's")).toEqual(["Hello", "World's"]);
    expect(words("deepseek-llm", "a\n b 中文12  ")).toEqual(["a", "\n", " b", " ", "中文", "12", "  "]);
    expect(words("deepseek-coder", "a1 b.c")).toEqual(["a", "1", " b", ".", "c"]);
    expect(words("deepseek-v3", "foo.bar 1234")).toEqual(["foo", ".bar", " ", "123", "4"]);
    expect(words("bloom", "a, b")).toEqual(["a", ",", " b"]);
  });

  // A pattern that backtracks would need hours for any of these.
  const long = 1 << 18;
  it.each(["llama-bpe", "gpt-2", "deepseek-llm", "gpt-4o", "deepseek-v3", "falcon"])(
    "%s stays linear",
    (pre) => {
      for (const unit of [" ", "a", "A", "1", "\n", "!", "中A", "\u0301", "\u3000"]) {
        const input = `${unit.repeat(long)}中x`;
        expect(cutWords(input, passesOf(pre, "test")).at(-1)).toBe(input.length);
      }
    },
  );

  it("refuses a name it does not know", () => {
    expect(() => passesOf("brand-new", "x.gguf")).toThrow(/brand-new/);
  });
});
