/** Files of conversations: what they hold is recognised by content, and bad records are named with their line. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FileError, FormatError } from "../../base/errors.ts";
import { ArrayRecords } from "./json-records.ts";
import { readConversations } from "./read.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-conversations-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const user = (content: string, input?: string) => ({
  role: "user",
  content,
  ...(input === undefined ? {} : { input }),
});
const assistant = (content: string) => ({ role: "assistant", content });
const chat = (...messages: object[]) => ({ kind: "chat", messages });

const RECORDS: readonly (readonly [layout: string, record: object, content: object])[] = [
  ["Alpaca", { instruction: "a", input: "", output: "b" }, chat(user("a"), assistant("b"))],
  ["Alpaca", { instruction: "a", input: "i", output: "b" }, chat(user("a", "i"), assistant("b"))],
  ["Dolly", { instruction: "a", context: "c", response: "b" }, chat(user("a", "c"), assistant("b"))],
  ["Dolly", { instruction: "a", response: "b", category: "qa" }, chat(user("a"), assistant("b"))],
  [
    "ShareGPT",
    { id: "1", conversations: [{ from: "human", value: "a" }, { from: "gpt", value: "b" }] }, // biome-ignore format: one record
    chat(user("a"), assistant("b")),
  ],
  [
    "ShareGPT",
    { system: "s", conversations: [{ from: "human", value: "a" }] },
    chat({ role: "system", content: "s" }, user("a")),
  ],
  [
    "OpenAI",
    { messages: [user("a"), { ...assistant("b"), weight: 0 }] },
    chat(user("a"), { ...assistant("b"), learnt: false }),
  ],
  ["pairs", { prompt: "a", completion: " b" }, { kind: "pair", prompt: "a", completion: " b" }],
  ["pairs", { prompt: "a", response: "b" }, { kind: "pair", prompt: "a", completion: "b" }],
  ["questions", { question: "a", answer: "b" }, chat(user("a"), assistant("b"))],
  ["turns", { turns: ["a", "b"] }, chat(user("a"), assistant("b"))],
  ["text", { text: "a" }, { kind: "text", text: "a" }],
];

describe("readConversations", () => {
  it.each(RECORDS)("recognises %s in an array and on lines: %j", async (layout, record, content) => {
    const array = write("array", JSON.stringify([record, record], null, 2));
    const lines = write("lines", `\n${JSON.stringify(record)}\n\n${JSON.stringify(record)}`);
    const read = await readConversations([array, lines]);
    expect(read.bad).toEqual([]);
    expect(read.examples.map((example) => example.content)).toEqual([content, content, content, content]);
    expect(read.files.map((file) => file.layout)).toEqual([
      expect.stringMatching(new RegExp(`^${layout}.*an array$`)),
      expect.stringMatching(new RegExp(`^${layout}.*on lines$`)),
    ]);
    expect(read.examples.slice(2).map(({ place }) => place.line)).toEqual([2, 4]);
  });

  it("reads folders in order, compressed files and plain text, and leaves out readme files", async () => {
    const inner = join(folder, "set");
    mkdirSync(join(inner, "more"), { recursive: true });
    write("set/a.json.gz", gzipSync(JSON.stringify([{ text: "first" }])));
    write("set/more/b.txt", "second\n<|endoftext|>\nthird\n");
    write("set/README.md", "not data");
    const { examples, files } = await readConversations([inner]);
    expect(examples.map(({ content }) => content)).toEqual(
      ["first", "second", "third"].map((text) => ({ kind: "text", text })),
    );
    expect(files.map(({ layout }) => layout)).toEqual(["text (text), an array", "plain text"]);
  });

  it("reports bad records with file and line, and reads on", async () => {
    const path = write(
      "bad.jsonl",
      '{"instruction":"a","output":"b"}\n{"instruction":"a"\n{"instruction":1,"output":"b"}\n[1]\n{"instruction":"c","output":"d"}\n',
    );
    const { examples, bad } = await readConversations([path]);
    expect(examples).toHaveLength(2);
    expect(bad.map(({ place }) => place.line)).toEqual([2, 3, 4]);
    expect(bad[1].problem).toMatchObject({ expected: 'text in "instruction"', found: "1" });
  });

  it("finds the line of an element of an array, and survives a broken one", async () => {
    const path = write(
      "bad.json",
      '[\n{"text":"a, ] } \\" b"},\n{"text": oops},\n\n{"text":"c"}\n,{"text":2}]\n',
    );
    const { examples, bad } = await readConversations([path]);
    expect(examples.map(({ place }) => place.line)).toEqual([2, 5]);
    expect(bad.map(({ place }) => place.line)).toEqual([3, 6]);
  });

  it.each([
    ["an unknown layout", '{"foo":1}', FormatError, "the fields foo"],
    ["a truncated array", '[{"text":"a"},{"text":"b"', FormatError, "truncated"],
  ])("refuses %s", async (_, content, type, words) => {
    const reading = readConversations([write("refused", content)]);
    await expect(reading).rejects.toThrow(type);
    await expect(reading).rejects.toThrow(words);
  });

  it("refuses a missing path", async () => {
    await expect(readConversations([join(folder, "nowhere")])).rejects.toThrow(FileError);
  });
});

describe("ArrayRecords", () => {
  it("finds the same records however the bytes are cut into chunks", () => {
    const property = fc.property(
      fc.array(fc.jsonValue(), { maxLength: 8 }),
      fc.array(fc.nat(40), { maxLength: 20 }),
      fc.nat(3),
      (values, cuts, indent) => {
        const bytes = new TextEncoder().encode(JSON.stringify(values, null, indent));
        const splitter = new ArrayRecords("file");
        const texts: string[] = [];
        let at = 0;
        for (const length of [...cuts, bytes.byteLength]) {
          for (const record of splitter.push(bytes.subarray(at, at + length)))
            texts.push(new TextDecoder().decode(record.bytes));
          at += length;
        }
        splitter.end();
        expect(texts.map((text) => JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(values)));
      },
    );
    fc.assert(property, { numRuns: 200 });
  });
});
