/** Masks of tokens, compared with a check of every token; vocabularies of every kind. */
import { describe, expect, it } from "vitest";
import { sharedData, sharedPath } from "../../../test/support/shared-data.ts";
import { tinyTokenizer } from "../../../test/support/tiny-tokenizer.ts";
import { RequestError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { loadTokenizer } from "../../library/load-tokenizer.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { Automaton } from "./automaton.ts";
import type { Guide } from "./guide.ts";
import { Guides } from "./guides.ts";
import { compileProgram } from "./program.ts";
import { type StructureOptions, structureOf } from "./structure.ts";

const STRUCTURES: Readonly<Record<string, StructureOptions>> = {
  json: { json: true },
  schema: {
    schema: {
      type: "object",
      properties: {
        name: { type: "string", maxLength: 40 },
        tags: { type: "array", items: { type: "string", pattern: "^[a-z ]{1,30}$" } },
        n: { type: "integer" },
      },
      required: ["name", "tags"],
      additionalProperties: { type: "boolean" },
    },
  },
  regex: { regex: "(the|an) [^0-9]{3,60}[.!?]" },
  text: { grammar: 'root ::= [^\\n]* "\\n"' },
  choices: { choices: ["the", "the end", "an", "ô 🙂"] },
};

/** All bytes of the tokens that a text of this vocabulary may contain; a leading space is dropped `atStart`. */
function bytesOfTokens(
  tokenizer: Tokenizer,
  ends: readonly number[],
): (atStart: boolean) => (Uint8Array | undefined)[] {
  const all = Array.from({ length: tokenizer.textLimit }, (_, id) =>
    tokenizer.isSpecial(id) || ends.includes(id) || tokenizer.vocabulary.types[id] === 5
      ? undefined
      : tokenizer.tokenBytes(id),
  );
  return (atStart) =>
    all.map((bytes, id) => {
      const isByte = tokenizer.vocabulary.types[id] === 6;
      const shown = atStart && !isByte && bytes?.[0] === 0x20 ? bytes.subarray(1) : bytes;
      return shown?.length === 0 ? undefined : shown;
    });
}

/** Follows random allowed tokens and compares every mask with a check of each token. */
function compareMasks(
  tokenizer: Tokenizer,
  structure: StructureOptions,
  { steps, dropsSpace }: { steps: number; dropsSpace: boolean },
): number {
  const ends = tokenizer.eogIds;
  const vocabSize = tokenizer.vocabSize + 13;
  const guides = new Guides(tokenizer, ends, vocabSize);
  const chosen = structureOf(structure)!;
  const bytesOf = bytesOfTokens(tokenizer, ends);
  const checker = new Automaton(compileProgram(chosen.compile()));
  const follow = (from: number, bytes: Uint8Array): number => {
    let at = from;
    for (const byte of bytes) {
      at = checker.step(at, byte);
      if (at < 0) break;
    }
    return at;
  };
  const random = new Random(3);
  let compared = 0;
  for (let text = 0; text < 2; text++) {
    const guide: Guide = guides.guide(chosen, dropsSpace);
    let state = checker.start.id;
    for (let step = 0; step < steps && !guide.isComplete; step++) {
      checker.beginWork();
      const isFirst = step === 0 && dropsSpace;
      const tokens = bytesOf(isFirst);
      const expected = tokens.flatMap((bytes, id) =>
        bytes !== undefined && follow(state, bytes) > 0 ? [id] : [],
      );
      if (checker.state(state).accepts) expected.push(...ends);
      const mask = guide.allowed();
      const found = Array.from({ length: vocabSize }, (_, id) => id).filter(
        (id) => (mask[id >> 5] >> (id & 31)) & 1,
      );
      expect(found).toEqual(expected.sort((a, b) => a - b));
      compared++;
      const choices = expected.filter((id) => !ends.includes(id));
      const token = choices[random.u32() % choices.length];
      guide.accept(token);
      state = follow(state, tokens[token]!);
    }
  }
  return compared;
}

describe("masks", () => {
  it.each(Object.entries(STRUCTURES))(
    "of %s equal a check of every token of a small vocabulary",
    (_, structure) => {
      for (const dropsSpace of [true, false])
        expect(compareMasks(tinyTokenizer(), structure, { steps: 40, dropsSpace })).toBeGreaterThan(3);
    },
  );

  const files = [
    "tokenizers/llama2-tokenizer.model",
    "tokenizers/llama3-tokenizer.tiktoken",
    "tokenizers/ggml-vocab/ggml-vocab-gpt-2.gguf",
  ];
  describe.skipIf(!sharedData)("of real vocabularies (needs ../shared/data)", () => {
    it.each(files)("equal a check of every token of %s", async (file) => {
      const tokenizer = await loadTokenizer(sharedPath(file));
      const dropsSpace = tokenizer.vocabulary.kind !== "byte-bpe";
      for (const structure of Object.values(STRUCTURES))
        expect(compareMasks(tokenizer, structure, { steps: 6, dropsSpace })).toBeGreaterThan(3);
    });
  });
});

describe("a guide", () => {
  const tokenizer = tinyTokenizer();
  const guides = new Guides(tokenizer, tokenizer.eogIds, tokenizer.vocabSize);
  const guideOf = (options: StructureOptions): Guide => guides.guide(structureOf(options)!, false);
  const take = (guide: Guide, text: string): void => {
    for (const id of tokenizer.encode(text).filter((each) => tokenizer.piece(each) !== "▁")) guide.accept(id);
  };

  it("allows end tokens where the text may end, and knows where it must", () => {
    const guide = guideOf({ regex: "a[n]?" });
    expect(guide.canEnd).toBe(false);
    take(guide, "a");
    expect([guide.canEnd, guide.isComplete]).toEqual([true, false]);
    expect(guide.allowed()[0] & (1 << 2)).not.toBe(0);
    take(guide, "n");
    expect([guide.canEnd, guide.isComplete]).toEqual([true, true]);
  });

  it("allows a control token only where the grammar names it", () => {
    const control = guideOf({ grammar: 'root ::= "a" <[1]> "b"' });
    expect(control.allowed()[0]).toBe(0);
    take(control, "a");
    // The byte piece <0xFF>, with which the control token's bytes begin, is not allowed in its place.
    expect(
      [...control.allowed()].map((word, i) => (i === 0 ? word ^ (1 << 1) : word)).every((word) => word === 0),
    ).toBe(true);
    control.accept(1);
    take(control, "b");
    expect(control.isComplete).toBe(true);
    const text = guideOf({ grammar: "root ::= .*" });
    expect(text.allowed()[0] & 0b11).toBe(0);
  });

  it("fails with a message where the vocabulary cannot write the grammar's text", () => {
    const pieces = ["<unk>", "<s>", "</s>", "a"];
    const small = tinyTokenizer({
      pieces,
      types: Uint8Array.of(2, 3, 3, 1),
      scores: new Float32Array(4),
      added: [],
      addSpacePrefix: false,
    });
    const guide = new Guides(small, [2], 4).guide(structureOf({ choices: ["ab"] })!, false);
    guide.accept(3);
    expect(() => guide.allowed()).toThrow(RequestError);
    expect(() => guide.allowed()).toThrow("vocabulary");
  });

  it("continues after the automaton has forgotten its states", () => {
    const structure = structureOf({ regex: "([a-z]{1,9000}[0-9])+" })!;
    const guide = guides.guide(structure, false);
    const reference = guides.guide(structure, false);
    for (let i = 0; i < 40_000; i++) {
      const id = tokenizer.idOf("a")!;
      if (i % 9000 !== 8999) guide.accept(id);
      else take(guide, "1");
    }
    expect(guide.canEnd).toBe(false);
    take(guide, "7");
    expect(guide.canEnd).toBe(true);
    take(reference, "a1");
    expect(reference.canEnd).toBe(true);
  });
});

describe("structures", () => {
  it("are one at a time", () => {
    expect(structureOf({})).toBeUndefined();
    expect(structureOf({ json: false })).toBeUndefined();
    expect(() => structureOf({ json: true, regex: "a" })).toThrow("json and regex");
    expect(() => structureOf({ choices: [] })?.compile()).toThrow(RequestError);
    expect(() => structureOf({ choices: ["a", ""] })?.compile()).toThrow("empty");
  });
});
