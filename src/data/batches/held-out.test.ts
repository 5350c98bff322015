/** Evaluation: every scored byte is counted once, and a document's score does not depend on others. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packTiny } from "../../../test/support/tiny-corpus.ts";
import { tinyTokenizer } from "../../../test/support/tiny-tokenizer.ts";
import { Random } from "../../base/random.ts";
import { type Corpus, openCorpus } from "../corpus.ts";
import { bitsPerByte, type HeldOutOptions, heldOut } from "./held-out.ts";

const random = new Random(4);
const words = (count: number) =>
  Array.from({ length: count }, () => random.below(10 ** 6).toString(36)).join(" ");
const TEXTS = {
  short: Array.from({ length: 30 }, () => words(1 + random.below(9))),
  long: [words(200), words(5), "äöü 🦙"],
};
const byteLength = (texts: readonly string[]) =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

let folder: string;
let corpus: Corpus;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cria-held-out-"));
  const { path } = await packTiny(folder, { short: ["for training"], long: [] }, { heldOutTexts: TEXTS });
  corpus = openCorpus(path);
});
afterAll(() => {
  corpus.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const idsOf = (source: string) => {
  const documents = corpus.source(source).heldOut;
  return Array.from({ length: documents.count }, (_, i) => [...documents.tokensOf(i)]);
};

/** Learnt (token, target) pairs of each sequence, by source. */
function scored(options: HeldOutOptions) {
  return heldOut(corpus, options).map((part) => {
    const sequences: string[] = [];
    let targets = 0;
    for (const { inputs, targetCount } of part.batches()) {
      targets += targetCount;
      const { tokens, positions, loss_weights } = inputs;
      expect(tokens.length).toBe((options.batch ?? 1) * options.block);
      for (let i = 0; i < tokens.length; i++) {
        if (loss_weights[i] === 0) continue;
        if (positions[i] === 0) sequences.push("");
        sequences[sequences.length - 1] += `${tokens[i]} ${inputs.targets[i]},`;
      }
    }
    return { part, sequences, targets };
  });
}

/** The expected pairs of a document: its predictions without the end, cut where a row is full. */
function expectedSequences(ids: readonly number[], block: number): string[] {
  const pairs = ids
    .slice(1)
    .map((target, i) => `${ids[i]} ${target},`)
    .slice(0, -1); // the last one is EOS
  return Array.from({ length: Math.ceil(pairs.length / block) }, (_, i) =>
    pairs.slice(i * block, (i + 1) * block).join(""),
  );
}

describe("heldOut", () => {
  it.each([
    [1, 16],
    [3, 16],
    [4, 700],
  ])("scores each document from its start, with batches of %d rows of %d", (batch, block) => {
    for (const { part, sequences, targets } of scored({ batch, block })) {
      expect(sequences.sort()).toEqual(
        idsOf(part.source)
          .flatMap((ids) => expectedSequences(ids, block))
          .sort(),
      );
      expect(part.targetCount).toBe(targets);
      expect(part.byteLength).toBe(byteLength(TEXTS[part.source as keyof typeof TEXTS]));
    }
  });

  it("takes as much as requested, always the same", () => {
    const [all, some, again] = [{}, { maxDocuments: 4 }, { maxDocuments: 4 }].map((limits) =>
      scored({ block: 700, sources: ["short"], ...limits })[0].sequences.sort(),
    );
    expect(some.length).toBe(4);
    expect(again).toEqual(some);
    expect(all).toEqual(expect.arrayContaining(some));
    const inOrder = scored({ block: 700, sources: ["short"], maxDocuments: 4, order: "file" })[0].sequences;
    expect(inOrder).toEqual(
      idsOf("short")
        .slice(0, 4)
        .flatMap((ids) => expectedSequences(ids, 700)),
    );
  });

  it("stops before a document that would exceed the tokens, but cuts the first one", () => {
    const lengths = idsOf("short").map(({ length }) => length);
    const two = lengths[0] + lengths[1];
    const options = { block: 700, sources: ["short"], order: "file" } as const;
    expect(heldOut(corpus, { ...options, maxTokens: two })[0].documents).toBe(2);
    expect(heldOut(corpus, { ...options, maxTokens: two - 1 })[0].documents).toBe(1);
    const [cut] = heldOut(corpus, { ...options, maxTokens: 3 });
    expect([cut.documents, cut.targetCount]).toEqual([1, 2]);
  });

  it("counts the bytes of a part of a document", () => {
    for (const documentTokens of [2, 3, 5, 40]) {
      for (const part of heldOut(corpus, { block: 700, documentTokens })) {
        const parts = idsOf(part.source).map((ids) => ids.slice(0, documentTokens));
        // Whole documents have their own bytes; the tiny vocabulary has letters and bytes only, none of them cut here.
        expect(part.byteLength).toBe(byteLength(parts.map((ids) => bytesOf(ids))));
        expect(part.targetCount).toBe(
          parts.reduce((sum, ids) => sum + ids.length - 1 - Number(ids[ids.length - 1] === 2), 0),
        );
      }
    }
  });

  it("leaves out the unpredicted first token without BOS", async () => {
    const options = { name: "bare", bos: false, heldOutTexts: { a: ["the the"] } };
    const { path } = await packTiny(folder, { a: ["x"] }, options);
    using bare = openCorpus(path);
    const [part] = heldOut(bare, { block: 8 });
    expect(bare.tokenizer.encode("the the").map((id) => bare.tokenizer.piece(id))).toEqual(["▁the", "▁the"]);
    expect([part.targetCount, part.byteLength]).toEqual([1, 4]); // " the" after "the", which is not predicted
  });

  it("scores the end token inside a document, where it is text as well", async () => {
    const tokenizer = tinyTokenizer({ eosId: 3 + 10 }); // the byte of a line feed
    const { path } = await packTiny(folder, { a: ["the\nthe"] }, { name: "lines", tokenizer });
    using lines = openCorpus(path);
    const [part] = heldOut(lines, { block: 8, split: "train" });
    const [{ inputs, targetCount }] = [...part.batches()];
    const scored = [...inputs.targets].filter((_, i) => inputs.loss_weights[i] > 0);
    expect(scored).toEqual([...lines.sources[0].train.tokensOf(0)].slice(1, -1));
    expect(scored).toContain(13);
    expect([part.targetCount, part.byteLength]).toEqual([targetCount, 7]);
  });

  it("reports that there is nothing to evaluate", async () => {
    const { path } = await packTiny(folder, { a: ["x"] }, { name: "none" });
    using none = openCorpus(path);
    expect(() => heldOut(none, { block: 8 })).toThrow("expected held-out documents, got none");
    expect(() => heldOut(none, { block: 8, sources: ["a"] })).toThrow('held-out documents in the source "a"');
    expect(heldOut(none, { block: 8, split: "train" })[0].documents).toBe(1);
  });
});

/** Bytes of ids without the leading space, as latin1 text, one byte per character: half characters count as well. */
function bytesOf(ids: readonly number[]): string {
  const tokenizer = tinyTokenizer();
  const bytes = ids.filter((id) => !tokenizer.isSpecial(id)).flatMap((id) => [...tokenizer.tokenBytes(id)]);
  return String.fromCharCode(...bytes.slice(1).map((byte) => byte & 0x7f));
}

describe("bitsPerByte", () => {
  it("is nats over bytes, in bits", () => {
    expect(bitsPerByte(8 * Math.LN2, 4)).toBeCloseTo(2, 12);
  });
});
