/** Documents of every format: their contents, however the bytes arrive, and the errors of bad ones. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bufferSource } from "../../base/bytes.ts";
import { CriaError, FileError, FormatError, RequestError, UnsupportedError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import {
  type DocumentFormat,
  type FoundDocument,
  findInputs,
  placeText,
  readDocuments,
  type StreamInput,
} from "./index.ts";
import { parquetDocuments } from "./parquet.ts";

const FIXTURES = JSON.parse(readFileSync(new URL("./fixtures/packed.json", import.meta.url), "utf8")) as {
  readonly parquet: Record<string, string>;
  readonly zstd: Record<"small" | "long", string>;
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-documents-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const utf8 = (text: string) => new TextEncoder().encode(text);
const base64 = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

function stream(...chunks: readonly (string | Uint8Array)[]): StreamInput {
  return {
    name: "pipe",
    chunks: (async function* () {
      for (const chunk of chunks) yield typeof chunk === "string" ? utf8(chunk) : chunk;
    })(),
  };
}

async function read(
  input: string | StreamInput,
  format?: DocumentFormat,
  fields: readonly string[] = ["text"],
): Promise<FoundDocument[]> {
  const found: FoundDocument[] = [];
  for (const one of findInputs([input], format).inputs)
    for await (const documents of readDocuments(one, { fields })) found.push(...documents);
  return found;
}

/** Texts, and for unreadable ones what was found. */
const outline = (found: readonly FoundDocument[]) =>
  found.map((one) =>
    one.kind === "document" ? one.text : { at: placeText(one.place), found: one.problem.found },
  );

async function texts(...args: Parameters<typeof read>) {
  return outline(await read(...args));
}

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("text", () => {
  it.each([
    ["without a separator is one document, byte for byte", "\n One\r\ntwo \n", ["\n One\r\ntwo \n"]],
    ["is cut at lines that hold only the separator", "a\nb\n<|endoftext|>\nc", ["a\nb", "c"]],
    ["drops the line break at its end if it is cut", "a\n<|endoftext|>\nc\n", ["a", "c"]],
    ["takes Windows line breaks", "a\r\n<|endoftext|>\r\nb\r\n", ["a", "b"]],
    ["may end with a separator", "a\n<|endoftext|>\n", ["a"]],
    ["may end with a separator without a line break", "a\n<|endoftext|>", ["a"]],
    ["may begin with a separator", "<|endoftext|>\na", ["", "a"]],
    ["has empty documents", "a\n<|endoftext|>\n<|endoftext|>\nb", ["a", "", "b"]],
    [
      "keeps separators inside lines",
      "x <|endoftext|>\n<|endoftext|> y",
      ["x <|endoftext|>\n<|endoftext|> y"],
    ],
    ["keeps longer lines", "a\n<|endoftext|>>\nb", ["a\n<|endoftext|>>\nb"]],
    ["drops a byte order mark at its start only", "\ufeffa\n<|endoftext|>\n\ufeffb", ["a", "\ufeffb"]],
    ["may be empty", "", [""]],
  ])("%s", async (_, content, expected) => {
    expect(await texts(stream(content))).toEqual(expected);
  });

  it("names the line of bytes that are not UTF-8, and continues after them", async () => {
    const bad = Buffer.concat([
      utf8("one\ntwo\n<|endoftext|>\nthree\nfo"),
      Buffer.of(0xff),
      utf8("ur\n<|endoftext|>\nfive"),
    ]);
    expect(await texts(stream(bad))).toEqual([
      "one\ntwo",
      { at: '"pipe", line 5', found: "invalid bytes" },
      "five",
    ]);
    const last = Buffer.concat([utf8("one\ntwo"), Buffer.of(0xc3)]);
    expect(await texts(stream(last))).toEqual([{ at: '"pipe", line 2', found: "invalid bytes" }]);
  });
});

describe("JSON lines", () => {
  it("return the first of the fields that a line has", async () => {
    const lines = '{"text":"a\\n🦙","id":1}\n\n  \r\n{"body":"b"}\r\n{"body":"no","text":"c"}';
    expect(await texts(stream(lines), "jsonl", ["text", "body"])).toEqual(["a\n🦙", "b", "c"]);
  });

  it("report an error in a line, and continue with the next", async () => {
    const lines = ['{"text":1}', "[1]", "7", '{"other":"x"}', "{", '{"text":"fine"}', '{"toString":1}'].join(
      "\n",
    );
    const found = await texts(stream("\ufeff", lines), "jsonl");
    expect(found.map((one) => (typeof one === "string" ? one : one.at))).toEqual([
      '"pipe", line 1',
      '"pipe", line 2',
      '"pipe", line 3',
      '"pipe", line 4',
      '"pipe", line 5',
      "fine",
      '"pipe", line 7',
    ]);
    const problems = (await read(stream('{"other":"x"}'), "jsonl")).map(
      (one) => one.kind === "bad" && one.problem,
    );
    expect(problems).toEqual([
      {
        doing: 'read a document of "pipe", line 1',
        expected: 'an object with the text in "text"',
        found: "the fields other",
        fix: "set the field that has the text (--field)",
      },
    ]);
  });

  it("may have a line that is not UTF-8", async () => {
    const lines = Buffer.concat([
      utf8('{"text":"a"}\n{"text":"'),
      Buffer.of(0xe4),
      utf8('"}\n{"text":"b"}\n'),
    ]);
    expect(await texts(stream(lines), "jsonl")).toEqual([
      "a",
      { at: '"pipe", line 2', found: "invalid bytes" },
      "b",
    ]);
  });
});

describe("chunks", () => {
  const content = utf8("ä\n<|endoftext|>\r\n🦙🦙\nx\n<|endoftext|>\n<|endoftext|>\n\n");
  const lines = utf8('{"text":"ä"}\n\n{"text":"🦙\\n"}\r\n{"te');
  /** Cuts at the given places. */
  const cut = (bytes: Uint8Array, places: readonly number[]) => {
    const sorted = [0, ...[...places].sort((a, b) => a - b), bytes.length];
    return sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
  };

  it.each([
    ["text", content],
    ["jsonl", lines],
    ["text", gzipSync(content)],
    ["text", base64(FIXTURES.zstd.small)],
  ] as const)("of %s may end anywhere", async (format, bytes) => {
    const whole = await texts(stream(bytes), format);
    expect(whole.length).toBeGreaterThan(1);
    const places = fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(places, async (at) => {
        expect(await texts(stream(...cut(bytes, at)), format)).toEqual(whole);
      }),
      { numRuns: 150, seed: 3 },
    );
  });
});

describe("packed files", () => {
  it("are recognised by their bytes, whatever their names", async () => {
    const path = write("packed.txt", gzipSync("a\n<|endoftext|>\nb"));
    expect(await texts(path)).toEqual(["a", "b"]);
    expect(await texts(write("plain.txt.gz", "c"))).toEqual(["c"]);
  });

  it("may have several gzip members and Zstandard frames", async () => {
    expect(await texts(stream(Buffer.concat([gzipSync("a"), gzipSync("b")])))).toEqual(["ab"]);
    const frame = base64(FIXTURES.zstd.small);
    const skippable = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
    const frames = Buffer.concat([frame, skippable, frame]);
    const small = [
      "First document.",
      "Zweites Dokument: äöü 🦙\nFirst document.",
      "Zweites Dokument: äöü 🦙",
    ];
    expect(await texts(stream(frames))).toEqual(small);
  });

  it("restore what the zstd program compressed", async () => {
    const [text] = await texts(stream(base64(FIXTURES.zstd.long)));
    const line = (i: number) => `Line ${i + 1} of a longer document that packs well.\n`;
    expect(text).toBe(Array.from({ length: 3000 }, (_, i) => line(i)).join(""));
  });

  it.each([
    ["gzip", gzipSync("some text that is long enough")],
    ["Zstandard", base64(FIXTURES.zstd.small)],
  ])("that are cut short are an error: %s", async (name, bytes) => {
    const cut = texts(stream(bytes.subarray(0, bytes.length - 6)));
    await expect(cut).rejects.toThrow(new RegExp(`^Cannot decompress "pipe": expected ${name} data`));
    await expect(cut).rejects.toBeInstanceOf(FormatError);
  });

  it("pass on errors of their source", async () => {
    const failing = {
      name: "pipe",
      chunks: (async function* () {
        yield gzipSync("some text").subarray(0, 12);
        throw new FileError({ doing: "read", found: "the disk is gone" });
      })(),
    };
    await expect(texts(failing)).rejects.toThrow("the disk is gone");
  });
});

describe("Parquet", () => {
  const expected = [
    "The first document.",
    "Zweites Dokument: äöü 🦙",
    "",
    { at: expect.stringMatching(/, row 3$/), found: "no value" },
    "The first document.",
  ];

  it.each(Object.keys(FIXTURES.parquet))("of another program, packed with %s", async (codec) => {
    expect(await texts(write(`${codec}.parquet`, base64(FIXTURES.parquet[codec])))).toEqual(expected);
  });

  it("lists the existing columns", async () => {
    const path = write("columns.parquet", base64(FIXTURES.parquet.snappy));
    await expect(texts(path, undefined, ["body"])).rejects.toThrow(
      'expected a column "body", got the columns id, text',
    );
    expect((await texts(path, undefined, ["id"]))[0]).toMatchObject({ found: "number" });
  });

  it("cannot come from a stream", async () => {
    await expect(texts(stream("PAR1"), "parquet")).rejects.toBeInstanceOf(UnsupportedError);
  });

  it("refuses row groups that are too large for memory", async () => {
    const good = Buffer.from(FIXTURES.parquet.snappy, "base64");
    // The first group's 3 rows: a field's header, 3 in zigzag form, the header of the next field.
    const at = good.indexOf(Buffer.of(0x16, 6, 0x26)) + 1;
    const rows = Buffer.of(0xfe, 0xff, 0xff, 0xff, 0x7f);
    const huge = Buffer.concat([good.subarray(0, at), rows, good.subarray(at + 1)]);
    huge.writeUInt32LE(huge.readUInt32LE(huge.length - 8) + rows.length - 1, huge.length - 8);
    const reading = (async () => {
      for await (const _ of parquetDocuments(bufferSource(huge), ["text"]));
    })();
    await expect(reading).rejects.toThrow("at most 16777216 rows");
  });

  it("ends damaged files with an error of Cria", async () => {
    const random = new Random(11);
    let refused = 0;
    for (const text of Object.values(FIXTURES.parquet)) {
      const good = base64(text);
      for (let run = 0; run < 60; run++) {
        const bytes = run % 8 === 0 ? good.slice(0, random.below(good.length)) : good.slice();
        for (let i = 0; i < 3; i++) bytes[random.below(bytes.length)] = random.below(256);
        try {
          for await (const documents of parquetDocuments(bufferSource(bytes), ["text"]))
            for (const { place } of documents) expect(place.file).toBe("buffer");
        } catch (error) {
          expect(error).toBeInstanceOf(CriaError);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(60);
  });
});

describe("inputs", () => {
  it("are sorted files of folders, by their endings", () => {
    const root = join(folder, "tree");
    for (const path of ["b", "b/deep", ".hidden"]) mkdirSync(join(root, path), { recursive: true });
    const files = [
      "z.txt",
      "a.jsonl.gz",
      "b/one.TXT.zst",
      "b/deep/two.ndjson",
      "README.md",
      ".x.txt",
      ".hidden/y.txt",
    ];
    for (const name of files) writeFileSync(join(root, name), "x");
    const { inputs, ignored } = findInputs([root]);
    expect(inputs.map(({ name, format }) => [name.slice(root.length + 1), format])).toEqual([
      ["a.jsonl.gz", "jsonl"],
      ["b/deep/two.ndjson", "jsonl"],
      ["b/one.TXT.zst", "text"],
      ["z.txt", "text"],
    ]);
    expect(ignored).toEqual([join(root, "README.md")]);
  });

  it("may have an explicit format, else their name must imply it", () => {
    const path = write("notes.md", "x");
    expect(() => findInputs([path])).toThrow(RequestError);
    expect(findInputs([path], "text").inputs[0].format).toBe("text");
    expect(() => findInputs([join(folder, "missing.txt")])).toThrow(FileError);
  });

  it("fail if links form a cycle", () => {
    const root = join(folder, "loop");
    mkdirSync(root);
    symlinkSync(root, join(root, "again"));
    expect(() => findInputs([root])).toThrow(FileError);
  });

  it("are read byte by byte exactly once", async () => {
    const bytes = gzipSync("a\n<|endoftext|>\nb");
    const seen: number[] = [];
    const [input] = findInputs([write("counted.txt.gz", bytes)]).inputs;
    for await (const _ of readDocuments(input, { fields: [], onBytes: (chunk) => void seen.push(...chunk) }));
    expect(seen).toEqual([...bytes]);
  });
});
