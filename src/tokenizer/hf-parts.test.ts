/**
 * Parts of tokenizer.json that change ids, and the files next to a vocabulary. Expected ids are those of
 * tokenizers 0.23.
 */
import { describe, expect, it } from "vitest";
import { smallByteLevel, smallSpm } from "../../test/support/tokenizer-fixtures.ts";
import { CriaError, FormatError, UnsupportedError } from "../base/errors.ts";
import { vocabularyFromHf } from "./hf-json.ts";
import { writeHfTokenizer } from "./hf-write.ts";
import { openTokenizer } from "./open.ts";
import { spmFromVocabulary } from "./spm-write.ts";
import { Tokenizer } from "./tokenizer.ts";

const utf8 = new TextEncoder();
const json = (value: unknown): Uint8Array => utf8.encode(JSON.stringify(value));
const special = (id: number, content: string, more = {}) => ({ id, content, special: true, ...more });
const PIECES = ["<unk>", "<s>", "</s>", "▁", "a", "b", "x", "Q", "Z", "▁▁", "▁a", "▁▁▁", "▁x"];
const MARKS = {
  type: "Sequence",
  normalizers: [
    { type: "Prepend", prepend: "▁" },
    { type: "Replace", pattern: { String: " " }, content: "▁" },
  ],
};

/** A vocabulary of characters with "▁". */
function spaced(change: object, model: object = {}): Tokenizer {
  const document = {
    added_tokens: [special(0, "<unk>"), special(1, "<s>"), special(2, "</s>")],
    normalizer: MARKS,
    pre_tokenizer: null,
    model: {
      type: "BPE",
      unk_token: "<unk>",
      fuse_unk: true,
      vocab: Object.fromEntries(PIECES.map((piece, id) => [piece, id])),
      merges: ["▁ ▁", "▁ a", "▁▁ ▁", "▁ x"],
      ...model,
    },
    ...change,
  };
  const vocabulary = vocabularyFromHf(json(document), "t");
  // The file that Cria writes must give the same ids.
  const again = vocabularyFromHf(writeHfTokenizer(vocabulary), "t");
  const { name: _, scores: __, ...rest } = vocabulary;
  expect(again).toMatchObject(rest);
  return new Tokenizer(vocabulary);
}

/** A byte-level vocabulary of the 256 bytes; ids are bytes. */
function bytes(change: object): Tokenizer {
  const alphabet = smallByteLevel().pieces.filter((piece) => [...piece].length === 1);
  const byteOf = new Tokenizer(smallByteLevel());
  const vocab = Object.fromEntries(
    alphabet.map((piece) => [piece, byteOf.tokenBytes(byteOf.idOf(piece) as number)[0]]),
  );
  const level = { type: "ByteLevel", add_prefix_space: false, use_regex: true };
  return new Tokenizer(
    vocabularyFromHf(
      json({ normalizer: null, pre_tokenizer: level, model: { type: "BPE", vocab, merges: [] }, ...change }),
      "t",
    ),
  );
}

const metaspace = (more: object) => ({
  normalizer: null,
  pre_tokenizer: { type: "Metaspace", replacement: "▁", ...more },
});
const QZ = { id: 13, content: "QZ", special: false };
const strip = { type: "Strip", strip_left: true, strip_right: true };

describe("tokenizer.json over characters", () => {
  it.each<[string, Tokenizer, [string, number[]][]]>([
    [
      "added tokens in normalised text",
      spaced({ added_tokens: [special(0, "<unk>"), { ...QZ, normalized: true }] }),
      [
        ["x QZ a", [12, 13, 10]],
        ["xQZa", [12, 7, 8, 4]],
        ["QZ", [13]],
      ],
    ],
    [
      "added tokens in the text as it is",
      spaced({ added_tokens: [special(0, "<unk>"), { ...QZ, normalized: false }] }),
      [
        ["x QZ a", [12, 3, 13, 9, 4]],
        ["xQZa", [12, 13, 10]],
        ["QZ", [13]],
      ],
    ],
    [
      "Metaspace that splits, which is the default",
      spaced(metaspace({ add_prefix_space: true })),
      [
        ["  a", [3, 10]],
        ["a   a", [10, 3, 3, 10]],
        ["a b  a", [10, 3, 5, 3, 10]],
      ],
    ],
    [
      "Metaspace that does not split",
      spaced(metaspace({ prepend_scheme: "always", split: false })),
      [
        ["  a", [9, 4]],
        ["a   a", [10, 9, 10]],
      ],
    ],
    [
      "separate unknown pieces, which is the default",
      spaced({}, { fuse_unk: undefined }),
      [
        ["a cc d", [10, 3, 0, 0, 3, 0]],
        ["ccc", [3, 0, 0, 0]],
      ],
    ],
    ["unknown pieces as one", spaced({}), [["a cc d", [10, 3, 0, 3, 0]]]],
    [
      "Strip, which leaves U+FEFF",
      spaced({ normalizer: { ...MARKS, normalizers: [strip, ...MARKS.normalizers] } }),
      [
        [" a ", [10]],
        ["\u0085a", [10]],
        ["\ufeffa", [3, 0, 4]],
      ],
    ],
  ])("reads %s", (_, tokenizer, texts) => {
    expect(texts.map(([text]) => [text, tokenizer.encode(text)])).toEqual(texts);
  });

  it("refuses an order of the normalizer that it would not preserve", () => {
    expect(() => spaced({ normalizer: { ...MARKS, normalizers: [...MARKS.normalizers, strip] } })).toThrow(
      UnsupportedError,
    );
  });
});

describe("tokenizer.json over bytes", () => {
  it.each<[string, object, string, string[]]>([
    ["Strip", { normalizer: strip }, "  a  b \n", ["a", " ", " b"]],
    ["Prepend", { normalizer: { type: "Prepend", prepend: "▁" } }, "a", ["▁a"]],
    [
      "a Split by a literal string, which is not a pattern",
      {
        pre_tokenizer: {
          type: "Sequence",
          pretokenizers: [
            { type: "Split", pattern: { String: "[ab]" }, behavior: "Isolated" },
            { type: "ByteLevel", add_prefix_space: false, use_regex: false },
          ],
        },
      },
      "ab[ab]b",
      ["ab[ab]b"],
    ],
  ])("reads %s", (_, change, text, words) => {
    expect(bytes(change).encode(text)).toEqual([...utf8.encode(words.join(""))]);
  });

  it("splits by steps that are known separately, in any order", () => {
    const split = { type: "Split", pattern: { String: "b" }, behavior: "Isolated" };
    const tokenizer = bytes({
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [split, { type: "ByteLevel", add_prefix_space: false, use_regex: true }],
      },
      model: { type: "BPE", vocab: { a: 0, b: 1, ab: 2, Ġ: 3, aa: 4 }, merges: ["a b", "a a"] },
    });
    expect(tokenizer.encode("aab aa")).toEqual([4, 1, 3, 4]);
    expect(tokenizer.vocabulary.cuts).toHaveLength(2);
  });

  it("refuses a normalizer for marks, which bytes do not have", () => {
    expect(() => bytes({ normalizer: MARKS })).toThrow(UnsupportedError);
  });
});

describe("BOS of tokenizer.json", () => {
  const template = (...names: string[]) => ({
    post_processor: {
      type: "TemplateProcessing",
      single: [...names.map((id) => ({ SpecialToken: { id } })), { Sequence: { id: "A" } }],
    },
  });
  const encode = (change: object, settings: object) => {
    const document = {
      added_tokens: [special(0, "<unk>"), special(1, "<s>"), special(2, "</s>")],
      normalizer: MARKS,
      model: { type: "BPE", vocab: { "<unk>": 0, "<s>": 1, "</s>": 2, "▁": 3, a: 4 }, merges: [] },
      ...change,
    };
    const tokenizer = openTokenizer("t", json(document), { config: json(settings) });
    return tokenizer.encode("a", { bos: tokenizer.addBos });
  };
  const fast = { tokenizer_class: "PreTrainedTokenizerFast" };
  it.each([
    ["a template, whatever the settings say", template("<s>"), { ...fast, bos_token: null }, [1, 3, 4]],
    ["a template with another token", template("<s>"), { ...fast, bos_token: "</s>" }, [1, 3, 4]],
    ["two tokens", template("<s>", "</s>"), { ...fast, bos_token: "<s>" }, [1, 2, 3, 4]],
    ["the class of LLaMA", {}, { tokenizer_class: "LlamaTokenizer", bos_token: "<s>" }, [1, 3, 4]],
    ["no other class", {}, { ...fast, bos_token: "<s>" }, [3, 4]],
  ])("comes from %s", (_, change, settings, ids) => {
    expect(encode(change, settings)).toEqual(ids);
  });
});

describe("files next to tokenizer.model", () => {
  const model = spmFromVocabulary(smallSpm());
  const size = smallSpm().pieces.length;
  const map = { "<|im_end|>": size, "<|im_start|>": size + 1, plain: size + 2, "<unk>": 0 };
  const open = (files: object) => openTokenizer("tokenizer.model", model, files);

  it("adds tokens, by added_tokens.json or added_tokens_decoder", () => {
    const decoder = Object.fromEntries(
      Object.entries(map).map(([content, id]) => [id, { content, special: true }]),
    );
    const eos = { eos_token: "<|im_end|>" };
    for (const files of [
      { config: json(eos), addedTokens: json(map) },
      { config: json({ ...eos, added_tokens_decoder: decoder }) },
    ]) {
      const tokenizer = open(files);
      expect(tokenizer.encode("<|im_start|>", { parseSpecial: true })).toEqual([size + 1]);
      // Markers are structure, whoever adds them: text cannot forge them.
      expect(tokenizer.encode("<|im_start|>")).not.toContain(size + 1);
      expect(tokenizer.eogIds).toContain(size);
      expect(tokenizer.vocabSize).toBe(size + 3);
    }
  });

  it("follows the settings of BOS and of the space prefix", () => {
    expect(open({ config: json({ add_bos_token: false }) }).addBos).toBe(false);
    const [first] = open({ config: json({ add_prefix_space: false }) }).encode("a");
    expect(open({}).piece(first)).toBe("a");
    expect(open({ config: json({ legacy: false }) }).vocabulary.spacePrefixAfterAdded).toBe(false);
  });

  it("takes names of special tokens from special_tokens_map.json if the settings lack them", () => {
    const specialsMap = json({ eos_token: { content: "<|im_end|>" } });
    expect(open({ config: json({}), addedTokens: json(map), specialsMap }).eosId).toBe(size);
  });

  it("refuses ids far away", () => {
    expect(() => open({ addedTokens: json({ "<x>": 9_999_999 }) })).toThrow(CriaError);
  });
});

describe("vocab.json and merges.txt", () => {
  const { pieces, merges = [] } = smallByteLevel();
  const vocab = json(Object.fromEntries(pieces.map((piece, id) => [piece, id])));
  const lines = utf8.encode(["#version: 0.2", ...merges].join("\n"));
  it("are a vocabulary like tokenizer.json", () => {
    const config = json({ tokenizer_class: "GPT2Tokenizer" });
    const tokenizer = openTokenizer("vocab.json", vocab, { merges: lines, config });
    const text = "Once upon a time, 12 llamas. ";
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(tokenizer.encode(text)).toEqual(
      new Tokenizer({ ...smallByteLevel(), pre: "gpt-2", ignoreMerges: false }).encode(text),
    );
  });
  it("require a class with a known pre-tokeniser", () => {
    const config = json({ tokenizer_class: "BartTokenizer" });
    expect(() => openTokenizer("vocab.json", vocab, { merges: lines, config })).toThrow(/BartTokenizer/);
  });
});

describe("hostile JSON", () => {
  it("is refused where it is too deep, not when it is displayed", () => {
    const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
    for (const key of ["model", "normalizer", "pre_tokenizer", "added_tokens", "x"]) {
      const bytes = utf8.encode(`{"model": {"type": "BPE"}, "${key}": ${deep}}`);
      expect(() => vocabularyFromHf(bytes, "t")).toThrow(FormatError);
    }
  });
});
