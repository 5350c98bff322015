/** Common mistakes of the first hour get an error with a remedy. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FormatError, RequestError } from "../base/errors.ts";
import { withFlagNames } from "./flag-names.ts";
import { checkModelPath, modelAndText } from "./model-argument.ts";
import { ENDING, SAMPLING } from "./option-groups.ts";
import { statisticsLine } from "./statistics.ts";
import { decodeText, readTextFile } from "./text-file.ts";

const folder = mkdtempSync(join(tmpdir(), "cria-text-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("MODEL", () => {
  it.each([
    ["s3://bucket/m", /an address.*does not fetch; use hf:owner\/repo/],
    ["owner/name-1.5B", /repository of Hugging Face; write hf:owner\/name-1.5B$/],
    ["owner/name:Q4_K_M", /write hf:owner\/name:Q4_K_M$/],
    ["llama3:8b", /model of Ollama; write ollama:llama3:8b/],
    ["hf:owner/", /Cannot use the reference/],
  ])("%s is answered with what to do", (path, message) => {
    expect(() => checkModelPath(path)).toThrow(message);
  });
  it.each([
    "hf:owner/name",
    "https://example.org/m.gguf",
    "ollama:x",
    "missing.gguf",
    "some/folder/model.gguf",
    folder,
    "models/tokenizer.model",
  ])("%s is a path or a reference", (path) => {
    expect(() => checkModelPath(path)).not.toThrow();
  });
  it("comes before the text, or in -m", () => {
    expect(modelAndText(["m", "a", "b"], {})).toEqual({ path: "m", text: "a b" });
    expect(modelAndText(["a"], { model: "m" })).toEqual({ path: "m", text: "a" });
    expect(modelAndText(["m"], {})).toEqual({ path: "m", text: undefined });
    expect(() => modelAndText([], {})).toThrow("name a file or folder");
  });
});

describe("flags in errors", () => {
  const options = [...SAMPLING, ...ENDING];
  const error = (doing: string) => new RequestError({ doing, expected: "a", found: "b" });
  const told = (doing: string, ...argv: string[]) =>
    (withFlagNames(error(doing), options, ["node", "cria", ...argv]) as Error).message;
  it.each([
    ['use the option "maxTokens"', ["-n", "-1"], "Cannot use -n: expected a, got b"],
    ['use the option "maxTokens"', ["--max-tokens=-1"], "Cannot use --max-tokens: expected a, got b"],
    ['use the option "topK"', ["--top-k", "x"], "Cannot use --top-k: expected a, got b"],
    ['use the option "contextShift.keep"', ["--keep", "-1"], "Cannot use --keep: expected a, got b"],
    ['use the option "stop.0"', ["--stop", ""], "Cannot use --stop: expected a, got b"],
    ["use --max-tokens", ["-n", "x"], "Cannot use -n: expected a, got b"],
    ['use the option "adapt"', [], 'Cannot use the option "adapt": expected a, got b'],
  ])("%s after %j", (doing, argv, message) => {
    expect(told(doing, ...argv)).toBe(message);
    expect(withFlagNames(error(doing), options, argv)).toBeInstanceOf(RequestError);
  });
});

describe("text of files and pipes", () => {
  const wide = (text: string) => Uint8Array.from(Buffer.from(text, "utf16le"));
  it.each([
    ["UTF-8", Buffer.from("é\n"), "é\n"],
    ["UTF-8 with a mark", Buffer.from("\ufeffé"), "é"],
    ["UTF-16LE with a mark", wide("\ufeffé"), "é"],
    [
      "UTF-16BE with a mark",
      wide("\ufeffé").reduce((out, byte, i) => out.fill(byte, i ^ 1, (i ^ 1) + 1), new Uint8Array(4)),
      "é",
    ],
  ])("is read from %s", (_, bytes, text) => {
    expect(decodeText(bytes, "it")).toBe(text);
  });
  it.each([
    ["Latin-1", Uint8Array.of(0x63, 0x61, 0x66, 0xe9), /not UTF-8.*iconv -f LATIN1/],
    ["UTF-16 without a mark", wide("abc"), /not text.*iconv -f UTF-16LE/],
  ])("is refused from %s", (_, bytes, message) => {
    expect(() => decodeText(bytes, "it")).toThrow(FormatError);
    const path = join(folder, "text.txt");
    writeFileSync(path, bytes);
    expect(() => readTextFile(path)).toThrow(message);
  });
});

describe("the line of statistics", () => {
  const timings = { promptSeconds: 1, generationSeconds: 1, firstTokenSeconds: 1 };
  const counts = { promptTokens: 5, cachedTokens: 0, droppedTokens: 0, seed: 123456789 };
  const result = { text: "", tokens: [1, 2], finish: { reason: "length" }, ...counts, timings } as const;
  it("fits the terminal, and is complete without one", () => {
    const whole = statisticsLine(result, "avx2");
    expect(whole.endsWith("backend avx2")).toBe(true);
    for (const columns of [30, 60, 80, 120, 400]) {
      const line = statisticsLine(result, "avx2", columns);
      expect(line.length).toBeLessThan(columns);
      expect(line).toMatch(/^prompt 5 tokens/);
    }
    expect(statisticsLine(result, "avx2", 0).endsWith("backend avx2")).toBe(true);
  });
});
