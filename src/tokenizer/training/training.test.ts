/** Compares the fast trainer with the slow one, and checks properties of every training. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  referenceByteMerges,
  referenceSpmPieces,
  type SpmReferenceOptions,
} from "../../../test/support/bpe-reference.ts";
import { Random } from "../../base/random.ts";
import { PIECE, Tokenizer, type TrainTokenizerOptions, trainTokenizer, vocabularyFromSpm } from "../index.ts";
import { bytesField, type Field, floatField, intField, readMessage } from "../protobuf.ts";
import { readSpmModel, specOf } from "../spm-model.ts";

/** Characters for runs, scripts, digits, marks, spaces and boundaries. */
const UNITS = [..."aab  \n1７гдαж中ひカー한.,-▁▅\t\u0301🦙🇵ﬁ", "the ", "  ", "aaaa", "<x>", "é"];
const texts = fc
  .array(fc.constantFrom(...UNITS), { minLength: 1, maxLength: 120 })
  .map((parts) => parts.join(""));

const LLAMA: SpmReferenceOptions = {
  coverage: 0.99995,
  maxPieceLength: 16,
  splitDigits: true,
  splitByUnicodeScript: true,
  splitByWhitespace: true,
  splitByNumber: true,
  allowWhitespaceOnlyPieces: true,
  addDummyPrefix: true,
  symbols: ["<unk>", "<s>", "</s>"],
};
const options = fc.record({
  coverage: fc.constantFrom(0.98, 0.99995, 1),
  maxPieceLength: fc.constantFrom(1, 3, 16),
  splitDigits: fc.boolean(),
  splitByUnicodeScript: fc.boolean(),
  splitByWhitespace: fc.boolean(),
  splitByNumber: fc.boolean(),
  allowWhitespaceOnlyPieces: fc.boolean(),
  addDummyPrefix: fc.boolean(),
  symbols: fc.constantFrom(LLAMA.symbols, [...LLAMA.symbols, "<x>", "aa", "▁t"]),
});

async function spmPieces(documents: Iterable<string>, given: SpmReferenceOptions): Promise<string[]> {
  const { coverage, symbols, ...rest } = given;
  const { vocabulary } = await trainTokenizer(documents, {
    kind: "spm-bpe",
    vocabSize: 400,
    hardVocabLimit: false,
    byteFallback: false,
    characterCoverage: coverage,
    userDefinedSymbols: symbols.slice(3),
    ...rest,
  });
  return vocabulary.pieces.slice(symbols.length);
}

describe("trainTokenizer", () => {
  it("learns the same SentencePiece pieces as the slow trainer", async () => {
    const property = fc.asyncProperty(texts, options, async (text, given) => {
      fc.pre(/[^\n\0▅]/.test(text));
      expect(await spmPieces([text], given)).toEqual(referenceSpmPieces(text, 400, given).slice(0, 397));
    });
    await fc.assert(property, { numRuns: 400 });
  });

  it("learns the example of docs/tokenizer-training.md", async () => {
    const { vocabulary } = await trainTokenizer(["the cat sat\nthe hat sat\nthat cat"], {
      kind: "spm-bpe",
      vocabSize: 17,
      byteFallback: false,
      characterCoverage: 1,
    });
    const pieces = "<unk> <s> </s> at th ▁th ▁c ▁s ▁cat ▁sat t ▁ a h c e s".split(" ");
    expect(vocabulary.pieces).toEqual(pieces);
    const tokenizer = new Tokenizer(vocabulary);
    expect(tokenizer.encode("the hat").map((id) => tokenizer.piece(id))).toEqual("▁th e ▁ h at".split(" "));
  });

  it.each(["gpt-2", "llama-bpe"] as const)(
    "learns the same merges of bytes as the slow trainer: %s",
    async (pre) => {
      const property = fc.asyncProperty(
        fc.array(texts, { minLength: 1, maxLength: 3 }),
        async (documents) => {
          const { vocabulary } = await trainTokenizer(documents, {
            kind: "byte-bpe",
            vocabSize: 330,
            pre,
            bosPiece: "",
            eosPiece: "",
            hardVocabLimit: false,
          });
          expect(vocabulary.merges).toEqual(referenceByteMerges(documents, 74, { pre, minFrequency: 2 }));
          expect(vocabulary.pieces.slice(256)).toEqual(
            vocabulary.merges?.map((merge) => merge.replace(" ", "")),
          );
        },
      );
      await fc.assert(property, { numRuns: 150 });
    },
  );

  const STORY =
    "Once upon a time there was a little llama. The llama loved the green grass, and the grass loved rain.\n" +
    "It rained 12 days in 2024; the llama's wool was wet, wet, wet!\n\n  Then came the sun... and the end.\n";
  const many = Array.from(
    { length: 40 },
    (_, i) => `${STORY}Day ${i}: ${"ab".repeat(i % 7)} Привет 日本語 🦙.\n`,
  );
  const syllables = "ba do ki lu ma ne po ra si tu wi zo".split(" ");
  const random = new Random(11);
  const varied = Array.from({ length: 300 }, (_, i) => {
    const word = () => Array.from({ length: 3 }, () => syllables[random.below(12)]).join("");
    return `${word()} ${word()}, ${word()} ${i}.\n`;
  });
  const spm: TrainTokenizerOptions = { kind: "spm-bpe", vocabSize: 375 };
  const bytes: TrainTokenizerOptions = { kind: "byte-bpe", vocabSize: 288 };
  const kinds = [spm, bytes];
  const filesOf = async (documents: Iterable<string> | AsyncIterable<string>, given: TrainTokenizerOptions) =>
    (await trainTokenizer(documents, given)).files.map(({ name, bytes: own }) => [name, Array.from(own)]);

  it.each(kinds)(
    "produces the same bytes for the same text in any order and division: $kind",
    async (given) => {
      const heldOut = { ...given, heldOut: 0.2, sample: 0.7, seed: 3 } as TrainTokenizerOptions;
      const once = await filesOf(varied, heldOut);
      expect(await filesOf(varied, heldOut)).toEqual(once);
      expect(await filesOf(varied.toReversed(), heldOut)).toEqual(once);
      expect(await filesOf([varied.join("")], heldOut)).toEqual(once);
      async function* slowly() {
        for (const document of varied) yield document;
      }
      expect(await filesOf(slowly(), heldOut)).toEqual(once);
      expect(await filesOf(varied, { ...heldOut, seed: 4 })).not.toEqual(once);
    },
  );

  it.each(kinds)(
    "creates a vocabulary that encodes and decodes any text without loss: $kind",
    async (given) => {
      const { vocabulary, files } = await trainTokenizer(many, given);
      const tokenizer = new Tokenizer(vocabulary);
      expect(vocabulary.pieces).toHaveLength(given.vocabSize);
      for (const text of [
        "",
        " a",
        "  b  ",
        "\n\n\t\r\n",
        "naïve 😀 \u0301 中 12345",
        "\0\u{10ffff}",
        many[3],
      ]) {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }
      expect(tokenizer.encode(many[0]).length).toBeLessThan(many[0].length / 1.5);
      expect(files.length).toBe(given.kind === "spm-bpe" ? 1 : 2);
    },
  );

  it("writes a tokenizer.model that contains its training options", async () => {
    const { files, vocabulary } = await trainTokenizer(many, {
      ...spm,
      kind: "spm-bpe",
      vocabSize: 410,
      padPiece: "<pad>",
      controlSymbols: ["<mask>"],
      userDefinedSymbols: ["llama", "▁the"],
      characterCoverage: 0.99,
      requiredChars: "🦙ß",
      splitDigits: false,
      addDummyPrefix: false,
    });
    const [{ name, bytes: file }] = files;
    expect(name).toBe("tokenizer.model");
    const read = vocabularyFromSpm(file, vocabulary.name);
    expect(read).toEqual(vocabulary);
    expect(read.pieces.slice(0, 8)).toEqual("<unk> <s> </s> <pad> <mask> llama ▁the <0x00>".split(" "));
    expect([...read.types.slice(0, 8)]).toEqual([2, 3, 3, 3, 3, 4, 4, 6]);
    expect({ ...read, pieces: read.pieces.slice(7, 263) }).toMatchObject({
      bosId: 1,
      eosId: 2,
      padId: 3,
      unkId: 0,
    });
    expect(read.types.filter((type) => type === PIECE.byte)).toHaveLength(256);
    // The first score is -0, as in SentencePiece.
    expect([...read.scores.slice(263)]).toEqual(Array.from({ length: 410 - 263 }, (_, rank) => -rank));
    for (const char of "🦙ß") expect(read.pieces).toContain(char);

    const model = readSpmModel(file, name);
    const [trainer, normalizer] = [specOf(model, "trainer"), specOf(model, "normalizer")];
    const ints = Object.fromEntries(
      [3, 4, 18, 20, 21, 22, 23, 24, 25, 26, 33, 35, 40, 41, 42, 43].map((field) => [
        field,
        intField(trainer, field, -99),
      ]),
    );
    expect(ints).toEqual({
      ...{ 3: 2, 4: 410, 18: 2 ** 30, 20: 16, 21: 1, 22: 1, 23: 1, 24: 0, 25: 0, 26: 1, 33: 1, 35: 1 },
      ...{ 40: 0, 41: 1, 42: 2, 43: 3 },
    });
    expect(floatField(trainer, 10, 0)).toBeCloseTo(0.99, 6);
    expect(textsOf(trainer, 30)).toEqual(["<mask>"]);
    expect(textsOf(trainer, 31)).toEqual(["llama", "▁the"]);
    expect(textsOf(trainer, 36)).toEqual(["🦙ß"]);
    expect([3, 4, 5].map((field) => intField(normalizer, field, -99))).toEqual([0, 0, 1]);
    expect(textsOf(normalizer, 1)).toEqual(["identity"]);
  });

  const textsOf = (fields: readonly Field[], number: number): string[] =>
    fields
      .filter((field) => field.number === number)
      .map((field) => new TextDecoder().decode(bytesField([field], number)));

  it("learns no piece with the text of a symbol, and no piece across one", async () => {
    const text = "xx<s>yy xx<s>yy xx<mask>yy xx<0x41>yy xxllamayy xxllamayy ".repeat(20);
    const { vocabulary } = await trainTokenizer([text], {
      kind: "spm-bpe",
      vocabSize: 300,
      controlSymbols: ["<mask>"],
      userDefinedSymbols: ["llama"],
      hardVocabLimit: false,
    });
    const learned = vocabulary.pieces.filter((_, id) => vocabulary.types[id] === PIECE.normal);
    expect(learned).toEqual(["xx", "yy", "▁xx", "x", "y", "▁"]);
  });

  it("measures on lines that are not trained on", async () => {
    const rare = Array.from({ length: 400 }, (_, i) => `line ${i} word${"abcdefghij"[i % 10]}${i}`);
    const { report } = await trainTokenizer([rare.join("\n")], { ...spm, vocabSize: 300, heldOut: 0.25 });
    expect(report.lines).toBeGreaterThan(200);
    expect(report.lines).toBeLessThan(400);
    const { bytes: size = 0, tokens = 0, bytesPerToken } = report.heldOut ?? {};
    const whole = rare.join("\n").length + 1;
    expect(size).toBeGreaterThan(whole / 10);
    expect(size).toBeLessThan(whole / 2);
    expect(bytesPerToken).toBeCloseTo(size / tokens, 12);
  });

  it("trains on a text of one line even if lines are held out", async () => {
    for (const seed of [0, 1, 2, 3, 4, 5, 6, 7]) {
      const { report } = await trainTokenizer(["one line"], {
        kind: "spm-bpe",
        vocabSize: 268,
        heldOut: 0.5,
        seed,
        hardVocabLimit: false,
      });
      expect(report.lines).toBe(1);
      expect(report.heldOut).toBeUndefined();
    }
  });

  it("counts and skips lines that are too long", async () => {
    const { report, vocabulary } = await trainTokenizer(["short one\nééééééé\nshort one"], {
      kind: "spm-bpe",
      vocabSize: 280,
      maxLineBytes: 10,
      hardVocabLimit: false,
    });
    expect(report).toMatchObject({ lines: 2, skippedLines: 1, documents: 1 });
    expect(vocabulary.pieces).not.toContain("é");
  });

  it("reports progress and lets the event loop run", async () => {
    const phases: string[] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const large = Array.from(
      { length: 3000 },
      (_, i) => `${STORY}${i} ${(i * 7919).toString(36)} ${i ** 3}\n`,
    );
    await trainTokenizer(large, { ...spm, vocabSize: 1500, onProgress: ({ phase }) => phases.push(phase) });
    clearInterval(timer);
    expect(phases.indexOf("counting")).toBe(0);
    expect(phases.at(-1)).toBe("merging");
    expect(turns).toBeGreaterThan(0);
  });

  it("stops with the reason of its signal", async () => {
    const reason = new Error("enough");
    const aborted = AbortSignal.abort(reason);
    await expect(trainTokenizer(many, { ...spm, signal: aborted })).rejects.toBe(reason);
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    function* endless() {
      for (;;) yield STORY;
    }
    await expect(trainTokenizer(endless(), { ...spm, onProgress, signal: controller.signal })).rejects.toBe(
      reason,
    );
  });

  it.each<[string, string[], Partial<Record<string, unknown>>, RegExp]>([
    [
      "too small for the characters",
      many,
      { vocabSize: 300 },
      /vocabSize of at least 3\d\d for 3 symbols, 256 bytes/,
    ],
    [
      "too small for bytes",
      many,
      { kind: "byte-bpe", vocabSize: 257 },
      /vocabSize of at least 258 for 256 bytes/,
    ],
    [
      "too large",
      [STORY],
      { vocabSize: 5000 },
      /vocabSize of at most \d+, .* got 5000; lower it, give more text/,
    ],
    ["no text", [], {}, /expected text to train on, got no document/],
    ["empty text", ["\n\n", ""], {}, /got 2 documents without a usable line/],
    ["a symbol twice", many, { userDefinedSymbols: ["a", "a"] }, /"a" twice in userDefinedSymbols/],
    [
      "a symbol in two places",
      many,
      { controlSymbols: ["</s>"] },
      /"<\/s>" in eosPiece and in controlSymbols/,
    ],
    ["an empty symbol", many, { controlSymbols: [""] }, /at least one character/],
    ["a symbol with a space", many, { userDefinedSymbols: ["a b"] }, /write ▁ \(U\+2581\) for a space/],
    ["half a character", many, { userDefinedSymbols: ["\ud800"] }, /symbols of valid characters/],
    ["the name of a byte", many, { controlSymbols: ["<0x0A>"] }, /not the name of a byte/],
    ["no unknown piece", many, { unkPiece: "" }, /a text for unkPiece/],
    ["an unknown kind", many, { kind: "word" }, /the kind spm-bpe or byte-bpe, got "word"/],
    ["a pre-tokeniser that is not known", many, { kind: "byte-bpe", pre: "x" }, /pre-tokeniser .* got "x"/],
    [
      "coverage out of range",
      many,
      { characterCoverage: 0.5 },
      /characterCoverage to be a number from 0.98 to 1/,
    ],
    ["no number", many, { vocabSize: Number.NaN }, /vocabSize to be a whole number from 1/],
    ["half a piece", many, { vocabSize: 400.5 }, /vocabSize to be a whole number/],
    ["no sample", many, { sample: 0 }, /sample to be a number above 0 to 1, got 0/],
  ])("refuses %s", async (_, documents, given, message) => {
    const all = { ...spm, ...given } as TrainTokenizerOptions;
    await expect(trainTokenizer(documents, all)).rejects.toThrow(message);
    await expect(trainTokenizer(documents, all)).rejects.toMatchObject({ code: "REQUEST" });
  });
});

describe("the tokenizer.model of a training", () => {
  it("is one message of pieces, trainer_spec and normalizer_spec", async () => {
    const { files } = await trainTokenizer(["a few words, a few more"], {
      kind: "spm-bpe",
      vocabSize: 275,
      hardVocabLimit: false,
    });
    const numbers = readMessage(files[0].bytes, "test").map(({ number }) => number);
    expect(numbers.slice(-2)).toEqual([2, 3]);
    expect(new Set(numbers.slice(0, -2))).toEqual(new Set([1]));
  });
});
