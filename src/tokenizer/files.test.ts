/** Tests every reader with every writer, on small vocabularies, and hostile files. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SAMPLE, smallByteLevel, smallSpm, unigramOf } from "../../test/support/tokenizer-fixtures.ts";
import { CriaError } from "../base/errors.ts";
import { GgufMetadata } from "../formats/gguf/metadata.ts";
import { type GgufValue, ggufValue } from "../formats/gguf/value.ts";
import { alphabetToBytes } from "./byte-alphabet.ts";
import { ggufFromVocabulary, vocabularyFromGguf } from "./gguf-keys.ts";
import { vocabularyFromHf } from "./hf-json.ts";
import { writeHfTokenizer, writeHfTokenizerConfig } from "./hf-write.ts";
import { writeLlama2c } from "./llama2c-bin.ts";
import { openTokenizer, tokenizerFormat } from "./open.ts";
import { readMessage, writeMessage } from "./protobuf.ts";
import { readSpmModel, vocabularyFromSpm, writeSpmModel } from "./spm-model.ts";
import { spmFromVocabulary } from "./spm-write.ts";
import { vocabularyFromTiktoken } from "./tiktoken.ts";
import { Tokenizer } from "./tokenizer.ts";
import type { Vocabulary } from "./vocabulary.ts";

const utf8 = new TextEncoder();
const TEXTS = [SAMPLE, "", " ", "  llama  llama", "It's 12345!\n\n\tZażółć 🦙 中文", "<s></s>"];
const unigram = (): Vocabulary =>
  unigramOf(
    [..."▁abcdefghijklmnopqrstuvwxyz"].map((char, i) => [char, -3 - i / 8] as const).concat([["▁the", -2]]),
  );

function expectSame(vocabulary: Vocabulary, original: Vocabulary): void {
  const [read, known] = [new Tokenizer(vocabulary), new Tokenizer(original)];
  expect([read.bosId, read.eosId, read.unkId]).toEqual([known.bosId, known.eosId, known.unkId]);
  for (const text of TEXTS) {
    expect(read.encode(text), JSON.stringify(text)).toEqual(known.encode(text));
    expect(read.decode(known.encode(text))).toBe(known.decode(known.encode(text)));
  }
}
const metadata = (entries: Iterable<readonly [string, GgufValue]>): GgufMetadata =>
  new GgufMetadata("t.gguf", entries);
const json = (value: unknown): Uint8Array => utf8.encode(JSON.stringify(value));

describe("GGUF", () => {
  it.each([smallSpm(), smallByteLevel(), unigram()])("carries $name", (vocabulary) => {
    const carried: Vocabulary = { ...vocabulary, chatTemplate: "{{ messages }}" };
    const read = vocabularyFromGguf(metadata(ggufFromVocabulary(carried)));
    expect(read.pieces).toEqual(vocabulary.pieces);
    expect(read.types).toEqual(vocabulary.types);
    expect(read.chatTemplate).toBe("{{ messages }}");
    expect([read.addBos, read.addSpacePrefix]).toEqual([vocabulary.addBos, vocabulary.addSpacePrefix]);
    if (vocabulary.kind !== "unigram") expectSame(read, vocabulary);
  });

  it.each<[string, string, GgufValue | undefined]>([
    ["tokens of another type", "tokens", ggufValue.i32s([1, 2, 3])],
    ["tokens missing", "tokens", undefined],
    ["scores as text", "scores", ggufValue.strings(["a"])],
    ["scores as bytes", "scores", { type: "array", of: "u8", value: new Uint8Array(600) }],
    ["too few scores", "scores", ggufValue.f32s([0])],
    ["scores missing", "scores", undefined],
    ["types as floats", "token_type", ggufValue.f32s(new Float32Array(600))],
    ["too few types", "token_type", ggufValue.i32s([1])],
    ["a type that does not exist", "token_type", ggufValue.i32s(smallSpm().types.map(() => 200))],
    ["a negative type", "token_type", ggufValue.i32s([...smallSpm().types].map(() => -1))],
    [
      "a byte piece <0x-1>",
      "tokens",
      ggufValue.strings(smallSpm().pieces.map((p) => (p === "<0x05>" ? "<0x-1>" : p))),
    ],
    ["a model that is no text", "model", ggufValue.u32(1)],
    ["an unknown model", "model", ggufValue.string("constructor")],
    ["BOS as text", "bos_token_id", ggufValue.string("1")],
    ["a charsmap of floats", "precompiled_charsmap", ggufValue.f32s([1])],
  ])("refuses %s", (_, key, value) => {
    const entries = new Map(ggufFromVocabulary(smallSpm()));
    if (value === undefined) entries.delete(`tokenizer.ggml.${key}`);
    else entries.set(`tokenizer.ggml.${key}`, value);
    expect(() => vocabularyFromGguf(metadata(entries))).toThrow(CriaError);
  });

  it("refuses invalid merges, and unknown pre-tokenisers", () => {
    const entries = new Map(ggufFromVocabulary(smallByteLevel()));
    const withValue = (key: string, value: GgufValue): Vocabulary =>
      vocabularyFromGguf(metadata(new Map(entries).set(`tokenizer.ggml.${key}`, value)));
    expect(() => new Tokenizer(withValue("merges", ggufValue.strings(["ab"])))).toThrow(/a space between/);
    expect(() => withValue("merges", ggufValue.u32(1))).toThrow(CriaError);
    expect(() => new Tokenizer(withValue("pre", ggufValue.string("brand-new")))).toThrow(/brand-new/);
  });

  it("ignores special ids outside the vocabulary", () => {
    const entries = new Map(ggufFromVocabulary(smallSpm()));
    entries.set("tokenizer.ggml.padding_token_id", ggufValue.u32(0xffff_ffff));
    entries.set("tokenizer.ggml.bos_token_id", ggufValue.u32(0xffff_ffff));
    const read = vocabularyFromGguf(metadata(entries));
    expect([read.padId, read.bosId]).toEqual([undefined, 1]);
  });
});

describe("SentencePiece model", () => {
  it.each([smallSpm(), unigram()])("carries $name", (vocabulary) => {
    const bytes = spmFromVocabulary(vocabulary);
    expect(tokenizerFormat(bytes)).toBe("sentencepiece");
    const read = vocabularyFromSpm(bytes, "small.model");
    expect(read.kind).toBe(vocabulary.kind);
    expect(read.pieces).toEqual(vocabulary.pieces);
    expectSame(read, vocabulary);
    expect(writeSpmModel(readSpmModel(bytes, "small.model"))).toEqual(bytes);
  });

  it("refuses byte-level vocabularies", () => {
    expect(() => spmFromVocabulary(smallByteLevel())).toThrow(/byte-level/);
  });

  it("removes surplus spaces if the model requires it, and then drops all at the start", () => {
    const base = smallSpm();
    const tokenizer = new Tokenizer({ ...base, normalizer: { removeExtraWhitespaces: true } });
    expect(tokenizer.decode(tokenizer.encode("  a   b \n c  "))).toBe("a b \n c");
    const mark = tokenizer.idOf("▁") ?? -1;
    expect(tokenizer.decode([mark, mark, tokenizer.idOf("▁the") ?? -1])).toBe("the");
  });

  it("survives any bytes", () => {
    const good = spmFromVocabulary(smallSpm());
    const bad = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.nat(good.length), fc.nat(255)).map(([at, byte]) => good.slice().fill(byte, at, at + 1)),
      fc.nat(good.length).map((end) => good.subarray(0, end)),
    );
    fc.assert(
      fc.property(bad, (bytes) => {
        try {
          new Tokenizer(vocabularyFromSpm(bytes, "bad.model")).encode("a b");
        } catch (error) {
          expect(error).toBeInstanceOf(CriaError);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("protobuf", () => {
  it("keeps unknown fields, and refuses lengths past the end", () => {
    const bytes = Uint8Array.of(
      0x08,
      0x96,
      0x01,
      0x12,
      0x02,
      0x61,
      0x62,
      0x1d,
      1,
      2,
      3,
      4,
      0x21,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
    );
    const fields = readMessage(bytes, "m");
    expect(fields.map(({ number, wire }) => [number, wire])).toEqual([
      [1, "varint"],
      [2, "bytes"],
      [3, "fixed32"],
      [4, "fixed64"],
    ]);
    expect(fields[0].value).toBe(150n);
    expect(writeMessage(fields)).toEqual(bytes);
    for (const hostile of [
      [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
      [0x12, 0x05, 1],
      [0x08],
      [0x0b],
      [0x00],
      [0x08, ...new Array(11).fill(0xff)],
    ]) {
      expect(() => readMessage(Uint8Array.from(hostile), "m")).toThrow(/protobuf/);
    }
  });
});

describe("tokenizer.bin", () => {
  it("preserves a SentencePiece vocabulary", () => {
    const bytes = writeLlama2c(smallSpm());
    expect(tokenizerFormat(bytes)).toBe("llama2c");
    const { vocabulary } = openTokenizer("tokenizer.bin", bytes, { vocabSize: smallSpm().pieces.length });
    expect(vocabulary.pieces).toEqual(smallSpm().pieces);
    expect(vocabulary.types).toEqual(smallSpm().types);
    expectSame(vocabulary, smallSpm());
  });

  it("reads the older form with byte pieces as characters", () => {
    const { pieces, scores } = smallSpm();
    const old = pieces.map((piece, id) => (id > 2 && id < 259 ? String.fromCharCode(id - 3) : piece));
    const chunks: number[] = [7, 0, 0, 0];
    for (const [id, piece] of old.entries()) {
      const text = utf8.encode(id === 1 ? "\n<s>\n" : id === 2 ? "\n</s>\n" : piece.replaceAll("▁", " "));
      chunks.push(...new Uint8Array(Float32Array.of(scores[id]).buffer), text.length, 0, 0, 0, ...text);
    }
    expectSame(openTokenizer("old.bin", Uint8Array.from(chunks)).vocabulary, smallSpm());
  });

  it("preserves a byte-level vocabulary whose ids are its ranks", () => {
    const { merges, ...base } = smallByteLevel();
    expect(merges).toBeDefined();
    const read = openTokenizer("tokenizer.bin", writeLlama2c(base)).vocabulary;
    expect(read.kind).toBe("byte-bpe");
    expectSame(read, base);
  });

  it.each([
    ["a negative length", [7, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]],
    ["a length past the end", [7, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 65]],
    ["half a header", [7, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 65, 0, 0]],
  ])("refuses %s", (_, bytes) => {
    expect(() => openTokenizer("bad.bin", Uint8Array.from([...bytes]))).toThrow(CriaError);
  });
});

describe("tiktoken", () => {
  const file = (pieces: readonly string[]): string =>
    pieces.map((piece, rank) => `${btoa(String.fromCharCode(...alphabetToBytes(piece)))} ${rank}\n`).join("");
  const ranks = smallByteLevel().pieces.slice(0, -3);

  it("merges by rank like the same merges by list", () => {
    const bytes = utf8.encode(file(ranks));
    expect(tokenizerFormat(bytes)).toBe("tiktoken");
    const { vocabulary } = openTokenizer("ranks", bytes);
    const [read, known] = [new Tokenizer(vocabulary), new Tokenizer(smallByteLevel())];
    for (const text of TEXTS) expect(read.encode(text)).toEqual(known.encode(text));
    expect([read.bosId, read.eosId, read.eotId]).toEqual([0, 1, 9].map((n) => ranks.length + n));
    expect(read.vocabSize).toBe(ranks.length + 256);
  });

  it.each([
    ["a rank out of all bounds", "IQ== 0\nIg== 99999999\n"],
    ["the same rank twice", "IQ== 0\nIg== 0\n"],
    ["something else", "IQ== 0\nhello\n"],
    ["broken base64", "IQ== 0\nI 1\n"],
  ])("refuses %s", (_, text) => {
    expect(() => vocabularyFromTiktoken(utf8.encode(text), "ranks")).toThrow(/line 2 of "ranks"/);
  });
});

describe("tokenizer.json", () => {
  it.each([smallSpm(), smallByteLevel(), unigram()])("carries $name", (vocabulary) => {
    const carried: Vocabulary = { ...vocabulary, chatTemplate: "{{ x }}" };
    const bytes = writeHfTokenizer(carried);
    expect(tokenizerFormat(bytes)).toBe("huggingface");
    const config = writeHfTokenizerConfig(carried);
    const read = openTokenizer("tokenizer.json", bytes, { config }).vocabulary;
    expect(read.kind).toBe(vocabulary.kind);
    expect(read.chatTemplate).toBe("{{ x }}");
    expect([read.addBos, read.addEos]).toEqual([vocabulary.addBos, vocabulary.addEos]);
    // Metaspace puts no space before one, SentencePiece does: texts without one at the start are the same.
    const texts = vocabulary.kind === "unigram" ? TEXTS.filter((text) => !text.startsWith(" ")) : TEXTS;
    for (const text of texts) {
      expect(new Tokenizer(read).encode(text)).toEqual(new Tokenizer(vocabulary).encode(text));
    }
  });

  it("finds BOS without tokenizer_config.json", () => {
    const read = vocabularyFromHf(writeHfTokenizer(smallByteLevel()), "t");
    expect([read.bosId, read.addBos, read.eosId]).toEqual([
      smallByteLevel().bosId,
      true,
      smallByteLevel().eosId,
    ]);
  });

  const byteLevel = { type: "ByteLevel", add_prefix_space: false, use_regex: true };
  const document = (change: object, model: object = {}): Uint8Array =>
    json({
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: byteLevel,
      model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: ["a b"], ...model },
      ...change,
    });

  it("reads merges as strings and as pairs", () => {
    for (const merges of [["a b"], [["a", "b"]]]) {
      expect(new Tokenizer(vocabularyFromHf(document({}, { merges }), "t")).encode("abab")).toEqual([2, 2]);
    }
  });

  it("reads Metaspace: no second space, none after an added token if first", () => {
    const vocab = { "▁": 0, a: 1, "▁a": 2, "<x>": 3 };
    const read = (scheme: string): Tokenizer =>
      new Tokenizer(
        vocabularyFromHf(
          document(
            {
              pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: scheme, split: false },
              added_tokens: [{ id: 3, content: "<x>", special: false }],
            },
            { vocab, merges: [["▁", "a"]] },
          ),
          "t",
        ),
      );
    expect(read("first").encode("a<x>a")).toEqual([2, 3, 1]);
    expect(read("always").encode(" a<x>a")).toEqual([2, 3, 2]);
    expect(read("never").encode("a a")).toEqual([1, 2]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["a model", document({}, { type: "WordPiece" }), /WordPiece/],
    ["a normalizer", document({ normalizer: { type: "BertNormalizer" } }), /BertNormalizer/],
    ["a pre_tokenizer", document({ pre_tokenizer: [byteLevel] }), /an object/],
    [
      "a component",
      document({ pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Whitespace" }, byteLevel] } }),
      /Whitespace/,
    ],
    [
      "a pattern",
      document({
        pre_tokenizer: {
          type: "Sequence",
          pretokenizers: [
            { type: "Split", pattern: { Regex: "(a+)+$" }, behavior: "Isolated", invert: false },
            byteLevel,
          ],
        },
      }),
      /\(a\+\)\+\$/,
    ],
    ["text without spaces as marks", document({ pre_tokenizer: null }), /neither ByteLevel/],
    ["an id that is huge", document({}, { vocab: { a: 4_000_000 } }), /ids below/],
    ["a negative id", document({}, { vocab: { a: -1 } }), /an id/],
    ["an added token far away", document({ added_tokens: [{ id: 9_999_999, content: "x" }] }), /ids below/],
    ["merges that are none", document({}, { merges: [["a"]] }), /merges/],
    ["a suffix", document({}, { end_of_word_suffix: "</w>" }), /end_of_word_suffix/],
    ["no JSON", utf8.encode("{"), /JSON/],
  ])("refuses %s it does not know", (_, bytes, message) => {
    expect(() => vocabularyFromHf(bytes, "t")).toThrow(message);
    expect(() => vocabularyFromHf(bytes, "t")).toThrow(CriaError);
  });

  it("reports which pieces cannot both be written", () => {
    const base = smallSpm();
    const pieces = base.pieces.with(-2, "▁");
    expect(() => writeHfTokenizer({ ...base, pieces })).toThrow(/the same text/);
  });
});

describe("openTokenizer", () => {
  it("reports files that are not tokenizers, pickles, and GGUF files", () => {
    expect(() => openTokenizer("x", utf8.encode("hello, this is text"))).toThrow(/none of them/);
    expect(() => openTokenizer("x", Uint8Array.of(0x80, 4, 0x95))).toThrow(/pickle/);
    expect(() => openTokenizer("x", utf8.encode("GGUF...."))).toThrow(/GGUF/);
    expect(() => openTokenizer("x", new Uint8Array(0))).toThrow(CriaError);
  });
});
