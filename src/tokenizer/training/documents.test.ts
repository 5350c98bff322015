import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DocumentSource, readDocuments } from "./documents.ts";

const utf8 = new TextEncoder();

/** Reads bytes that arrive in pieces of this length. */
async function read(bytes: Uint8Array, source: Partial<DocumentSource> = {}, step = 7): Promise<string[]> {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
  }
  const documents: string[] = [];
  for await (const one of readDocuments(chunks(), { name: "x.txt", format: "text", ...source }))
    documents.push(one);
  return documents;
}
const readText = (text: string, source?: Partial<DocumentSource>, step?: number) =>
  read(utf8.encode(text), source, step);

describe("readDocuments of text", () => {
  it("takes a file as one document, however its bytes arrive", async () => {
    const property = fc.asyncProperty(
      fc.array(fc.constantFrom("a", "é", "🦙", "\n", "\r\n", "\ufeff", "<|endoftext|>", " "), {
        maxLength: 30,
      }),
      fc.integer({ min: 1, max: 9 }),
      async (parts, step) => {
        // Between other characters the separator is part of a line.
        const text = ["\ufeff", ...parts, ""].join("x");
        expect((await readText(text, {}, step)).join("")).toBe(text.slice(1));
      },
    );
    await fc.assert(property);
  });

  it("ends a document at a line that is the separator, and only there", async () => {
    const text =
      "one\ntwo\n<|endoftext|>\nthree <|endoftext|>\n <|endoftext|>\n<|endoftext|>\r\nfour\n<|endoftext|>";
    expect(await readText(text)).toEqual(["one\ntwo\n", "three <|endoftext|>\n <|endoftext|>\n", "four\n"]);
    expect(await readText("<|endoftext|>\n<|endoftext|>\n")).toEqual([]);
    expect(await readText("")).toEqual([]);
  });

  it("hands a long document on in parts that end with a line", async () => {
    const lines = Array.from(
      { length: 120_000 },
      (_, i) => `Line number ${i} is here, with some words more.\n`,
    );
    const parts = await readText(lines.join(""), {}, 1 << 20);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.join("")).toBe(lines.join(""));
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(2 ** 22);
      expect(part).toMatch(/^Line number [\s\S]*more\.\n$/);
    }
  });

  it.each([
    ["words", "words ", /^ ?w[\s\S]*s ?$/],
    ["one character of four bytes", "🦙", /^(?:🦙)*$/u],
    ["one character of three bytes", "中", /^中*$/],
  ])("cuts a line without end between %s", async (_, unit, shape) => {
    const text = unit.repeat(Math.ceil(2.5e7 / utf8.encode(unit).length));
    const parts = await readText(text, {}, 1 << 20);
    expect(parts.join("") === text).toBe(true);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) {
      expect(part.length).toBeLessThanOrEqual(2 ** 22);
      expect(shape.test(part)).toBe(true);
    }
  });

  it.each([1, 5, 100])("names the line of bytes that are no UTF-8, in pieces of %s", async (step) => {
    const bytes = Uint8Array.of(...utf8.encode("good\nfine é\nbad "), 0xff, 0xfe, ...utf8.encode("\nrest\n"));
    await expect(read(bytes, {}, step)).rejects.toThrow(
      'Cannot read "x.txt": expected text in UTF-8, got other bytes in line 3; convert the file to UTF-8',
    );
    await expect(read(bytes, {}, step)).rejects.toMatchObject({ code: "FORMAT" });
    await expect(read(Uint8Array.of(0x61, 0xc3), {}, step)).rejects.toThrow(/in line 1/);
    await expect(read(Uint8Array.of(0x61, 0x0a, 0xed, 0xa0, 0x80), {}, step)).rejects.toThrow(/in line 2/);
  });
});

describe("readDocuments of JSON lines", () => {
  const json = { name: "x.jsonl", format: "jsonl" } as const;

  it("takes the text of every line", async () => {
    const text = '{"text":"one\\ntwo","id":1}\n\n  \r\n{"id":2,"text":""}\n{"text":"dré"}\r\n{"text":"last"}';
    expect(await readText(text, json)).toEqual(["one\ntwo", "dré", "last"]);
    expect(await readText('{"a":{"b":1},"content":"c"}', { ...json, field: "content" })).toEqual(["c"]);
  });

  it.each([
    ["broken JSON", '{"text":"a"}\n{"text":', 'Cannot read line 2 of "x.jsonl": expected a JSON object'],
    ["a list", '["text"]', "got another kind of value"],
    ["null", "\nnull", "Cannot read line 2"],
    ["another field", '{"title":"a","body":"b"}', "got the fields title, body; name the field"],
    ["a number", '{"text":7}', "got a number in that field"],
    ["a field of every object", '{"x":1}', 'field "text"'],
  ])("refuses %s", async (_, text, message) => {
    await expect(readText(text, json)).rejects.toThrow(message);
    await expect(readText(text, json)).rejects.toMatchObject({ code: "FORMAT" });
  });

  it("does not take what every object inherits for a field", async () => {
    await expect(readText('{"a":"b"}', { ...json, field: "constructor" })).rejects.toThrow("the fields a");
  });
});
