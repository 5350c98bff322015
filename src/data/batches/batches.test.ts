/** Batches: their contents, that nothing is lost, and that a run resumes exactly where it stopped. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packTiny } from "../../../test/support/tiny-corpus.ts";
import { tinyTokenizer } from "../../../test/support/tiny-tokenizer.ts";
import { RequestError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { type Corpus, openCorpus } from "../corpus.ts";
import { type BatchOptions, batches, type MixtureEntry, type TrainingBatch } from "./batches.ts";
import { type BatchInputs, sliceRows } from "./rows.ts";

let folder: string;
let corpus: Corpus;

/** Texts of very different lengths, all different. */
function textsOf(seed: number, count: number): string[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const words = Array.from({ length: 1 + random.below(i % 7 === 0 ? 60 : 6) }, () =>
      random.below(500).toString(36),
    );
    return `${seed} ${i} ${words.join(" ")}`;
  });
}
const TEXTS = { small: textsOf(1, 20), large: textsOf(2, 90), single: ["one long text, ".repeat(40)] };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cria-batches-"));
  const { path } = await packTiny(folder, TEXTS, { weights: { large: 3 } });
  corpus = openCorpus(path);
});
afterAll(() => {
  corpus.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function take(options: BatchOptions, count: number): TrainingBatch[] {
  const taken: TrainingBatch[] = [];
  if (count === 0) return taken;
  for (const batch of batches(corpus, options)) {
    taken.push(batch);
    if (taken.length === count) break;
  }
  return taken;
}

/** All batches of one epoch of one source. */
function epochOf(name: string, options: Omit<BatchOptions, "sources" | "seed">, seed = 1): TrainingBatch[] {
  return [...batches(corpus, { ...options, seed, sources: [{ name, epochs: 1 }] })];
}

interface Sequence {
  readonly tokens: number[];
  readonly targets: number[];
  readonly positions: number[];
  readonly weights: number[];
}

/** Cuts a batch where sequences begin. */
function sequencesOf({ tokens, targets, positions, starts, loss_weights }: BatchInputs): Sequence[] {
  const found: Sequence[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (i === 0 || starts[i] !== starts[i - 1])
      found.push({ tokens: [], targets: [], positions: [], weights: [] });
    const last = found[found.length - 1];
    last.tokens.push(tokens[i]);
    last.targets.push(targets[i]);
    last.positions.push(positions[i]);
    last.weights.push(loss_weights[i]);
  }
  return found;
}
const isPadding = ({ weights }: Sequence) => weights.every((weight) => weight === 0);

const documentsOf = (name: string): number[][] => {
  const { train } = corpus.source(name);
  return Array.from({ length: train.count }, (_, document) => [...train.tokensOf(document)]);
};
const pairsOf = (documents: readonly number[][]) =>
  documents.flatMap((ids) => ids.slice(1).map((target, i) => `${ids[i]} ${target}`)).sort();

const SHAPES = fc.record({
  batch: fc.integer({ min: 1, max: 5 }),
  block: fc.integer({ min: 2, max: 70 }),
  packing: fc.constantFrom("stream", "documents"),
  borders: fc.constantFrom("masked", "open"),
  seed: fc.nat(),
} as const);

describe("a batch", () => {
  it("has rows of one shape, sequences without gaps, and weights that form a mean", () => {
    fc.assert(
      fc.property(SHAPES, (options) => {
        for (const { inputs, targetCount } of take(options, 4)) {
          const size = options.batch * options.block;
          for (const array of Object.values(inputs)) expect(array.length).toBe(size);
          for (const [i, first] of inputs.starts.entries()) {
            expect(first).toBe(i - inputs.positions[i]);
            if (i > 0 && first !== inputs.starts[i - 1]) expect(first).toBe(i);
          }
          const learnt = inputs.loss_weights.filter((weight) => weight > 0);
          expect(learnt.length).toBe(targetCount);
          expect(new Set(learnt)).toEqual(new Set([Math.fround(1 / targetCount)]));
          for (const { positions } of sequencesOf(inputs))
            expect(positions).toEqual(positions.map((_, i) => i));
        }
      }),
      { numRuns: 80, seed: 1 },
    );
  });

  it("with masked borders has parts of single documents, with the token that follows each token", () => {
    fc.assert(
      fc.property(SHAPES, fc.constantFrom("small", "large", "single"), (options, name) => {
        const known = documentsOf(name).map((ids) => `,${ids.join()},`);
        for (const { inputs } of epochOf(name, { ...options, borders: "masked" }, options.seed)) {
          for (const sequence of sequencesOf(inputs)) {
            if (isPadding(sequence)) continue;
            const text = `,${[...sequence.tokens, sequence.targets[sequence.targets.length - 1]].join()},`;
            expect(sequence.targets.slice(0, -1)).toEqual(sequence.tokens.slice(1));
            expect(known.some((document) => document.includes(text))).toBe(true);
            expect(sequence.weights.every((weight) => weight > 0)).toBe(true);
          }
        }
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  it("with open borders has one sequence per row, and the next document's first token as a target", () => {
    const [bos, eos] = [corpus.tokenizer.bosId, corpus.tokenizer.eosId];
    const found = epochOf("small", { batch: 2, block: 32, borders: "open" });
    for (const { inputs } of found) {
      for (const sequence of sequencesOf(inputs)) {
        if (isPadding(sequence)) continue;
        expect(sequence.tokens.length).toBeLessThanOrEqual(32);
        for (const [i, id] of sequence.tokens.entries())
          if (id === eos) expect(sequence.targets[i]).toBe(bos);
      }
    }
    const targets = found.flatMap(({ inputs }) =>
      [...inputs.targets].filter((_, i) => inputs.loss_weights[i] > 0),
    );
    expect(targets.sort()).toEqual(documentsOf("small").flat().sort());
  });

  it("splits into parts that keep the weights of the whole", () => {
    const [{ inputs }] = take({ batch: 6, block: 16, seed: 4 }, 1);
    const parts = [0, 2, 4].map((first) => sliceRows(inputs, 16, first, 2));
    for (const name of ["tokens", "targets", "positions", "loss_weights"] as const)
      expect(parts.flatMap((part) => [...part[name]])).toEqual([...inputs[name]]);
    expect(parts.map(({ starts }) => starts[0])).toEqual([0, 0, 0]);
    expect(parts.flatMap(sequencesOf)).toEqual(sequencesOf(inputs));
  });
});

describe("an epoch", () => {
  it("has every prediction of every document exactly once", () => {
    fc.assert(
      fc.property(SHAPES, fc.constantFrom("small", "large", "single"), (options, name) => {
        const found = epochOf(name, { ...options, borders: "masked" }, options.seed);
        const pairs = found.flatMap(({ inputs: { tokens, targets, loss_weights } }) =>
          [...tokens].flatMap((id, i) => (loss_weights[i] > 0 ? [`${id} ${targets[i]}`] : [])),
        );
        expect(pairs.sort()).toEqual(pairsOf(documentsOf(name)));
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it("counts the bytes of its text", () => {
    for (const [name, texts] of Object.entries(TEXTS)) {
      const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
      for (const packing of ["stream", "documents"] as const) {
        const found = epochOf(name, { batch: 3, block: 24, packing });
        expect(found.reduce((sum, { byteCount }) => sum + byteCount, 0)).toBe(bytes);
      }
    }
  });

  it("has a different order each time, determined by the seed", () => {
    const order = (seed: number, epochs: number) =>
      [...batches(corpus, { batch: 1, block: 24, seed, sources: [{ name: "large", epochs }] })].map(
        ({ inputs }) => inputs.tokens.join(),
      );
    const two = order(1, 2);
    const one = order(1, 1);
    expect(two.slice(0, one.length)).toEqual(one);
    expect(two.slice(one.length)).not.toEqual(one);
    expect(order(2, 1)).not.toEqual(one);
  });

  it("of one long document has a different order of rows each time", async () => {
    const text = Array.from({ length: 400 }, (_, i) => i).join(" ");
    const { path } = await packTiny(folder, { book: [text] }, { name: "book" });
    using book = openCorpus(path);
    const sources = [{ name: "book", epochs: 3 }];
    const found = [...batches(book, { batch: 1, block: 64, seed: 1, sources })];
    const ids = `,${[...book.sources[0].train.tokensOf(0)].join()},`;
    /** Positions of the rows' starts in the document, as ranks. */
    const orders = [0, 1, 2].map((epoch) => {
      const rows = found.slice((epoch * found.length) / 3, ((epoch + 1) * found.length) / 3);
      const places = rows.map(({ inputs }) => ids.indexOf(`,${inputs.tokens.subarray(0, 20).join()},`));
      expect(new Set(places).size).toBe(places.length);
      return places.map((place) => places.filter((other) => other < place).length).join();
    });
    expect(new Set(orders).size).toBe(3);
  });

  it("does not cut documents that fit if packing is by documents", () => {
    const bos = corpus.tokenizer.bosId;
    for (const { inputs } of epochOf("small", { batch: 1, block: 400, packing: "documents" }))
      for (const sequence of sequencesOf(inputs))
        if (!isPadding(sequence)) expect(sequence.tokens[0]).toBe(bos);
  });

  it("ends a run after the requested epochs, with fractions rounded up to whole rows", () => {
    const rows = (epochs: number) =>
      [...batches(corpus, { batch: 1, block: 24, seed: 9, sources: [{ name: "large", epochs }] })].length;
    const whole = rows(1);
    expect(rows(0.5)).toBe(Math.ceil(whole / 2));
    expect(rows(3)).toBe(3 * whole);
  });

  it("of several sources ends with a padded step when all are complete", () => {
    const sources = [
      { name: "small", epochs: 2 },
      { name: "large", epochs: 1 },
    ] as const;
    const found = [...batches(corpus, { batch: 7, block: 24, seed: 9, sources })];
    expect(found[found.length - 1].epochs).toEqual({ small: 2, large: 1 });
    expect(found.every(({ inputs }) => inputs.tokens.length === 7 * 24)).toBe(true);
    const predictions = 2 * pairsOf(documentsOf("small")).length + pairsOf(documentsOf("large")).length;
    expect(found.reduce((sum, { targetCount }) => sum + targetCount, 0)).toBe(predictions);
    // Neither source waits for the other: half way, both are half done.
    expect(found[found.length >> 1].epochs.small).toBeCloseTo(1, 0.5);
    expect(found[found.length >> 1].epochs.large).toBeCloseTo(0.5, 0.5);
  });
});

describe("a mixture", () => {
  /** Rows of each source over some steps. */
  function rowsOf(sources: BatchOptions["sources"], steps: number): number[] {
    const found = take(
      { batch: 5, block: 16, seed: 3, ...(sources === undefined ? {} : { sources }) },
      steps,
    );
    return found[steps - 1].cursor.sources.map(({ taken }) => taken);
  }

  it("follows the weights", () => {
    const [small, large] = rowsOf(
      [
        { name: "small", weight: 0.9 },
        { name: "large", weight: 0.1 },
      ],
      40,
    );
    expect(small + large).toBe(200);
    expect(Math.abs(small - 180)).toBeLessThanOrEqual(1);
  });

  it("uses the weights of the corpus by default", () => {
    const [small, large, single] = rowsOf(undefined, 50);
    expect([small, large, single].map((rows) => Math.round(rows / 50))).toEqual([1, 3, 1]);
  });

  it("uses sizes if the corpus has no weights either", async () => {
    const { path } = await packTiny(folder, TEXTS, { name: "unweighted" });
    using plain = openCorpus(path);
    const steps = batches(plain, { batch: 10, block: 16, seed: 1 });
    let last: TrainingBatch | undefined;
    for (let i = 0; i < 30; i++) last = steps.next().value;
    const total = plain.sources.reduce((sum, { train }) => sum + train.tokenCount, 0);
    for (const [i, { train }] of plain.sources.entries())
      expect(Math.abs(last!.cursor.sources[i].taken - (300 * train.tokenCount) / total)).toBeLessThan(1.5);
  });

  it.each<[string, readonly MixtureEntry[], RegExp]>([
    [
      "an unknown source",
      [{ name: "web", weight: 1 }],
      /expected one of small, large, single, got no such source/,
    ],
    ["no source", [], /at least one source/],
    [
      "a source twice",
      [
        { name: "small", weight: 1 },
        { name: "small", weight: 2 },
      ],
      /each source once/,
    ],
    [
      "weights and epochs",
      [
        { name: "small", weight: 1 },
        { name: "large", epochs: 2 },
      ],
      /got both/,
    ],
    ["a weight of zero", [{ name: "small", weight: 0 }], /a positive number for the source "small"/],
  ])("cannot have %s", (_, sources, message) => {
    expect(() => batches(corpus, { batch: 1, block: 8, seed: 1, sources })).toThrow(message);
  });

  it.each([
    ["batch", { batch: 0, block: 8, seed: 1 }],
    ["block", { batch: 1, block: 1.5, seed: 1 }],
    ["seed", { batch: 1, block: 8, seed: -1 }],
  ])("cannot have an impossible %s", (name, options) => {
    expect(() => batches(corpus, options)).toThrow(new RegExp(`for ${name}`));
    expect(() => batches(corpus, options)).toThrow(RequestError);
  });
});

describe("a cursor", () => {
  const MIXTURES: fc.Arbitrary<BatchOptions["sources"]> = fc.constantFrom(
    undefined,
    [
      { name: "small", weight: 5 },
      { name: "single", weight: 1 },
    ],
    [
      { name: "small", epochs: 2.5 },
      { name: "large", epochs: 1 },
    ],
  );

  it("resumes bit for bit, through JSON, wherever a run stops", () => {
    fc.assert(
      fc.property(
        SHAPES,
        MIXTURES,
        fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
        (shape, mixture, stops) => {
          const options = { ...shape, ...(mixture === undefined ? {} : { sources: mixture }) };
          const whole = take(options, 40);
          const parts: TrainingBatch[] = [];
          for (const stop of [...stops, 40]) {
            const cursor = parts[parts.length - 1]?.cursor;
            const going = cursor === undefined ? {} : { cursor: JSON.parse(JSON.stringify(cursor)) };
            // Read-ahead does not matter: only the cursor of the last used batch counts.
            parts.push(...take({ ...options, ...going }, stop + 3).slice(0, stop));
          }
          expect(parts.slice(0, whole.length)).toEqual(whole);
        },
      ),
      { numRuns: 60, seed: 4 },
    );
  });

  it("may continue with another batch size: the rows stay those of the run", () => {
    const rows = (found: readonly TrainingBatch[]) =>
      found.flatMap(({ inputs }) =>
        Array.from({ length: inputs.tokens.length / 20 }, (_, i) =>
          inputs.tokens.slice(20 * i, 20 * i + 20).join(),
        ),
      );
    const options = { block: 20, seed: 6 };
    const whole = rows(take({ ...options, batch: 4 }, 6));
    const [first] = take({ ...options, batch: 4 }, 1);
    const rest = take({ ...options, batch: 2, cursor: first.cursor }, 10);
    expect([...rows([first]), ...rows(rest)]).toEqual(whole);
    expect(rest[0].step).toBe(1);
  });

  it("may continue with another mixture from the same positions", () => {
    const options = { batch: 4, block: 20, seed: 6 };
    const half = {
      sources: [
        { name: "small", weight: 1 },
        { name: "large", weight: 1 },
      ],
    };
    const more = {
      sources: [
        { name: "small", weight: 1 },
        { name: "large", weight: 9 },
      ],
    };
    const [, , , last] = take({ ...options, ...half }, 4);
    const [next] = take({ ...options, ...more, cursor: last.cursor }, 10).slice(-1);
    const places = (batch: TrainingBatch) => batch.cursor.sources.map(({ taken }) => taken);
    expect(places(last)).toEqual([8, 8]);
    expect(places(next)).toEqual([4, 36]);
    expect(next.step).toBe(13);
  });

  it.each([
    ["seed", { seed: 2 }],
    ["block", { block: 8 }],
    ["packing", { packing: "documents" }],
    ["borders", { borders: "open" }],
    ["sources", { sources: [{ name: "small", weight: 1 }] }],
  ] as const)("of a run with another %s is refused", (name, change) => {
    const [{ cursor }] = take({ batch: 2, block: 16, seed: 1 }, 1);
    expect(() => batches(corpus, { batch: 2, block: 16, seed: 1, ...change, cursor })).toThrow(name);
  });

  it("of another corpus is refused, and so is an invalid one", async () => {
    const [{ cursor }] = take({ batch: 2, block: 16, seed: 1 }, 1);
    const { path } = await packTiny(folder, { ...TEXTS, small: textsOf(7, 20) }, { name: "other" });
    using other = openCorpus(path);
    expect(() => batches(other, { batch: 2, block: 16, seed: 1, cursor })).toThrow(
      /expected corpus [0-9a-f]{64}/,
    );
    const broken = { ...cursor, sources: [{ ...cursor.sources[0], row: -1 }] };
    expect(() => batches(corpus, { batch: 2, block: 16, seed: 1, cursor: broken })).toThrow(RequestError);
    const far = { ...cursor, sources: cursor.sources.map((source) => ({ ...source, row: 10_000 })) };
    expect(() => batches(corpus, { batch: 2, block: 16, seed: 1, cursor: far })).toThrow(
      /a cursor inside \d+ rows/,
    );
  });
});

describe("documents of one token", () => {
  it("yield nothing with masked borders, and an error if there is nothing else", async () => {
    const tokenizer = tinyTokenizer({ addSpacePrefix: false });
    const { path } = await packTiny(
      folder,
      { one: ["a", "e"] },
      { name: "one", bos: false, eos: false, tokenizer },
    );
    using one = openCorpus(path);
    expect([0, 1].map((document) => one.sources[0].train.lengthOf(document))).toEqual([1, 1]);
    expect(() => batches(one, { batch: 1, block: 8, seed: 1 })).toThrow("documents of at least 2 tokens");
    const sources = [{ name: "one", epochs: 1 }];
    const [{ targetCount }] = [...batches(one, { batch: 1, block: 8, seed: 1, borders: "open", sources })];
    expect(targetCount).toBe(2);
  });
});
