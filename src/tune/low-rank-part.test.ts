/** Low-rank training: nothing changes at the start, gradients are right, and only the adapter learns. */
import { describe, expect, it } from "vitest";
import { availableBackends } from "../../test/support/backends.ts";
import { randomWeights, tinyConfig } from "../../test/support/tiny-model.ts";
import { initialiseAdapter } from "../adapt/initial.ts";
import { trainedLowRank } from "../adapt/low-rank.ts";
import { type DType, rowByteLength } from "../base/dtypes.ts";
import { ConfigError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import type { ModelConfig } from "../config/config.ts";
import { parameterShapes } from "../config/parameters.ts";
import { evaluate } from "../engine/backend/reference/evaluate.ts";
import { type Backend, type BoundTensor, grad, type Node } from "../engine/index.ts";
import { trainingGraph } from "../model/graphs.ts";
import { plainWeights } from "../model/weights.ts";
import { decode, encode } from "../quant/index.ts";
import { type Batch, ModelStates, packDocuments, type TrainedPart } from "../train/index.ts";
import { evaluationComputation, gradientComputation } from "../train/program/computations.ts";
import { type LowRankSpec, lowRankPart, trainedLayers } from "./low-rank-part.ts";

const CONFIG = tinyConfig({ dim: 64, ffnDim: 96, nHeads: 2, nKvHeads: 1, headDim: 32, vocabSize: 64 });
const SPEC: LowRankSpec = { rank: 4, alpha: 8, dropout: 0, rsLora: false, targets: ["all"] };
const OPTIMISER = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, clip: 1 };
const DOCUMENTS = [
  [1, 7, 3, 7, 9, 2, 11, 30],
  [1, 4, 4, 8, 60],
];
const BATCH = packDocuments(DOCUMENTS);
const TOKENS = BATCH.tokens.length;

/** Random weights: matrices of this type, vectors F32. `plain`: the same values as F32. */
function params(config: ModelConfig, dtype: DType, plain = false): Map<string, BoundTensor> {
  const weights = randomWeights(config, 5);
  return new Map(
    parameterShapes(config).flatMap(({ name, shape }): [string, BoundTensor][] => {
      const values = weights.get(name);
      if (values === undefined) return [];
      const fits = shape.length > 1 && rowByteLength(dtype, shape[1]) !== undefined;
      const bytes = fits && dtype !== "F32" ? encode(dtype, values, shape[1]) : new Uint8Array(values.buffer);
      if (!fits || dtype === "F32") return [[name, { dtype: "F32", shape, bytes }]];
      if (!plain) return [[name, { dtype, shape, bytes }]];
      const decoded = decode(dtype, bytes, values.length);
      return [[name, { dtype: "F32", shape, bytes: new Uint8Array(decoded.buffer) }]];
    }),
  );
}

const part = (bound: ReadonlyMap<string, BoundTensor>, spec = SPEC): TrainedPart =>
  lowRankPart(CONFIG, bound, trainedLayers(CONFIG, spec), spec.dropout);

/** Runs a computation of a part once, with A and B random or B zero. */
async function run(
  backend: Backend,
  trained: TrainedPart,
  computation: ReturnType<typeof evaluationComputation>,
  bIsZero: boolean,
): Promise<Record<string, Float32Array>> {
  const random = new Random(9);
  const states = new Map(
    trained.trainables.map(({ name, shape }) => {
      const state = backend.createState(shape, "F32");
      const bytes = state.bytes();
      const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
      const isZero = bIsZero && name.endsWith("lora_b");
      values.forEach((_, i) => {
        values[i] = isZero ? 0 : 0.2 * random.normal();
      });
      return [name, state] as const;
    }),
  );
  using program = await backend.compile(computation, { params: trained.params, states });
  const outputs = await program.run({ ...BATCH }, {});
  const copies = Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, values.slice()]));
  for (const state of states.values()) state.dispose();
  return copies;
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  a.forEach((x, i) => {
    dot += x * b[i];
    aa += x * x;
    bb += b[i] * b[i];
  });
  return dot / Math.sqrt(aa * bb);
}

describe("the gradient of low-rank matrices", () => {
  it("equals finite differences in f64", async () => {
    const config = tinyConfig({ dim: 8, ffnDim: 12, nHeads: 2, nKvHeads: 1, headDim: 4, vocabSize: 11 });
    const documents = [
      [1, 7, 3, 7, 9, 2],
      [1, 4, 4, 8],
    ];
    const batch = packDocuments(documents);
    const layers = trainedLayers(config, {
      ...SPEC,
      rank: 2,
      rsLora: true,
      targets: ["q_proj", "wo", "*.ffn_down"],
    });
    const nodes = new Map<string, Node>();
    const { graph, loss } = trainingGraph(config, batch.tokens.length, (g) =>
      trainedLowRank(
        g,
        plainWeights(g, config, () => "F32"),
        layers,
        undefined,
        (name, shape) => {
          const node = g.input(name, shape, "F32");
          nodes.set(name, node);
          return node;
        },
      ),
    );
    expect(nodes.size).toBe(2 * layers.length);
    expect(layers).toHaveLength(3 * config.nLayers);
    const bound = new Map(params(config, "F32"));
    const random = new Random(3);
    const values = [...nodes].map(
      ([name, { shape }]) =>
        [
          name,
          Float64Array.from({ length: Number(shape[0]) * Number(shape[1]) }, () => random.normal()),
        ] as const,
    );
    const inputs = {
      ...batch,
      loss_weights: Float64Array.from(batch.loss_weights),
      ...Object.fromEntries(values),
    };
    const names = [...nodes.keys()];
    const gradients = grad(loss, [...nodes.values()]);
    const outputs = Object.fromEntries(gradients.map((node, i) => [names[i], node]));
    const found = await evaluate(graph, outputs, { inputs, params: bound, precision: "f64" });
    for (const [name, at] of values) {
      const direction = Float64Array.from(at, () => random.normal());
      const moved = async (h: number): Promise<number> => {
        const shifted = at.map((value, i) => value + h * direction[i]);
        const given = { inputs: { ...inputs, [name]: shifted }, params: bound, precision: "f64" } as const;
        return (await evaluate(graph, { loss }, given)).loss[0];
      };
      const h = 2e-5;
      const near = (await moved(h)) - (await moved(-h));
      const far = (await moved(2 * h)) - (await moved(-2 * h));
      const expected = (8 * near - far) / (12 * h);
      const along = Float64Array.from(found[name]).reduce((sum, g, i) => sum + g * direction[i], 0);
      expect(Math.abs(along - expected), name).toBeLessThan(1e-8 * (1 + Math.abs(expected)));
    }
  });
});

describe.each(await availableBackends())("low-rank training on $name", ({ start }) => {
  it.each(["F32", "F16", "BF16", "Q8_0", "Q4_0"] as const)(
    "changes nothing at its start over %s, bit for bit",
    async (dtype) => {
      using backend = await start(2);
      const bound = params(CONFIG, dtype);
      const adapted = part(bound);
      const plain: TrainedPart = {
        ...adapted,
        bind: (graph) => plainWeights(graph, CONFIG, (name) => bound.get(name)?.dtype ?? "F32"),
      };
      const losses = async (trained: TrainedPart) =>
        await run(backend, trained, evaluationComputation(CONFIG, { tokens: TOKENS, trained }), true);
      expect(await losses(adapted)).toEqual(await losses(plain));
    },
  );

  it.each(["F16", "Q8_0", "Q4_0"] as const)(
    "has the gradients of the decoded weights over %s",
    async (dtype) => {
      using backend = await start(2);
      const of = async (bound: Map<string, BoundTensor>) => {
        const trained = part(bound);
        const options = { tokens: TOKENS, keep: "linear", optimiser: OPTIMISER, trained } as const;
        return await run(backend, trained, gradientComputation(CONFIG, options), false);
      };
      const [packed, decoded] = [await of(params(CONFIG, dtype)), await of(params(CONFIG, dtype, true))];
      expect(Math.abs(packed.loss[0] - decoded.loss[0])).toBeLessThan(1e-2);
      const names = Object.keys(packed).filter((name) => name !== "loss");
      const whole = (of: Record<string, Float32Array>) =>
        Float32Array.from(names.flatMap((name) => [...of[name]]));
      expect(cosine(whole(packed), whole(decoded))).toBeGreaterThan(0.999);
      for (const name of names) expect(cosine(packed[name], decoded[name]), name).toBeGreaterThan(0.99);
    },
  );

  it("learns, with states only for the adapter, and bit for bit again", async () => {
    using backend = await start(2);
    const spec = { ...SPEC, dropout: 0.1, targets: ["attention"] };
    const learn = async (seed: number) => {
      const bound = params(CONFIG, "Q8_0");
      const before = [...bound.values()].map(({ bytes }) => bytes.slice());
      using model = await ModelStates.create(backend, CONFIG, {
        tokens: TOKENS,
        optimiser: OPTIMISER,
        trained: part(bound, spec),
        seed,
      });
      initialiseAdapter(trainedLayers(CONFIG, spec), model.weights(), 1);
      const batch: Batch = BATCH;
      const losses: number[] = [];
      for (let step = 1; step <= 30; step++)
        losses.push((await model.step([batch], { step, learningRate: 0.02 })).loss);
      expect([...bound.values()].map(({ bytes }) => bytes)).toEqual(before);
      const names = [...model.states.keys()];
      expect(names.every((name) => name.includes(".lora_"))).toBe(true);
      expect(names).toHaveLength(3 * 2 * 4 * CONFIG.nLayers);
      return losses;
    };
    const losses = await learn(1);
    expect(losses[29]).toBeLessThan(0.7 * losses[0]);
    expect(await learn(1)).toEqual(losses);
    expect(await learn(2)).not.toEqual(losses);
  });
});

describe("trainedLayers", () => {
  it("finds layers by names of every scheme, groups and patterns", () => {
    const of = (...targets: string[]) =>
      trainedLayers(CONFIG, { ...SPEC, targets }).map(({ layer }) => layer);
    const queries = ["blk.0.attn_q", "blk.1.attn_q"];
    for (const name of ["q_proj", "wq", "attn_q", "*.attn_q", "model.layers.*.q_proj"])
      expect(of(name), name).toEqual(queries);
    expect(of("blk.1.*")).toHaveLength(7);
    expect(of("all")).toHaveLength(14);
    expect(of("v_proj", "q_proj")).toEqual(["blk.0.attn_q", "blk.0.attn_v", "blk.1.attn_q", "blk.1.attn_v"]);
    expect(() => of("q_porj")).toThrow(ConfigError);
  });

  it("scales by the rank, or by its root", () => {
    const [{ scale }] = trainedLayers(CONFIG, { ...SPEC, rank: 16, alpha: 8 });
    expect(scale).toBe(0.5);
    expect(trainedLayers(CONFIG, { ...SPEC, rank: 16, alpha: 8, rsLora: true })[0].scale).toBe(2);
  });
});
