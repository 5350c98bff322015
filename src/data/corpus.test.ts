/** Corpora: an opened corpus has the packed documents, and nothing else opens. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sharedData, sharedPath } from "../../test/support/shared-data.ts";
import { jsonLines, packTiny } from "../../test/support/tiny-corpus.ts";
import { tinyTokenizer, tinyVocabulary } from "../../test/support/tiny-tokenizer.ts";
import { CriaError, FileError, FormatError, RequestError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { openTokenizer, PIECE, Tokenizer, writeHfTokenizer } from "../tokenizer/index.ts";
import { batches, heldOut } from "./batches/index.ts";
import { type Corpus, openCorpus } from "./corpus.ts";
import { packCorpus } from "./pack.ts";
import { isHeldOut } from "./source-packer.ts";
import { tokenizerIdentity } from "./tokenizer-copy.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cria-corpus-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...names: string[]) => join(folder, ...names);

const TEXTS = {
  news: ["the ant", "an äöü 🦙\n", "  to  the  ", "the ant"],
  books: ["a long one: ".repeat(50), "not"],
};

/** Texts of a split, decoded. */
function textsIn(corpus: Corpus, source: string, split: "train" | "heldOut" = "train"): string[] {
  const documents = corpus.source(source)[split];
  return Array.from({ length: documents.count }, (_, i) => corpus.tokenizer.decode(documents.tokensOf(i)));
}

/** Every file of a folder with its bytes. */
const filesOf = (path: string) =>
  Object.fromEntries(
    readdirSync(path).map((name) => [name, readFileSync(join(path, name)).toString("base64")]),
  );

describe("a corpus", () => {
  it("holds the documents that were packed, source by source, in order", async () => {
    const { path, report } = await packTiny(folder, TEXTS, { name: "whole", weights: { books: 0.25 } });
    using corpus = openCorpus(path);
    expect(corpus.sources.map(({ name, weight }) => [name, weight])).toEqual([
      ["news", undefined],
      ["books", 0.25],
    ]);
    for (const [name, texts] of Object.entries(TEXTS)) {
      expect(textsIn(corpus, name)).toEqual(texts);
      const { train } = corpus.source(name);
      texts.forEach((text, i) => {
        expect(train.byteLengthOf(i)).toBe(Buffer.byteLength(text));
        expect([...train.tokensOf(i)]).toEqual(tinyTokenizer().encode(text, { bos: true, eos: true }));
        expect([...train.tokensOf(i, 1, 4)]).toEqual([...train.tokensOf(i)].slice(1, 4));
      });
      expect(train.byteLength).toBe(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
    }
    expect(report.documents).toBe(6);
    expect(report.tokens).toBe(corpus.sources.reduce((sum, { train }) => sum + train.tokenCount, 0));
    expect(corpus.file).toEqual(report.corpus);
    expect(() => corpus.source("web")).toThrow(RequestError);
    expect(() => corpus.source("news").train.tokensOf(4)).toThrow("expected a number from 0 to 3, got 4");
  });

  it("is the same bytes for the same inputs and options", async () => {
    const [one, two] = [
      await packTiny(folder, TEXTS, { name: "one" }),
      await packTiny(folder, TEXTS, { name: "two" }),
    ];
    expect(filesOf(one.path)).toEqual(filesOf(two.path));
    const other = await packTiny(folder, { ...TEXTS, news: [...TEXTS.news].reverse() }, { name: "three" });
    expect(other.report.corpus.id).not.toBe(one.report.corpus.id);
  });

  it("has the layout that docs/data.md states", async () => {
    const { path } = await packTiny(folder, { a: ["the", "to"] }, { name: "layout" });
    const tokens = readFileSync(join(path, "a.train.tokens"));
    const expected = ["the", "to"].map((text) => tinyTokenizer().encode(text, { bos: true, eos: true }));
    expect([...new Uint16Array(tokens.buffer, tokens.byteOffset, tokens.length / 2)]).toEqual(
      expected.flat(),
    );
    const index = readFileSync(join(path, "a.train.index"));
    expect(index.toString("latin1", 0, 8)).toBe("CRIAINDX");
    expect([index.readUInt32LE(8), index.readUInt32LE(12)]).toEqual([1, 2]);
    const numbers = Array.from({ length: (index.length - 16) / 8 }, (_, i) =>
      Number(index.readBigUInt64LE(16 + 8 * i)),
    );
    const total = expected.flat().length;
    expect(numbers).toEqual([2, total, 0, 3, expected[0].length, 2, total, 0]);
  });

  it("stores 32 bits per token if the vocabulary needs them", async () => {
    const base = tinyVocabulary();
    const more = 70_000;
    const tokenizer = new Tokenizer({
      ...base,
      pieces: [...base.pieces, ...Array.from({ length: more }, (_, i) => `▁x${i}`)],
      scores: Float32Array.from({ length: base.pieces.length + more }, (_, i) => base.scores[i] ?? -i),
      types: Uint8Array.from({ length: base.pieces.length + more }, (_, i) => base.types[i] ?? PIECE.normal),
      added: [{ id: base.pieces.length + more - 1, content: "LAST", special: false }],
    });
    const { path } = await packTiny(folder, { a: ["the LAST"] }, { name: "wide", tokenizer });
    using corpus = openCorpus(path);
    expect(corpus.file.tokenType).toBe("u32");
    expect([...corpus.source("a").train.tokensOf(0)]).toContain(base.pieces.length + more - 1);
  });
});

describe("borders of documents", () => {
  const cases: [string, Partial<ReturnType<typeof tinyVocabulary>>, object, number | null, number | null][] =
    [
      ["are BOS and EOS by default", {}, {}, 1, 2],
      ["are EOS alone where the vocabulary starts without BOS", { addBos: false }, {}, null, 2],
      ["are one token where both are the same", { eosId: 1 }, {}, 1, null],
      ["are as requested", {}, { bos: false, eos: false }, null, null],
      ["may be the same token twice", { eosId: 1 }, { eos: true }, 1, 1],
    ];
  it.each(cases)("%s", async (_, changes, wanted, bos, eos) => {
    const tokenizer = tinyTokenizer(changes);
    const { path } = await packTiny(folder, { a: ["the"] }, { name: "borders", tokenizer, ...wanted });
    using corpus = openCorpus(path);
    expect([corpus.file.bos, corpus.file.eos]).toEqual([bos, eos]);
    const inner = tokenizer.encode("the");
    const expected = [...(bos === null ? [] : [bos]), ...inner, ...(eos === null ? [] : [eos])];
    expect([...corpus.source("a").train.tokensOf(0)]).toEqual(expected);
  });

  it("cannot be tokens that the vocabulary lacks", async () => {
    const { bosId: _, ...without } = tinyVocabulary({ addBos: false });
    const packing = packTiny(
      folder,
      { a: ["the"] },
      { name: "no-bos", tokenizer: new Tokenizer(without), bos: true },
    );
    await expect(packing).rejects.toThrow("expected a vocabulary with a BOS token, got none; omit BOS");
  });

  it("are never made by the text of a document", async () => {
    const { path } = await packTiny(folder, { a: ["</s><s> the"] }, { name: "forged" });
    using corpus = openCorpus(path);
    const ids = [...corpus.source("a").train.tokensOf(0)];
    expect(ids.slice(1, -1).filter((id) => id === 1 || id === 2)).toEqual([]);
  });
});

describe("the tokenizer of a corpus", () => {
  it("is a copy of its file, and identified by its pieces whatever the file", async () => {
    const json = at("tokenizer.json");
    writeFileSync(json, writeHfTokenizer(tinyVocabulary()));
    const tokenizer = openTokenizer(json, readFileSync(json));
    const { path } = await packTiny(
      folder,
      { a: ["the"] },
      { name: "copied", tokenizer, tokenizerFile: json },
    );
    const { path: other } = await packTiny(folder, { a: ["the"] }, { name: "written" });
    using copied = openCorpus(path);
    using written = openCorpus(other);
    expect(readFileSync(join(path, "tokenizer.json"))).toEqual(readFileSync(json));
    expect(written.file.tokenizer.file).toBe("tokenizer.gguf");
    expect(copied.file.tokenizer.identity).toBe(written.file.tokenizer.identity);
    expect(tokenizerIdentity(written.tokenizer)).toBe(written.file.tokenizer.identity);
    for (const { tokenizer: opened } of [copied, written])
      expect(opened.encode("the ant")).toEqual(tinyTokenizer().encode("the ant"));
  });

  it("is written as GGUF if the file has another vocabulary", async () => {
    const json = at("other.json");
    writeFileSync(json, writeHfTokenizer(tinyVocabulary()));
    const pieces = [...tinyVocabulary().pieces];
    pieces[pieces.length - 1] = "▁no";
    const tokenizer = tinyTokenizer({ pieces });
    const { path } = await packTiny(
      folder,
      { a: ["no"] },
      { name: "mismatch", tokenizer, tokenizerFile: json },
    );
    using corpus = openCorpus(path);
    expect(corpus.file.tokenizer.file).toBe("tokenizer.gguf");
    expect(textsIn(corpus, "a")).toEqual(["no"]);
  });
});

describe("skipped documents", () => {
  it("are counted: empty ones, and bad ones if requested", async () => {
    const sources = [{ name: "a", inputs: [at("mixed.jsonl")] }];
    writeFileSync(
      at("mixed.jsonl"),
      '{"text":"the"}\n{"text":" \\n"}\n{"text":3}\n{"tex\n{"text":""}\n{"text":"to"}\n',
    );
    const options = { sources, tokenizer: tinyTokenizer(), output: at("mixed"), threads: 1 };
    await expect(packCorpus(options)).rejects.toThrow(
      `Cannot read a document of "${at("mixed.jsonl")}", line 3`,
    );
    await expect(packCorpus(options)).rejects.toBeInstanceOf(FormatError);
    expect(existsSync(at("mixed"))).toBe(false);
    const report = await packCorpus({ ...options, skipBad: true });
    expect(report.skipped).toEqual({ empty: 2, bad: 2, heldOutCopies: 0 });
    expect(report.bad.map(({ place }) => place.line)).toEqual([3, 4]);
    using corpus = openCorpus(at("mixed"));
    expect(textsIn(corpus, "a")).toEqual(["the", "to"]);
    expect(corpus.file.sources[0].inputs).toMatchObject([
      { format: "jsonl", byteLength: readFileSync(at("mixed.jsonl")).length, split: "train" },
    ]);
  });

  it("must not be all", async () => {
    await expect(packTiny(folder, { a: ["", " "] }, { name: "nothing" })).rejects.toThrow(
      "at least one document",
    );
    expect(existsSync(at("nothing"))).toBe(false);
  });
});

describe("held-out documents", () => {
  const many = Array.from({ length: 3000 }, (_, i) => `document ${i}`);

  it("are a share by the hash of their text: copies stay together, a larger share holds the same and more", async () => {
    const options = { name: "held", heldOut: 0.1 };
    const { path } = await packTiny(folder, { a: many, b: [...many].reverse() }, options);
    using corpus = openCorpus(path);
    const [a, b] = ["a", "b"].map((name) => new Set(textsIn(corpus, name, "heldOut")));
    expect(a).toEqual(b);
    expect(Math.abs(a.size - 300)).toBeLessThan(4 * Math.sqrt(3000 * 0.1 * 0.9));
    expect(textsIn(corpus, "a").filter((text) => a.has(text))).toEqual([]);
    expect(textsIn(corpus, "a").length + a.size).toBe(3000);
    const { path: more } = await packTiny(folder, { a: many }, { name: "held-more", heldOut: 0.2 });
    using larger = openCorpus(more);
    const all = new Set(textsIn(larger, "a", "heldOut"));
    expect([...a].every((text) => all.has(text))).toBe(true);
    expect(all.size).toBeGreaterThan(a.size);
  });

  it("are chosen by SHA-256", () => {
    expect(isHeldOut("000000000000ffff", 1e-9)).toBe(true);
    expect(isHeldOut("7fffffffffffffff", 0.5)).toBe(true);
    expect(isHeldOut("8000000000000000", 0.5)).toBe(false);
    expect(isHeldOut("ffffffffffffffff", 0.999999)).toBe(false);
  });

  it("may be separate files, whose copies no source trains on", async () => {
    const texts = { a: ["one", "two", "three"], b: ["two", "four"] };
    const { path, report } = await packTiny(folder, texts, {
      name: "files",
      heldOutTexts: { b: ["two", "five"] },
    });
    using corpus = openCorpus(path);
    expect(textsIn(corpus, "a")).toEqual(["one", "three"]);
    expect(textsIn(corpus, "b")).toEqual(["four"]);
    expect(textsIn(corpus, "b", "heldOut")).toEqual(["two", "five"]);
    expect(report.skipped.heldOutCopies).toBe(2);
  });

  it("warn if none was chosen", async () => {
    const { report } = await packTiny(folder, { a: ["one"] }, { name: "few", heldOut: 1e-9 });
    expect(report.warnings).toContain("no document was held out");
  });
});

describe("a target", () => {
  it("that exists is replaced only on request, and only if it is a corpus", async () => {
    const { path } = await packTiny(folder, { a: ["one"] }, { name: "target" });
    const again = { name: "target", overwrite: false };
    await expect(packTiny(folder, { a: ["two"] }, again)).rejects.toThrow("it already exists");
    await packTiny(folder, { a: ["two"] }, { name: "target", overwrite: true });
    using corpus = openCorpus(path);
    expect(textsIn(corpus, "a")).toEqual(["two"]);
    writeFileSync(at("precious"), "x");
    const precious = packTiny(folder, { a: ["two"] }, { name: "precious", overwrite: true });
    await expect(precious).rejects.toThrow("expected a corpus to replace, got a different folder or file");
    await expect(precious).rejects.toBeInstanceOf(FileError);
  });

  it("does not appear when the packing ends early, and nothing is left", async () => {
    const controller = new AbortController();
    const inputs = [
      jsonLines(
        "pipe",
        Array.from({ length: 5000 }, (_, i) => `document ${i}`),
      ),
    ];
    const packing = packCorpus({
      sources: [{ name: "a", inputs }],
      format: "jsonl",
      tokenizer: tinyTokenizer(),
      output: at("aborted"),
      threads: 1,
      signal: controller.signal,
      onProgress: ({ documents }) => documents > 0 && controller.abort(new Error("enough")),
    });
    await expect(packing).rejects.toThrow("enough");
    expect(readdirSync(folder).filter((name) => name.includes("aborted"))).toEqual([]);
  });

  it.each([
    ["no source", { sources: [] }, "expected at least one source"],
    ["a name with a slash", { sources: [{ name: "a/b", inputs: ["x.txt"] }] }, "expected a name of letters"],
    [
      "names that differ in case only",
      {
        sources: [
          { name: "a", inputs: ["x"] },
          { name: "A", inputs: ["x"] },
        ],
      },
      "different names",
    ],
    ["no input", { sources: [{ name: "a", inputs: [] }] }, 'inputs for the source "a"'],
    ["a weight of zero", { sources: [{ name: "a", inputs: ["x"], weight: 0 }] }, "a positive weight"],
    ["a share of one", { sources: [{ name: "a", inputs: ["x"] }], heldOut: 1 }, "from 0 to below 1"],
  ])("is not begun with %s", async (_, wrong, message) => {
    const packing = packCorpus({ tokenizer: tinyTokenizer(), output: at("never"), ...wrong });
    await expect(packing).rejects.toThrow(message);
    await expect(packing).rejects.toBeInstanceOf(RequestError);
  });
});

describe("a damaged corpus", () => {
  /** Packs, changes a file, and returns the path. */
  async function damaged(
    file: string,
    change: (bytes: Buffer) => Buffer | string | undefined,
  ): Promise<string> {
    rmSync(at("damaged"), { recursive: true, force: true });
    const { path } = await packTiny(folder, TEXTS, { name: "damaged" });
    const content = change(readFileSync(join(path, file)));
    if (content === undefined) rmSync(join(path, file));
    else writeFileSync(join(path, file), content);
    return path;
  }
  /** Reads the whole corpus. */
  function use(path: string): void {
    using corpus = openCorpus(path);
    expect(corpus.tokenizer.vocabSize).toBeGreaterThan(0);
    for (const { name } of corpus.sources) textsIn(corpus, name);
    const steps = batches(corpus, { batch: 2, block: 16, seed: 1 });
    for (let i = 0; i < 30; i++) steps.next();
    for (const part of heldOut(corpus, { block: 16, split: "train" })) for (const _ of part.batches());
  }

  it.each<[string, string, (bytes: Buffer) => Buffer | string | undefined, RegExp]>([
    ["without corpus.json", "corpus.json", () => undefined, /a folder with corpus\.json/],
    ["whose corpus.json is no JSON", "corpus.json", () => "{", /expected JSON/],
    [
      "of another version",
      "corpus.json",
      (b) => b.toString().replace('"version": 1', '"version": 2'),
      /version: /,
    ],
    [
      "that names a file elsewhere",
      "corpus.json",
      (b) => b.toString().replace('"tokenizer.gguf"', '"../x"'),
      /tokenizer\.file/,
    ],
    [
      "with a source that leads elsewhere",
      "corpus.json",
      (b) => b.toString().replace('"news"', '"../news"'),
      /sources\.0\.name/,
    ],
    [
      "with a negative count",
      "corpus.json",
      (b) => b.toString().replace(/"documents": \d+/, '"documents": -1'),
      /documents/,
    ],
    [
      "with another count",
      "corpus.json",
      (b) => b.toString().replace(/"tokens": \d+/, '"tokens": 7'),
      /expected bytes 14/,
    ],
    ["without tokens", "news.train.tokens", () => undefined, /there is no such file/],
    ["with fewer tokens", "news.train.tokens", (b) => b.subarray(0, -2), /expected bytes/],
    ["with fewer records", "news.train.index", (b) => b.subarray(0, -16), /expected bytes/],
    [
      "with another magic",
      "news.train.index",
      (b) => Buffer.concat([Buffer.from("X"), b.subarray(1)]),
      /the magic CRIAINDX/,
    ],
    [
      "whose tokens are out of range",
      "news.train.tokens",
      (b) => b.fill(255, 4, 6),
      /document 0 of ".*news\.train\.tokens": expected tokens below \d+, got 65535 at token 2/,
    ],
    [
      "whose documents overlap",
      "news.train.index",
      (b) => b.fill(0, 48, 56),
      /document 0 of ".*news\.train\.index": expected a range inside/,
    ],
    [
      "whose documents are out of range",
      "news.train.index",
      (b) => b.fill(255, 48, 56),
      /expected a range inside/,
    ],
    ["without its tokenizer", "tokenizer.gguf", () => undefined, /there is no such file/],
  ])("%s is an error that says so", async (_, file, change, message) => {
    const path = await damaged(file, change);
    expect(() => use(path)).toThrow(message);
    expect(() => use(path)).toThrow(CriaError);
  });

  it("never fails with anything but Cria's own errors, whatever was changed", async () => {
    const { path } = await packTiny(folder, TEXTS, { name: "fuzzed" });
    const random = new Random(9);
    const files = readdirSync(path);
    let refused = 0;
    for (let run = 0; run < 300; run++) {
      const file = join(path, files[random.below(files.length)]);
      const good = readFileSync(file);
      const length = random.below(6) === 0 ? random.below(good.length) : good.length;
      const bytes = Buffer.from(good.subarray(0, length));
      for (let i = 0; i < 2 && bytes.length > 0; i++) bytes[random.below(bytes.length)] = random.below(256);
      writeFileSync(file, bytes);
      try {
        use(path);
      } catch (error) {
        expect(error).toBeInstanceOf(CriaError);
        refused++;
      }
      writeFileSync(file, good);
    }
    expect(refused).toBeGreaterThan(50);
    expect(() => use(path)).not.toThrow();
  });
});

describe.skipIf(!sharedData)("real text", () => {
  it("survives packing from files of both kinds", async () => {
    const inputs = ["training2/tinystories/tinystories-valid-head.txt.gz", "training2/storybooks-cc-by"].map(
      sharedPath,
    );
    const file = sharedPath("tokenizers/llama2-tokenizer.model");
    const tokenizer = openTokenizer(file, readFileSync(file));
    const output = at("stories");
    const report = await packCorpus({
      sources: [{ name: "stories", inputs }],
      tokenizer,
      tokenizerFile: file,
      output,
      heldOut: 0.05,
      threads: 1,
    });
    using corpus = openCorpus(output);
    // Documents as training2/README.md counts them: 974 + 300 + 377.
    expect(report.documents + report.skipped.empty).toBe(974 + 300 + 377);
    expect(report.bytes / report.tokens).toBeGreaterThan(3.2);
    const { train, heldOut: held } = corpus.source("stories");
    for (const documents of [train, held])
      for (let i = 0; i < documents.count; i += 17)
        expect(Buffer.byteLength(corpus.tokenizer.decode(documents.tokensOf(i)))).toBe(
          documents.byteLengthOf(i),
        );
    // The batches of an epoch count each of its bytes.
    let bytes = 0;
    const sources = [{ name: "stories", epochs: 1 }];
    for (const { byteCount } of batches(corpus, { batch: 8, block: 256, seed: 1, sources }))
      bytes += byteCount;
    expect(bytes).toBe(train.byteLength);
    const [part] = heldOut(corpus, { block: 256 });
    expect(part.byteLength).toBe(held.byteLength);
  });
});

if (!sharedData) console.log("real text is not packed: ../shared/data is not there");
