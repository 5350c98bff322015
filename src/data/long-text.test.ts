/** Long texts in parts give the tokens of the whole, for every kind of vocabulary. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { sharedData, sharedPath } from "../../test/support/shared-data.ts";
import { tinyTokenizer, tinyVocabulary } from "../../test/support/tiny-tokenizer.ts";
import { bufferSource } from "../base/bytes.ts";
import { openGguf } from "../formats/gguf/index.ts";
import { openTokenizer, type Tokenizer, tokenizerFromGguf } from "../tokenizer/index.ts";
import { encodeBatch } from "./encode-pool.ts";
import { TextCutter } from "./long-text.ts";

const TEXT = "the ant\nto the tan,  no\n\n  hat.\nthe äöü 🦙 the\ton\r\nthe end ".repeat(40);

function tokensInParts(tokenizer: Tokenizer, text: string, partLength: number) {
  const parts = new TextCutter(tokenizer, partLength).cut(text);
  expect(parts.map((part) => part.text).join("")).toBe(text);
  expect(parts.map(({ continues, goesOn }) => [continues, goesOn])).toEqual(
    parts.map((_, i) => [i > 0, i + 1 < parts.length]),
  );
  const { ids } = encodeBatch(tokenizer, parts, { bos: true, eos: true });
  return { count: parts.length, ids: [...ids] };
}

describe("TextCutter", () => {
  it("cuts a text without changing its tokens", () => {
    for (const changes of [{}, { addSpacePrefix: false }]) {
      const tokenizer = tinyTokenizer(changes);
      for (const length of [1, 7, 50, 400]) {
        const { count, ids } = tokensInParts(tokenizer, TEXT, length);
        expect(count).toBeGreaterThan(TEXT.length / (length + 60));
        expect(ids).toEqual(tokenizer.encode(TEXT, { bos: true, eos: true }));
      }
    }
  });

  it("leaves short texts whole, and those without a suitable place", () => {
    const cutter = new TextCutter(tinyTokenizer(), 50);
    expect(cutter.cut("short")).toEqual([{ text: "short", continues: false, goesOn: false }]);
    expect(cutter.cut("")).toEqual([{ text: "", continues: false, goesOn: false }]);
    expect(cutter.cut("ab".repeat(500)).length).toBe(1);
    expect(cutter.cut("\n \n".repeat(500)).length).toBe(1);
  });

  it("does not cut where a piece could cross", () => {
    const pieces = [...tinyVocabulary().pieces];
    pieces[pieces.length - 1] = "t\u2581t";
    const text = "that tent tilt that ".repeat(30);
    expect(new TextCutter(tinyTokenizer(), 50).cut(text).length).toBeGreaterThan(5);
    expect(new TextCutter(tinyTokenizer({ pieces }), 50).cut(text).length).toBe(1);
    pieces[pieces.length - 2] = "\nt";
    const lines = "that\ntent\ntilt\n".repeat(30);
    expect(new TextCutter(tinyTokenizer(), 50).cut(lines).length).toBeGreaterThan(5);
    expect(new TextCutter(tinyTokenizer({ pieces }), 50).cut(lines).length).toBe(1);
  });

  it("does not cut for vocabularies that turn line feeds into spaces", () => {
    const tokenizer = tinyTokenizer({ normalizer: { removeExtraWhitespaces: true, collapseSpaces: true } });
    const { ids } = tokensInParts(tokenizer, TEXT, 50);
    expect(ids).toEqual(tokenizer.encode(TEXT, { bos: true, eos: true }));
  });
});

describe.skipIf(!sharedData)("real vocabularies", () => {
  const bytesOf = (path: string) => new Uint8Array(readFileSync(sharedPath(path)));
  const open = (path: string): Tokenizer => {
    if (!path.endsWith(".gguf")) return openTokenizer(path, bytesOf(path));
    using file = openGguf(bufferSource(bytesOf(path), path));
    return tokenizerFromGguf(file.metadata);
  };
  const texts = sharedData
    ? [
        gunzipSync(bytesOf("training2/fairytaleqa/stories.txt.gz")).toString().slice(0, 60_000),
        gunzipSync(bytesOf("training2/chat/gsm8k.jsonl.gz")).toString().slice(0, 40_000),
        new TextDecoder().decode(bytesOf("training/wiki_demo.txt")).slice(0, 30_000),
        readFileSync(import.meta.filename, "utf8").repeat(3),
      ]
    : [];

  it.each([
    ["tokenizers/llama2-tokenizer.model", true],
    ["tokenizers/llama3-tokenizer.tiktoken", true],
    ["tokenizers/mistral-v1.model", true],
    ["tokenizers/open_llama_3b.model", true],
    ["tokenizers/tok4096.bin", true],
    ["checkpoints/tok512.model", true],
    ["tokenizers/spm-unigram-32768.model", false],
    ["tokenizers/ggml-vocab/ggml-vocab-falcon.gguf", true],
    ["tokenizers/ggml-vocab/ggml-vocab-gpt-2.gguf", true],
    ["tokenizers/ggml-vocab/ggml-vocab-starcoder.gguf", true],
    ["tokenizers/ggml-vocab/ggml-vocab-deepseek-llm.gguf", true],
    ["tokenizers/ggml-vocab/ggml-vocab-deepseek-coder.gguf", true],
  ])("%s", (path, cuts) => {
    const tokenizer = open(path);
    for (const text of texts) {
      const whole = encodeBatch(tokenizer, [{ text, continues: false, goesOn: false }], {
        bos: true,
        eos: true,
      });
      const { ids, count } = tokensInParts(tokenizer, text, 300);
      expect(ids).toEqual([...whole.ids]);
      if (cuts) expect(count).toBeGreaterThan(10);
    }
  });
});
