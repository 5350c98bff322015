import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeviceError, RequestError, ShapeError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { alpacaCppChain, metaChain } from "./compat-chains.ts";
import { defaultChain, FILTER_ORDER, type SamplingOptions } from "./default-chain.ts";
import { repeatedLengths } from "./dry.ts";
import { createSampler } from "./sampler.ts";
import { mirostatCut, zipfExponent } from "./select.ts";
import type { FilterStep, SamplerChain } from "./steps.ts";
import { dynamicTemperature } from "./temperature.ts";

const logitsOf = (...probs: number[]) => Float32Array.from(probs, (p) => Math.log(p));

function left(chain: SamplerChain, logits: Float32Array, accepted: readonly number[] = []) {
  const sampler = createSampler(chain, { vocabSize: logits.length, seed: 1 });
  for (const token of accepted) sampler.accept(token);
  const { ids, probs } = sampler.distribution(logits);
  return new Map(Array.from(ids, (id, i) => [id, probs[i]]));
}

describe("default chain", () => {
  it("is llama.cpp's with llama.cpp's numbers", () => {
    expect(defaultChain()).toEqual([
      { kind: "top-k", k: 40, minKeep: 0 },
      { kind: "top-p", p: 0.95, cut: "llama.cpp", minKeep: 0 },
      { kind: "min-p", p: 0.05, minKeep: 0 },
      { kind: "temperature", temperature: 0.8 },
      { kind: "dist" },
    ]);
  });

  it("holds every filter in the documented order if all are enabled", () => {
    const all: SamplingOptions = {
      repeatPenalty: 1.1,
      dryMultiplier: 0.8,
      topNSigma: 2,
      typical: 0.9,
      xtcProbability: 0.5,
      bannedTokens: [3],
    };
    expect(defaultChain(all).map((step) => step.kind)).toEqual(["logit-bias", ...FILTER_ORDER, "dist"]);
    expect(defaultChain({ ...all, order: ["temperature", "top-k"] }).map((step) => step.kind)).toEqual([
      "logit-bias",
      "temperature",
      "top-k",
      "dist",
    ]);
  });

  it("ends with greedy at temperature 0, and with mirostat if requested", () => {
    expect(defaultChain({ temperature: 0 })).toEqual([{ kind: "greedy" }]);
    expect(defaultChain({ mirostat: 2 })).toEqual([
      { kind: "temperature", temperature: 0.8 },
      { kind: "mirostat-2", tau: 5, eta: 0.1 },
    ]);
  });

  const wrong: [string, unknown][] = [
    ["temperature", -1],
    ["temperature", Number.NaN],
    ["temperature", Number.POSITIVE_INFINITY],
    ["temperature", "0.7"],
    ["topK", 1.5],
    ["topK", -1],
    ["topP", 1.01],
    ["minP", -0.1],
    ["repeatPenalty", 0],
    ["repeatLastN", -2],
    ["mirostat", 3],
    ["xtcThreshold", null],
    ["order", ["top-k", "nonsense"]],
    ["bannedTokens", 5],
  ];
  it.each(wrong)("refuses %s = %s by name", (name, value) => {
    const options = { [name]: value } as SamplingOptions;
    expect(() => defaultChain(options)).toThrow(RequestError);
    expect(() => defaultChain(options)).toThrow(`"${name}"`);
  });
});

describe("createSampler", () => {
  it.each([
    ["an empty chain", []],
    ["a chain without an end", [{ kind: "top-k", k: 4 }]],
    ["a step after the end", [{ kind: "dist" }, { kind: "top-k", k: 4 }]],
    ["an unknown kind", [{ kind: "constructor" }, { kind: "dist" }]],
    ["a missing number", [{ kind: "top-p", cut: "meta" }, { kind: "dist" }]],
    ["an unknown cut", [{ kind: "top-p", p: 0.5, cut: "x" }, { kind: "dist" }]],
    ["a bias outside the vocabulary", [{ kind: "logit-bias", bias: [[8, 1]] }, { kind: "dist" }]],
    ["a NaN bias", [{ kind: "logit-bias", bias: [[1, Number.NaN]] }, { kind: "dist" }]],
    ["a null step", [null]],
  ])("refuses %s", (_name, chain) => {
    expect(() => createSampler(chain as SamplerChain, { vocabSize: 8 })).toThrow(RequestError);
  });

  it("draws a seed if none is given, and repeats the text with that seed", () => {
    const logits = new Float32Array(1000);
    const first = createSampler([{ kind: "dist" }], { vocabSize: 1000, seed: 0xffffffff });
    const second = createSampler([{ kind: "dist" }], { vocabSize: 1000, seed: first.seed });
    const drawn = Array.from({ length: 50 }, () => first.sample(logits).token);
    expect(Array.from({ length: 50 }, () => second.sample(logits).token)).toEqual(drawn);
    expect(new Set(drawn).size).toBeGreaterThan(30);
    first.reset();
    expect(first.sample(logits).token).toBe(drawn[0]);
  });

  it("clones into an independent sampler in the same state", () => {
    const chain = defaultChain({ repeatPenalty: 1.5, topK: 0, topP: 1, minP: 0 });
    const sampler = createSampler(chain, { vocabSize: 50, seed: 3 });
    const logits = Float32Array.from({ length: 50 }, (_, i) => Math.sin(i));
    const step = (s: typeof sampler) => {
      const { token } = s.sample(logits);
      s.accept(token);
      return token;
    };
    for (let i = 0; i < 10; i++) step(sampler);
    const copy = sampler.clone();
    const a = Array.from({ length: 20 }, () => step(sampler));
    const b = Array.from({ length: 20 }, () => step(copy));
    expect(b).toEqual(a);
  });

  it("never changes the caller's logits, and refuses broken ones", () => {
    const chain = defaultChain({ temperature: 0.3, repeatPenalty: 2 });
    const sampler = createSampler(chain, { vocabSize: 4, seed: 1 });
    sampler.accept(1);
    const logits = Float32Array.of(1, 2, Number.NEGATIVE_INFINITY, 0);
    sampler.sample(logits);
    expect(Array.from(logits)).toEqual([1, 2, Number.NEGATIVE_INFINITY, 0]);
    expect(() => sampler.sample(Float32Array.of(1, Number.NaN, 0, 0))).toThrow(DeviceError);
    expect(() => sampler.sample(Float32Array.of(1, Number.POSITIVE_INFINITY, 0, 0))).toThrow(DeviceError);
    expect(() => sampler.sample(new Float32Array(4).fill(Number.NEGATIVE_INFINITY))).toThrow(RequestError);
    expect(() => sampler.sample(new Float32Array(3))).toThrow(ShapeError);
    expect(() => sampler.accept(4)).toThrow(RequestError);
  });

  it("obeys the bits of a mask", () => {
    const sampler = createSampler([{ kind: "greedy" }], { vocabSize: 40, seed: 1 });
    const logits = Float32Array.from({ length: 40 }, (_, i) => i);
    expect(sampler.sample(logits, Int32Array.of(0, 0b10)).token).toBe(33);
    expect(sampler.sample(logits, Int32Array.of(1 << 31, 0)).token).toBe(31);
    expect(() => sampler.sample(logits, Int32Array.of(0, 0))).toThrow(RequestError);
  });

  it("fails if everything is banned", () => {
    const chain = defaultChain({ bannedTokens: [0, 1] });
    const sampler = createSampler(chain, { vocabSize: 2, seed: 1 });
    expect(() => sampler.sample(new Float32Array(2))).toThrow(RequestError);
  });

  it("bans a token that a finite bias lowers below the float range", () => {
    const sample = (logitBias: [number, number][], temperature: number) =>
      createSampler(defaultChain({ logitBias, temperature }), { vocabSize: 2, seed: 1 }).sample(
        Float32Array.of(5, 1),
      );
    for (const temperature of [0, 1]) {
      expect(sample([[0, -1e39]], temperature)).toMatchObject({ token: 1, candidateCount: 1 });
      const all: [number, number][] = [
        [0, -1e39],
        [1, -1e39],
      ];
      expect(() => sample(all, temperature)).toThrow(RequestError);
    }
  });

  it("bans end tokens on ignoreEos, and requires them", () => {
    const chain = defaultChain({ temperature: 0, ignoreEos: true, eogTokens: [2] });
    expect(createSampler(chain, { vocabSize: 3, seed: 1 }).sample(Float32Array.of(0, 1, 9)).token).toBe(1);
    expect(() => defaultChain({ ignoreEos: true })).toThrow("eogTokens");
  });
});

describe("selection", () => {
  it("takes the lowest token among equals", () => {
    for (const chain of [
      [{ kind: "greedy" }],
      [{ kind: "top-k", k: 1 }, { kind: "dist" }],
    ] as SamplerChain[]) {
      const logits = Float32Array.of(-1, 3, 2, 3, 3);
      expect(createSampler(chain, { vocabSize: 5, seed: 9 }).sample(logits).token).toBe(1);
    }
  });

  it("draws with the given probabilities", () => {
    const probs = [0.5, 0.25, 0.15, 0.1];
    const sampler = createSampler([{ kind: "dist" }], { vocabSize: 4, seed: 11 });
    const counts = [0, 0, 0, 0];
    const n = 20000;
    for (let i = 0; i < n; i++) counts[sampler.sample(logitsOf(...probs)).token]++;
    const chiSquare = probs.reduce((sum, p, i) => sum + (counts[i] - n * p) ** 2 / (n * p), 0);
    expect(chiSquare).toBeLessThan(16.27); // 3 degrees of freedom, p 0.001
  });

  it("sorts a vocabulary of 128k as a plain sort does", () => {
    const random = new Random(5);
    const logits = Float32Array.from({ length: 128256 }, () => Math.fround(random.normal() * 4));
    for (let i = 0; i < 1000; i++) logits[random.below(logits.length)] = 7.25; // many equals
    const order = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b);
    const keep = (k: number) => Array.from(left([{ kind: "top-k", k }, { kind: "dist" }], logits).keys());
    for (const k of [1, 40, 5000, 128256]) expect(keep(k)).toEqual(order.slice(0, k));
  });

  it("keeps the best of the tokens that neither logits, biases nor a mask exclude", () => {
    const logit = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(-Infinity));
    const bias = fc.tuple(fc.nat(39), fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constant(-Infinity)));
    fc.assert(
      fc.property(
        fc.array(logit, { minLength: 40, maxLength: 40 }),
        fc.array(bias, { maxLength: 6 }),
        fc.option(fc.tuple(fc.integer(), fc.integer({ min: 0, max: 255 }))),
        fc.constantFrom(0, 1, 3, 20, 40, 600),
        (values, biases, mask, k) => {
          const changed = values.slice();
          for (const [token, change] of biases) changed[token] += change;
          const order = [...changed.keys()]
            .filter((id) => changed[id] > -Infinity && (mask === null || (mask[id >> 5] >> (id & 31)) & 1))
            .sort((a, b) => changed[b] - changed[a] || a - b);
          if (order.length === 0) return;
          const last = k === 0 ? ({ kind: "greedy" } as const) : ({ kind: "dist" } as const);
          const chain: SamplerChain = [{ kind: "logit-bias", bias: biases }, { kind: "top-k", k }, last];
          const sampler = createSampler(chain, { vocabSize: 40, seed: 1 });
          const allowed = mask === null ? undefined : Int32Array.from(mask);
          // The arrays are the same for every token, so an earlier one must leave nothing behind.
          sampler.distribution(new Float32Array(40));
          const { ids } = sampler.distribution(Float32Array.from(values), allowed);
          expect([...ids]).toEqual(order.slice(0, k === 0 ? 1 : k));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("orders zeros of both signs and denormals", () => {
    const logits = Float32Array.of(0, -0, 1e-45, -1e-45, -3, 5);
    const ids = Array.from(left([{ kind: "top-k", k: 6 }, { kind: "dist" }], logits).keys());
    expect(ids).toEqual([5, 2, 0, 1, 3, 4]);
  });
});

describe("hand vectors", () => {
  it("penalties multiply logits that are not positive and divide the others", () => {
    const chain: SamplerChain = [
      { kind: "penalties", lastN: 3, repeat: 2, frequency: 0.5, presence: 0.25 },
      { kind: "dist" },
    ];
    // History 3 | 0 1 1: token 3 is out of the window. 0: 4/2 − .5 − .25 = 1.25; 1: −1·2 − 1 − .25 = −3.25.
    const found = left(chain, Float32Array.of(4, -1, 0, 0), [3, 0, 1, 1]);
    const expected = [1.25, -3.25, 0, 0].map(Math.exp);
    const sum = expected.reduce((a, b) => a + b);
    expected.forEach((e, i) => {
      expect(found.get(i)).toBeCloseTo(e / sum, 6);
    });
  });

  it("penalties apply to the same tokens if the candidates were reordered first", () => {
    const penalties: FilterStep = {
      kind: "penalties",
      lastN: -1,
      repeat: 1.3,
      frequency: 0.1,
      presence: 0.2,
    };
    const logits = Float32Array.of(2, -1, 0.5, 3, -2);
    const plain = left([penalties, { kind: "dist" }], logits, [3, 3, 1]);
    const sorted = left([{ kind: "top-k", k: 5 }, penalties, { kind: "dist" }], logits, [3, 3, 1]);
    for (const [id, p] of plain) expect(sorted.get(id)).toBeCloseTo(p, 6);
  });

  it("alpaca.cpp's chain cuts where the sum reaches p, Meta's chain one token later", () => {
    const logits = logitsOf(0.5, 0.26, 0.14, 0.1);
    expect([...left(metaChain({ temperature: 1, topP: 0.7 }), logits).keys()]).toEqual([0, 1]);
    expect([...left(metaChain({ temperature: 1, topP: 0.4 }), logits).keys()]).toEqual([0]);
    expect([...left(metaChain({ temperature: 1, topP: 0.51 }), logits).keys()]).toEqual([0, 1]);
    expect([...left(alpacaCppChain({ temperature: 1, topP: 0.76 }), logits).keys()]).toEqual([0, 1]);
    expect(alpacaCppChain()).toMatchObject([
      { lastN: 64, repeat: 1.3 },
      { temperature: 0.1 },
      { k: 40 },
      { p: 0.95 },
      {},
    ]);
  });

  it("DRY finds the lengths of the published example", () => {
    const window = Uint32Array.from("abccbcyabc", (c) => c.charCodeAt(0) - 97);
    const lengths = new Float64Array(26);
    repeatedLengths(window, [], 1, lengths);
    const found = Object.fromEntries(
      [...lengths].map((n, i) => [String.fromCharCode(97 + i), n]).filter(([, n]) => n),
    );
    expect(found).toEqual({ c: 4, b: 2, y: 3 });
  });

  it("DRY agrees with comparing every pair of endings", () => {
    const token = fc.integer({ min: 0, max: 3 });
    const breakers = fc.array(fc.array(token, { minLength: 1, maxLength: 3 }), { maxLength: 2 });
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 40 }),
        breakers,
        fc.integer({ min: 0, max: 4 }),
        (text, cut, allowed) => {
          const lengths = new Float64Array(4);
          repeatedLengths(Uint32Array.from(text), cut, allowed, lengths);
          expect([...lengths]).toEqual(naiveRepeats(text, cut, allowed));
        },
      ),
    );
  });

  it("DRY's exponent stays within float32", () => {
    const dry: FilterStep = {
      kind: "dry",
      multiplier: 1,
      base: 1.75,
      allowedLength: 2,
      lastN: -1,
      breakers: [],
    };
    const found = left([dry, { kind: "dist" }], Float32Array.of(0, 0), new Array(2000).fill(0));
    expect(found.get(1)).toBe(1);
  });

  it("dynamic temperature follows the entropy", () => {
    const step = { kind: "dynamic-temperature", temperature: 1, range: 0.5, exponent: 1 } as const;
    expect(dynamicTemperature(Float32Array.of(0.25, 0.25, 0.25, 0.25), 4, step)).toBeCloseTo(1.5, 6);
    expect(dynamicTemperature(Float32Array.of(1, 0, 0, 0), 4, step)).toBeCloseTo(0.5, 6);
    const half = dynamicTemperature(Float32Array.of(0.5, 0.5, 0, 0), 4, step);
    expect(half).toBeCloseTo(0.5 + 1 * (Math.LN2 / Math.log(4)), 6);
    expect(dynamicTemperature(Float32Array.of(0.5, 0.5), 2, { ...step, range: 2 })).toBe(3);
  });

  it("XTC never acts above a threshold of one half", () => {
    const step: FilterStep = { kind: "xtc", probability: 1, threshold: 0.51 };
    expect(left([step, { kind: "dist" }], logitsOf(0.6, 0.4)).size).toBe(2);
  });
});

/** Longest repeat, token included, that each of 4 tokens would complete; straight from the definition. */
function naiveRepeats(text: number[], breakers: number[][], allowed: number): number[] {
  const best = [0, 0, 0, 0];
  let limit = text.length;
  for (let back = 0; back < text.length && limit === text.length; back++) {
    const at = text.length - 1 - back;
    const ends = breakers.filter((b) => b.length - 1 <= back && b.every((t, i) => text[at + i] === t));
    if (ends.length > 0) limit = back + 1 - Math.max(...ends.map((b) => b.length));
  }
  if (text.length <= allowed || limit < allowed) return best;
  for (let next = 1; next < text.length; next++) {
    let length = 0;
    while (length < next && text[next - 1 - length] === text[text.length - 1 - length]) length++;
    length = Math.min(length, limit);
    if (length >= allowed) best[text[next]] = Math.max(best[text[next]], length + 1);
  }
  return best;
}

describe("mirostat", () => {
  it("computes ŝ and k as the formulas say", () => {
    const probs = Float32Array.from({ length: 200 }, (_, i) => 1 / (i + 1) ** 1.3);
    let tb = 0;
    let tt = 0;
    for (let i = 0; i < 99; i++) {
      const t = Math.log((i + 2) / (i + 1));
      tb += t * Math.log(probs[i] / probs[i + 1]);
      tt += t * t;
    }
    expect(zipfExponent(probs, 200)).toBeCloseTo(tb / tt, 12);
    expect(zipfExponent(probs, 200)).toBeCloseTo(1.3, 5);
    const k = ((0.3 * 2 ** 7) / (1 - 32000 ** -0.3)) ** (1 / 1.3);
    expect(mirostatCut(1.3, 7, 32000)).toBeCloseTo(k, 9);
    expect(mirostatCut(1, 7, 32000)).toBeCloseTo(mirostatCut(1 + 1e-7, 7, 32000), 2);
  });

  it.each(["mirostat-1", "mirostat-2"] as const)("%s steers the mean surprise to tau", (kind) => {
    const tau = 3;
    const logits = Float32Array.from({ length: 5000 }, (_, i) => -1.1 * Math.log(i + 1));
    const sampler = createSampler([{ kind, tau, eta: 0.1 }], { vocabSize: 5000, seed: 4 });
    const surprises = Array.from(
      { length: 3000 },
      () => -Math.log2(sampler.sample(logits).probability),
    ).slice(500);
    expect(surprises.reduce((a, b) => a + b) / surprises.length).toBeCloseTo(tau, 0);
  });

  it("version 2 cuts tokens more surprising than μ and always keeps the most likely", () => {
    const flat = createSampler([{ kind: "mirostat-2", tau: 0, eta: 0 }], { vocabSize: 8, seed: 1 });
    const logits = Float32Array.from({ length: 8 }, (_, i) => i);
    expect(flat.sample(logits)).toEqual({ token: 7, probability: 1, candidateCount: 1 });
    // μ = 2·τ = 2 bits: tokens of probability at least 1/4 stay.
    const two = createSampler([{ kind: "mirostat-2", tau: 1, eta: 0 }], { vocabSize: 4, seed: 1 });
    expect(two.sample(logitsOf(0.4, 0.3, 0.2, 0.1)).candidateCount).toBe(2);
  });
});

describe("properties of filters", () => {
  const logits = fc
    .array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 60 })
    .map((values) => Float32Array.from(values));
  const minKeep = fc.integer({ min: 0, max: 10 });
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const filter: fc.Arbitrary<FilterStep> = fc.oneof(
    fc.record({ kind: fc.constant("top-k" as const), k: fc.integer({ min: 0, max: 80 }), minKeep }),
    fc.record({
      kind: fc.constant("top-p" as const),
      p: unit,
      cut: fc.constantFrom("llama.cpp", "meta", "alpaca"),
      minKeep,
    }),
    fc.record({ kind: fc.constant("min-p" as const), p: unit, minKeep }),
    fc.record({ kind: fc.constant("typical" as const), p: unit, minKeep }),
    fc.record({ kind: fc.constant("xtc" as const), probability: unit, threshold: unit, minKeep }),
    fc.record({ kind: fc.constant("top-n-sigma" as const), n: fc.double({ min: 0, max: 4, noNaN: true }) }),
    fc.record({
      kind: fc.constant("temperature" as const),
      temperature: fc.double({ min: 0, max: 3, noNaN: true }),
    }),
    fc.record({
      kind: fc.constant("dynamic-temperature" as const),
      temperature: fc.double({ min: 0, max: 3, noNaN: true }),
      range: fc.double({ min: 0, max: 3, noNaN: true }),
      exponent: fc.double({ min: 0, max: 4, noNaN: true }),
    }),
  );

  it("any chain keeps distinct tokens with probabilities that sum to 1 and order like the logits", () => {
    fc.assert(
      fc.property(logits, fc.array(filter, { maxLength: 8 }), (values, filters) => {
        const found = [...left([...filters, { kind: "dist" }], values)];
        expect(found.length).toBeGreaterThan(0);
        expect(found.reduce((sum, [, p]) => sum + p, 0)).toBeCloseTo(1, 4);
        for (const [a, p] of found) {
          for (const [b, q] of found) if (values[a] > values[b]) expect(p).toBeGreaterThanOrEqual(q);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("a filter keeps at least minKeep tokens if there are that many", () => {
    fc.assert(
      fc.property(logits, filter, (values, step) => {
        const promised =
          "minKeep" in step && !("cut" in step && step.cut !== "llama.cpp") ? (step.minKeep ?? 0) : 1;
        const size = left([step, { kind: "dist" }], values).size;
        expect(size).toBeGreaterThanOrEqual(Math.min(Math.max(promised, 1), values.length));
      }),
      { numRuns: 300 },
    );
  });

  it("top-k and min-p commute, and top-k, top-p, min-p leave a head of the order", () => {
    fc.assert(
      fc.property(logits, fc.integer({ min: 1, max: 60 }), unit, (values, k, p) => {
        const topK: FilterStep = { kind: "top-k", k };
        const minP: FilterStep = { kind: "min-p", p };
        const ids = (chain: FilterStep[]) =>
          [...left([...chain, { kind: "dist" }], values).keys()].sort((a, b) => a - b);
        expect(ids([topK, minP])).toEqual(ids([minP, topK]));
        const order = Array.from(values.keys()).sort((a, b) => values[b] - values[a] || a - b);
        for (const step of [topK, { kind: "top-p", p, cut: "llama.cpp" } as const]) {
          const kept = ids([step]);
          expect(kept).toEqual(order.slice(0, kept.length).sort((a, b) => a - b));
        }
      }),
    );
  });
});
