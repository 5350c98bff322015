import { describe, expect, it } from "vitest";
import { formatReference, parseReference } from "./reference.ts";

const MAIN = { kind: "hub", id: "o/n", revision: "main" };

describe("parseReference", () => {
  it.each([
    ["hf:o/n", MAIN],
    ["hf://o/n", MAIN],
    ["hf:gpt2", { ...MAIN, id: "gpt2" }],
    ["hf:o/n:Q4_K_M", { ...MAIN, select: "Q4_K_M" }],
    ["hf:o/n:sub/m.gguf@v1.0", { ...MAIN, select: "sub/m.gguf", revision: "v1.0" }],
    ["hf:o/n@refs/pr/3", { ...MAIN, revision: "refs/pr/3" }],
    ["https://huggingface.co/o/n", MAIN],
    ["https://hf.co/o/n/tree/dev", { ...MAIN, revision: "dev" }],
    ["https://huggingface.co/o/n/resolve/main/a%20b.gguf?download=true", { ...MAIN, select: "a b.gguf" }],
    [
      "https://huggingface.co/o/n/blob/refs%2Fpr%2F1/x.gguf",
      { ...MAIN, revision: "refs/pr/1", select: "x.gguf" },
    ],
    ["http://mirror:8080/o/n", MAIN],
    ["https://other.org/o/n", { kind: "url", url: "https://other.org/o/n" }],
    ["magnet:?xt=urn:btih:00", { kind: "torrent", source: "magnet:?xt=urn:btih:00" }],
    ["dir/x.torrent", { kind: "torrent", source: "dir/x.torrent" }],
    ["ollama:llama3.2", { kind: "ollama", name: "llama3.2", tag: "latest" }],
    ["ollama:me/llama3.2:1b-q4", { kind: "ollama", name: "me/llama3.2", tag: "1b-q4" }],
    ["file:///tmp/a%20b.gguf", { kind: "path", path: "/tmp/a b.gguf" }],
    ["model.gguf", { kind: "path", path: "model.gguf" }],
    ["C:\\models\\x.gguf", { kind: "path", path: "C:\\models\\x.gguf" }],
    ["name", { kind: "path", path: "name" }],
  ])("%s", (text, expected) => {
    expect(parseReference(text, "http://mirror:8080")).toEqual(expected);
  });

  it.each([
    "hf:",
    "hf:o/n/m",
    "hf:../n",
    "hf:o/n@",
    "hf:o/n@a..b",
    "hf:o/n@../x",
    "hf:o/n:",
    "hf:o/n:../x.gguf",
    "hf:o/n:/etc/passwd",
    "hf:o--n/x",
    "ollama:../x",
    "ollama:x:a/b",
    "file://server/x",
    "https://",
    "https://huggingface.co/%zz/x",
  ])("refuses %s", (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: "REQUEST" }));
  });

  it.each(["hf:o/n", "hf:o/n:Q4_0@v1", "ollama:x", "ollama:x:y", "a/path"])("writes %s again", (text) => {
    expect(formatReference(parseReference(text))).toBe(text);
  });
});
