/** Low-rank changes of one layer: their precision over each type of weights, and what their results do not depend on. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { availableBackends } from "../../test/support/backends.ts";
import { normalisedError } from "../../test/support/random-blocks.ts";
import { Random } from "../base/random.ts";
import type { Backend } from "../engine/backend/backend.ts";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import { Graph } from "../engine/graph/graph.ts";
import { matmul } from "../engine/graph/ops/matmul.ts";
import { encode } from "../quant/index.ts";
import { type ChangeTypes, type LowRankChange, lowRankAdaptation } from "./low-rank.ts";
import type { Weights } from "./weights.ts";

const [IN, OUT, TOKENS] = [256, 70, 3];
const LAYER = "blk.0.attn_q";

/** Random matrices whose values have about these sizes. */
function change(
  seed: number,
  rank: number,
  sizes: { a: number; b: number } = { a: 0.05, b: 0.5 },
): LowRankChange {
  const random = new Random(seed);
  const normals = (length: number, size: number) =>
    Float32Array.from({ length }, () => size * random.normal());
  return {
    rank,
    inDim: IN,
    outDim: OUT,
    a: normals(rank * IN, sizes.a),
    b: normals(OUT * rank, sizes.b),
    scale: 2,
  };
}

const random = new Random(5);
const X = Float32Array.from({ length: TOKENS * IN }, () => random.normal());
const W = Float32Array.from({ length: OUT * IN }, () => random.normal());

/** B·A·x of every token, in f64. */
function truth({ rank, a, b, scale }: LowRankChange): Float64Array {
  const out = new Float64Array(TOKENS * OUT);
  for (let t = 0; t < TOKENS; t++)
    for (let r = 0; r < rank; r++) {
      let down = 0;
      for (let c = 0; c < IN; c++) down += X[t * IN + c] * a[r * IN + c];
      for (let row = 0; row < OUT; row++) out[t * OUT + row] += scale * b[row * rank + r] * down;
    }
  return out;
}

const KINDS: readonly {
  weight: "F32" | "F16" | "Q4_0";
  types: ChangeTypes;
  limit: number;
}[] = [
  { weight: "F32", types: { a: "F32", b: "F32" }, limit: 1e-11 },
  { weight: "F16", types: { a: "F16", b: "F16" }, limit: 1e-6 },
  // Both x and A have eight bits.
  { weight: "Q4_0", types: { a: "Q8_0", b: "F16" }, limit: 2e-4 },
];

describe.each(await availableBackends())("low-rank changes on $name", ({ start }) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await start(2);
  });
  afterAll(() => backend.dispose());

  /** The layer's output for all tokens as one text, with these factors of the changes; or without changes. */
  async function output(
    { weight, types }: (typeof KINDS)[number],
    changes: readonly LowRankChange[],
    factors: readonly number[],
  ): Promise<Float32Array> {
    const graph = new Graph();
    graph.symbol("T", TOKENS);
    graph.symbol("B", 1);
    const x = graph.input("x", ["T", IN], "F32");
    const plain = {
      linears: (of: typeof x, names: readonly string[]) =>
        names.map((name) => matmul(of, graph.param(`${name}.weight`, [OUT, IN], weight), "NT")),
    } as unknown as Weights;
    const adaptation = lowRankAdaptation(
      changes.map((one) => new Map([[LAYER, one]])),
      () => types,
    );
    const weights = changes.length === 0 ? plain : adaptation.wrap(graph, plain);
    const [y] = weights.linears(x, [LAYER]);
    const bound = { dtype: weight, shape: [OUT, IN], bytes: encode(weight, W, IN) };
    const params = new Map<string, BoundTensor>([[`${LAYER}.weight`, bound], ...adaptation.params]);
    using program = await backend.compile({ graph, outputs: { y } }, { params, states: new Map() });
    const gates = { gates: Float32Array.from(factors), sequences: new Int32Array(TOKENS) };
    const inputs = { x: X, ...(changes.length === 0 ? {} : gates) };
    return (await program.run(inputs, { T: TOKENS, B: 1 })).y.slice();
  }

  describe.each(KINDS)("of $weight", (kind) => {
    it.each([
      { a: 0.05, b: 0.5 },
      // Values for which the scales of blocks of A, or f16, are too coarse.
      { a: 1e-6, b: 3e4 },
      { a: 1e7, b: 1e-6 },
      { a: 1e-3, b: 1e6 },
    ])("equal B·A·x for values of about $a in A and $b in B", async (sizes) => {
      const one = change(1, 16, sizes);
      // The change is as large as the layer's output, so that their sum does not hide it.
      const norm = Math.sqrt(IN / truth(one).reduce((sum, value) => sum + value ** 2 / (TOKENS * OUT), 0));
      const [before, after] = [await output(kind, [], []), await output(kind, [one], [norm])];
      const found = after.map((value, i) => (value - before[i]) / norm);
      expect(normalisedError(found, Float32Array.from(truth(one)))).toBeLessThan(kind.limit);
    });

    it("have the same bits alone and among others, even if those are extreme or not finite", async () => {
      const own = change(2, 16);
      const broken = change(3, 5);
      broken.a[7] = Number.NaN;
      broken.b[9] = Number.POSITIVE_INFINITY;
      const others = [
        change(4, 40),
        change(7, 0),
        change(5, 3, { a: 1e-9, b: 1 }),
        change(6, 3, { a: 1, b: 1e9 }),
        broken,
      ];
      const alone = await output(kind, [own], [0.5]);
      for (const at of [0, 2, 5]) {
        const factors = [0, 0, 0, 0, 0].toSpliced(at, 0, 0.5);
        expect(await output(kind, others.toSpliced(at, 0, own), factors)).toEqual(alone);
      }
      expect((await output(kind, [own, broken], [0, 1])).some(Number.isNaN)).toBe(true);
    });
  });
});
