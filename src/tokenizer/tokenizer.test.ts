import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SAMPLE, smallByteLevel, smallSpm } from "../../test/support/tokenizer-fixtures.ts";
import { Tokenizer } from "./tokenizer.ts";
import { PIECE, type Vocabulary } from "./vocabulary.ts";

const spm = new Tokenizer(smallSpm());
const bytes = new Tokenizer(smallByteLevel());
const both: [string, Tokenizer][] = [
  ["spm", spm],
  ["byte-level", bytes],
];
const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.string());

describe.each(both)("Tokenizer (%s)", (_, tokenizer) => {
  it("decodes any encoded text to itself", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        // A space mark in the text cannot be distinguished from a space.
        const expected = tokenizer === spm ? text.replaceAll("▁", " ") : text;
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(expected);
      }),
      { numRuns: 500 },
    );
    expect(tokenizer.decode(tokenizer.encode(SAMPLE))).toBe(SAMPLE);
    expect(tokenizer.countTokens(SAMPLE)).toBeLessThan(SAMPLE.length * 0.7);
  });

  it("turns lone surrogates into U+FFFD", () => {
    expect(tokenizer.decode(tokenizer.encode("a\ud83db\udd99c🦙"))).toBe("a\ufffdb\ufffdc🦙");
  });

  it("adds BOS and EOS on request", () => {
    const ids = tokenizer.encode("llama");
    expect(tokenizer.encode("llama", { bos: true, eos: true })).toEqual([
      tokenizer.bosId,
      ...ids,
      tokenizer.eosId,
    ]);
    expect(tokenizer.encode("")).toEqual([]);
    expect(tokenizer.decode([tokenizer.bosId ?? -1, ...ids, tokenizer.eosId ?? -1])).toBe("llama");
  });

  it("keeps the text of special tokens as text, unless requested", () => {
    const texts = tokenizer.vocabulary.added.map(({ content }) => content);
    expect(texts.length).toBeGreaterThan(2);
    for (const { id, content } of tokenizer.vocabulary.added) {
      const ids = tokenizer.encode(`a${content}b`);
      expect(ids.some((piece) => tokenizer.isSpecial(piece))).toBe(false);
      expect(tokenizer.decode(ids)).toBe(`a${content}b`);
      expect(tokenizer.encode(`a${content}b`, { parseSpecial: true })).toContain(id);
    }
  });

  it("calls a function for each special token", () => {
    const [first] = tokenizer.vocabulary.added.filter(({ id }) => id === tokenizer.bosId);
    const text = `${first.content}x${first.content}`;
    const ids = tokenizer.encode(text, { parseSpecial: (from) => from === 0 });
    expect(ids.filter((id) => id === first.id)).toHaveLength(1);
    expect(ids[0]).toBe(first.id);
  });

  it("shows or hides control tokens", () => {
    const ids = [...tokenizer.encode("a"), tokenizer.eosId ?? -1];
    expect(tokenizer.decode(ids)).toBe("a");
    expect(tokenizer.decode(ids, { skipSpecial: false })).toBe(`a${tokenizer.piece(tokenizer.eosId ?? -1)}`);
  });

  it("refuses ids of other vocabularies", () => {
    for (const id of [-1, tokenizer.vocabSize, 0.5, Number.NaN]) {
      expect(() => tokenizer.decode([id])).toThrow(/an id from 0 to/);
    }
  });

  it("knows where generation ends", () => {
    expect(tokenizer.isEog(tokenizer.eosId ?? -1)).toBe(true);
    expect(tokenizer.isEog(tokenizer.encode("a")[0])).toBe(false);
    expect(tokenizer.eogIds).toContain(tokenizer.eosId);
  });
});

describe("Tokenizer", () => {
  it("drops the space that SentencePiece adds once, and keeps it in continued text", () => {
    const ids = spm.encode("the llama");
    expect(spm.decode(ids)).toBe("the llama");
    expect(spm.decode(ids, { continued: true })).toBe(" the llama");
    expect(spm.decode(spm.encode("  the"))).toBe("  the");
    expect(spm.decode([0])).toBe(" ⁇ ");
  });

  it("finds the end of a turn by its text, but not in a normal piece", () => {
    expect(bytes.eotId).toBe(bytes.idOf("<|eot_id|>"));
    expect(bytes.eogIds).toEqual([bytes.eosId, bytes.eotId]);
    const base = smallByteLevel();
    const types = base.types.slice();
    types[types.length - 1] = PIECE.normal;
    expect(types[bytes.eotId ?? -1]).toBe(PIECE.normal);
  });

  it("strips around added tokens with that setting, and matches the longest", () => {
    const base = smallByteLevel();
    const added = [
      { id: base.pieces.length, content: "<x>", special: false, lstrip: true, rstrip: true },
      { id: base.pieces.length + 1, content: "<x>>", special: false },
      { id: base.pieces.length + 2, content: "cat", special: false, singleWord: true },
    ];
    const tokenizer = new Tokenizer({
      ...base,
      pieces: [...base.pieces, ...added.map(({ content }) => content)],
      scores: new Float32Array(base.pieces.length + 3),
      types: Uint8Array.from([...base.types, 4, 4, 4]),
      added: [...base.added, ...added],
    });
    const [x, longer, cat] = added.map(({ id }) => id);
    expect(tokenizer.encode("a \n<x> \tb")).toEqual([...tokenizer.encode("a"), x, ...tokenizer.encode("b")]);
    expect(tokenizer.encode("<x>>")).toEqual([longer]);
    expect(tokenizer.encode("cat")).toEqual([cat]);
    expect(tokenizer.encode("cats")).not.toContain(cat);
  });

  it("splits unused pieces again", () => {
    const base = smallSpm();
    const llama = base.pieces.indexOf("▁llama");
    expect(spm.encode("llama")).toEqual([llama]);
    const types = base.types.slice();
    types[llama] = PIECE.unused;
    const without = new Tokenizer({ ...base, types });
    expect(without.encode("llama")).not.toContain(llama);
    expect(without.decode(without.encode("llama"))).toBe("llama");
  });

  it("matches user-defined pieces before merging, with one space before the text", () => {
    const base = smallSpm();
    const id = base.pieces.length;
    const tokenizer = new Tokenizer({
      ...base,
      pieces: [...base.pieces, "lam"],
      scores: Float32Array.from([...base.scores, 0]),
      types: Uint8Array.from([...base.types, PIECE.userDefined]),
    });
    expect(tokenizer.encode("llama")).toContain(id);
    expect(tokenizer.decode(tokenizer.encode("a llama"))).toBe("a llama");
  });

  it("encodes the same word by word, all at once, and from the cache", () => {
    const base = smallSpm();
    const text = "the little llama, the big ball ".repeat(40);
    const ids = new Tokenizer(base).encode(text);
    expect(ids.length).toBeGreaterThan(300);
    // A piece that spans the end of a word: now text must be merged as a whole.
    const glued: Vocabulary = {
      ...base,
      pieces: [...base.pieces, "x▁y"],
      scores: Float32Array.from([...base.scores, 0]),
      types: Uint8Array.from([...base.types, PIECE.normal]),
    };
    const whole = new Tokenizer(glued);
    expect(whole.encode(text)).toEqual(ids);
    expect(spm.encode(text)).toEqual(ids);
    expect(spm.encode(text)).toEqual(ids);
  });

  it.each([
    ["a type that does not exist", { types: smallSpm().types.map((type, id) => (id === 300 ? 9 : type)) }],
    [
      "a score that is not a number",
      { scores: smallSpm().scores.map((score, id) => (id === 300 ? Number.NaN : score)) },
    ],
    [
      "a byte piece without a byte",
      { pieces: smallSpm().pieces.map((text, id) => (id === 5 ? "<0x-1>" : text)) },
    ],
    ["too few scores", { scores: new Float32Array(3) }],
    ["BOS outside", { bosId: 1e6 }],
    ["an added token outside", { added: [{ id: -1, content: "x", special: true }] }],
    ["no piece", { pieces: [], scores: new Float32Array(0), types: new Uint8Array(0) }],
  ] as [string, Partial<Vocabulary>][])("refuses %s", (_, change) => {
    expect(() => new Tokenizer({ ...smallSpm(), ...change })).toThrow(/read the vocabulary of "small-spm"/);
  });
});

describe("TokenStream", () => {
  it.each(both)("%s: pieces of any ids, joined, equal the text of all ids", (_, tokenizer) => {
    const ids = fc.array(fc.nat(tokenizer.vocabSize - 1), { maxLength: 60 });
    fc.assert(
      fc.property(ids, fc.boolean(), fc.boolean(), (list, skipSpecial, continued) => {
        const options = { skipSpecial, continued };
        const stream = tokenizer.stream(options);
        const parts = list.map((id) => stream.push(id));
        for (const part of parts) expect(part).not.toMatch(/\p{Surrogate}/u);
        const all = list.flatMap((id) => {
          const hidden = skipSpecial && tokenizer.vocabulary.types[id] === PIECE.control;
          return hidden ? [] : [...tokenizer.tokenBytes(id)];
        });
        const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(all));
        const joined = parts.join("") + stream.end();
        expect(joined).toBe(tokenizer.decode(list, options));
        expect([text, text.slice(1)]).toContain(joined);
      }),
      { numRuns: 400 },
    );
  });

  it("holds a character back until it is complete", () => {
    const stream = bytes.stream();
    const parts = bytes.encode("🦙").map((id) => stream.push(id));
    expect(parts.slice(0, -1).join("")).toBe("");
    expect(parts.at(-1)).toBe("🦙");
    expect(stream.push(bytes.encode("🦙")[0])).toBe("");
    expect(stream.end()).toBe("\ufffd");
  });
});
