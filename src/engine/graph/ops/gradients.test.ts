/**
 * Every gradient rule of the table, compared with central finite differences in f64. A case builds a function of float
 * inputs; the test weights its output with random numbers to get a scalar.
 */
import { describe, expect, it } from "vitest";
import { Random } from "../../../base/random.ts";
import { evaluate } from "../../backend/reference/evaluate.ts";
import { grad } from "../grad.ts";
import { Graph, type Node } from "../graph.ts";
import { attention } from "./attention.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { dropout } from "./dropout.ts";
import { add, addBias, mul, scale } from "./elementwise.ts";
import { gatherRows } from "./gather-rows.ts";
import { matmul } from "./matmul.ts";
import { dot } from "./reductions.ts";
import { rmsNorm } from "./rms-norm.ts";
import { rope } from "./rope.ts";
import { swiglu } from "./swiglu.ts";
import { OPS, type OpName } from "./table.ts";

interface Case {
  readonly op: OpName;
  readonly title: string;
  /** Shapes of the float inputs a, b, c, … */
  readonly floats: readonly (readonly number[])[];
  readonly integers?: Readonly<Record<string, readonly number[]>>;
  build(floats: Node[], integers: Record<string, Node>): Node;
}

const heads = { nHeads: 4, nKvHeads: 2, headDim: 3, scale: 0.6 };
const attend: Case["build"] = ([q, k, v], { starts }) => attention({ q, k, v, starts, heads });
const turn =
  (pairing: "interleaved" | "halves"): Case["build"] =>
  ([x], { positions }) => {
    const frequencies = x.graph.table(Float64Array.of(1, 0.1));
    return rope(x, positions, frequencies, { headDim: 5, pairing, magnitude: 1.2 });
  };

const CASES: readonly Case[] = [
  {
    op: "add",
    title: "sum",
    floats: [
      [3, 4],
      [3, 4],
    ],
    build: ([a, b]) => add(a, b),
  },
  { op: "add", title: "a node used twice", floats: [[3, 4]], build: ([a]) => add(a, a) },
  { op: "add_bias", title: "bias", floats: [[3, 4], [4]], build: ([x, b]) => addBias(x, b) },
  {
    op: "mul",
    title: "product",
    floats: [
      [3, 4],
      [3, 4],
    ],
    build: ([a, b]) => mul(a, b),
  },
  { op: "mul", title: "square", floats: [[3, 4]], build: ([a]) => mul(a, a) },
  {
    op: "dropout",
    title: "the same elements as forward",
    floats: [[5, 6]],
    integers: { seed: [77] },
    build: ([x], { seed }) => dropout(x, seed, { rate: 0.4, application: 3 }),
  },
  { op: "scale", title: "scaling", floats: [[3, 4]], build: ([a]) => scale(a, -1.7) },
  {
    op: "matmul",
    title: "NN",
    floats: [
      [3, 4],
      [4, 5],
    ],
    build: ([a, b]) => matmul(a, b, "NN"),
  },
  {
    op: "matmul",
    title: "NT",
    floats: [
      [3, 4],
      [5, 4],
    ],
    build: ([a, b]) => matmul(a, b, "NT"),
  },
  {
    op: "matmul",
    title: "TN",
    floats: [
      [4, 3],
      [4, 5],
    ],
    build: ([a, b]) => matmul(a, b, "TN"),
  },
  {
    op: "matmul",
    title: "of one row",
    floats: [
      [1, 7],
      [2, 7],
    ],
    build: ([a, b]) => matmul(a, b, "NT"),
  },
  { op: "rms_norm", title: "norm", floats: [[3, 6], [6]], build: ([x, w]) => rmsNorm(x, w, 0.01) },
  {
    op: "swiglu",
    title: "gated unit",
    floats: [
      [3, 4],
      [3, 4],
    ],
    build: ([a, b]) => swiglu(a, b),
  },
  {
    op: "gather_rows",
    title: "rows, one of them twice",
    floats: [[5, 3]],
    integers: { rows: [4, 0, 4, 2] },
    build: ([table], { rows }) => gatherRows(table, rows),
  },
  {
    op: "rope",
    title: "interleaved",
    floats: [[3, 10]],
    integers: { positions: [0, 3, 7] },
    build: turn("interleaved"),
  },
  {
    op: "rope",
    title: "halves",
    floats: [[3, 10]],
    integers: { positions: [0, 3, 7] },
    build: turn("halves"),
  },
  {
    op: "attention",
    title: "two documents, grouped heads",
    floats: [
      [5, 12],
      [5, 6],
      [5, 6],
    ],
    integers: { starts: [0, 0, 2, 2, 2] },
    build: attend,
  },
  {
    op: "attention",
    title: "sliding window",
    floats: [
      [5, 12],
      [5, 6],
      [5, 6],
    ],
    integers: { starts: [0, 0, 1, 2, 3] },
    build: attend,
  },
  {
    op: "cross_entropy",
    title: "loss of each row",
    floats: [[3, 5]],
    integers: { targets: [1, 4, 0] },
    build: ([logits], { targets }) => crossEntropy(logits, targets),
  },
  { op: "dot", title: "inner product", floats: [[6], [6]], build: ([a, b]) => dot(a, b) },
];

/** Sums all elements of a vector or matrix, each weighted with a random number. */
function weigh(node: Node, weights: Record<string, Float64Array>, random: Random): Node {
  const { graph, shape } = node;
  const noise = (name: string, dims: number[]): Node => {
    weights[name] = randomArray(random, dims);
    return graph.input(name, dims, "F32");
  };
  if (shape.length === 1) return dot(node, noise("weights", shape as number[]));
  const [rows, columns] = shape as number[];
  const weighted = mul(node, noise("weights", [rows, columns]));
  return matmul(matmul(noise("left", [1, rows]), weighted, "NN"), noise("right", [columns, 1]), "NN");
}

function randomArray(random: Random, shape: readonly number[]): Float64Array {
  return Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
}

async function checkCase({ floats, integers = {}, build }: Case): Promise<void> {
  const random = new Random(7);
  const graph = new Graph();
  const inputs: Record<string, Float64Array | Int32Array> = {};
  const variables = floats.map((shape, i) => {
    inputs[`x${i}`] = randomArray(random, shape);
    return graph.input(`x${i}`, shape, "F32");
  });
  const integerNodes = Object.entries(integers).map(([name, values]) => {
    inputs[name] = Int32Array.from(values);
    return [name, graph.input(name, [values.length], "I32", 100)] as const;
  });
  const loss = weigh(
    build(variables, Object.fromEntries(integerNodes)),
    inputs as Record<string, Float64Array>,
    random,
  );
  const gradients = grad(loss, variables);
  const outputs = Object.fromEntries(gradients.map((node, i) => [`d${i}`, node]));
  const found = await evaluate(graph, outputs, { inputs, precision: "f64" });
  for (const [i] of floats.entries()) {
    const x = inputs[`x${i}`];
    for (let j = 0; j < x.length; j++) {
      const at = async (delta: number): Promise<number> => {
        const moved = x.slice();
        moved[j] += delta;
        return (
          await evaluate(graph, { loss }, { inputs: { ...inputs, [`x${i}`]: moved }, precision: "f64" })
        ).loss[0];
      };
      const h = 1e-5;
      const expected = ((await at(h)) - (await at(-h))) / (2 * h);
      expect(Math.abs(found[`d${i}`][j] - expected), `input ${i}, element ${j}`).toBeLessThan(
        1e-7 * (1 + Math.abs(expected)),
      );
    }
  }
}

describe("gradients", () => {
  it.each(CASES)("$op: $title", (testCase) => checkCase(testCase));

  it("every op with a rule has a case", () => {
    const withRule = Object.keys(OPS).filter((name) => "gradient" in OPS[name as OpName]);
    const covered = new Set<string>(CASES.map(({ op }) => op));
    expect(withRule.filter((name) => !covered.has(name))).toEqual([]);
  });
});
