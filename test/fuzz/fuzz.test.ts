/** A bounded run of the fuzzer over every target, and proof that the harness detects faults. */
import { describe, expect, it } from "vitest";
import { FormatError } from "../../src/base/errors.ts";
import type { TensorEntry, TensorFile } from "../../src/formats/tensor-file.ts";
import { checkCase } from "./check.ts";
import { mutatedCase } from "./mutate.ts";
import { fuzz } from "./run.ts";
import { FAULTY_TARGETS, TARGETS, type Target } from "./targets.ts";

/** Whole models take about 20 ms per case. */
const CASES: Readonly<Record<string, number>> = { model: 200, template: 800, grammar: 1000 };
const MOST_CASES = 2000;
/** Stages that some cases must reach, or the run proves little. */
const STAGES: Readonly<Record<string, readonly string[]>> = {
  template: ["parsed", "rendered"],
  grammar: ["schema compiled", "schema followed", "regex followed", "grammar followed"],
  model: ["opened", "tokenized", "rendered", "converted", "opened again", "generated"],
  gguf: ["tensors read"],
  torrent: ["parsed"],
  adapter: ["gguf", "ggla"],
  conversations: ["examples", "bad"],
  peer: ["handshake", "bitfield", "extended", "have", "piece", "request", "other"],
};
/** What most damaged files of a target are. */
const REFUSED: Readonly<Record<string, string>> = {
  template: "refused TEMPLATE",
  grammar: "refused REQUEST",
};
const SEED = 20261120;

describe.each(TARGETS.map((target) => [target.name, target] as const))("the reader of %s", (_, target) => {
  it("reads its seeds", async () => {
    for (const seed of target.seeds())
      expect(await checkCase(target, seed, 60_000)).toEqual({ kind: "read" });
  });

  const planned = CASES[target.name] ?? MOST_CASES;
  it(`survives ${planned} damaged files`, async () => {
    const { counts, stages, failures, cases } = await fuzz(target, { cases: planned, seed: SEED });
    expect(failures.map(({ index, reason }) => `case ${index}: ${reason}`)).toEqual([]);
    expect(cases).toBe(planned);
    expect(counts.read).toBeGreaterThan(0); // else the mutator destroys too much
    expect(counts[REFUSED[target.name] ?? "refused FORMAT"]).toBeGreaterThan(0);
    for (const stage of STAGES[target.name] ?? []) expect(stages[stage]).toBeGreaterThan(0);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(planned);
  });
});

describe("mutatedCase", () => {
  it("is a function of its seeds and numbers", () => {
    const seeds = [Uint8Array.from({ length: 500 }, (_, i) => i), new Uint8Array(300)];
    const cases = Array.from({ length: 200 }, (_, index) => mutatedCase(seeds, 7, index));
    expect(Array.from({ length: 200 }, (_, index) => mutatedCase(seeds, 7, index))).toEqual(cases);
    expect(new Set(cases.map((bytes) => bytes.join())).size).toBeGreaterThan(180);
    expect(seeds[0]).toEqual(Uint8Array.from({ length: 500 }, (_, i) => i));
  });
});

/** Faults that the harness must catch, known from other readers. */
const FAULTY: Record<string, Pick<Target, "run" | "isDisjoint"> & { verdict: object }> = {
  "throws a plain error": {
    run: () => {
      throw new TypeError("undefined is not a function");
    },
    verdict: { kind: "failed", reason: expect.stringContaining("TypeError") },
  },
  "allocates what the file claims": {
    run: () => {
      new Float64Array(1 << 20).fill(1);
      return undefined;
    },
    verdict: { kind: "failed", reason: expect.stringContaining("of arrays") },
  },
  "allocates what the file claims, then refuses it": {
    run: () => {
      new Float64Array(1 << 20).fill(1);
      throw new FormatError({ doing: "read", found: "too much" });
    },
    verdict: { kind: "failed", reason: expect.stringContaining("of arrays") },
  },
  "reads the file for ever": {
    run: (source) => {
      for (;;) source.bytes(0, source.byteLength);
    },
    verdict: { kind: "failed", reason: expect.stringContaining("has read") },
  },
  "claims tensors larger than the file": { run: () => fileWith(1e9, 0), verdict: { kind: "failed" } },
  "gives too few bytes for a tensor": {
    run: () => fileWith(16, 15),
    verdict: { kind: "failed", reason: expect.stringContaining("has 15 bytes, not 16") },
  },
  "accepts tensors that share bytes": {
    run: () => {
      const bytes = new Uint8Array(24);
      const entry = (name: string, from: number) =>
        [
          name,
          { name, dtype: "U8", shape: [16], byteLength: 16, bytes: () => bytes.subarray(from, from + 16) },
        ] as const;
      return { ...fileWith(16, 16), tensors: new Map([entry("a", 0), entry("b", 8)]) };
    },
    isDisjoint: true,
    verdict: { kind: "failed", reason: expect.stringContaining("share bytes") },
  },
  "accepts a tensor that cannot be read": {
    run: () => {
      const entry = fileWith(16, 16).tensors.get("t") as TensorEntry;
      const bytes = () => {
        throw new FormatError({ doing: "read", found: "too late" });
      };
      return { ...fileWith(16, 16), tensors: new Map([["t", { ...entry, bytes }]]) };
    },
    verdict: { kind: "failed", reason: expect.stringContaining("accepted file") },
  },
  "refuses properly": {
    run: () => {
      throw new FormatError({ doing: "read", found: "damage" });
    },
    verdict: { kind: "refused", code: "FORMAT" },
  },
};

function fileWith(claimed: number, given: number): TensorFile {
  const bytes = () => new Uint8Array(given);
  const entry = { name: "t", dtype: "U8", shape: [claimed], byteLength: claimed, bytes } as const;
  const nothing = () => {};
  return {
    path: "x",
    byteLength: 100,
    tensors: new Map([["t", entry]]),
    dispose: nothing,
    [Symbol.dispose]: nothing,
  };
}

describe("checkCase judges a reader that", () => {
  it.each(Object.entries(FAULTY))("%s", async (_, { verdict, ...target }) => {
    expect(await checkCase(target, new Uint8Array(100))).toMatchObject(verdict);
  });
});

describe("fuzz", () => {
  it.each([
    [0, "did not end within 1500 ms", 1500],
    [1, "the thread died", 60_000],
  ])(
    "stops faulty reader %i, reports %j, and continues with the next case",
    async (row, reason, hangMillis) => {
      const { failures, cases } = await fuzz(FAULTY_TARGETS[row], { cases: 2, seed: 1, hangMillis });
      expect(failures.map(({ index }) => index)).toEqual([0, 1]);
      for (const failure of failures) {
        expect(failure.reason).toContain(reason);
        expect(failure.bytes).toEqual(mutatedCase(FAULTY_TARGETS[row].seeds(), 1, failure.index));
      }
      expect(cases).toBe(2);
    },
  );
});
