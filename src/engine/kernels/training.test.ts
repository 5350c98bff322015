/**
 * The kernels that only training needs, on every target: all outputs are compared with the op's reference, and have the
 * same bits however threads share the tasks. Attention and products have separate test files.
 */
import { describe, expect, it } from "vitest";
import {
  kernelMachines,
  runKernelOutputs,
  runReferenceOutputs,
} from "../../../test/support/kernel-harness.ts";
import { normalisedError } from "../../../test/support/random-blocks.ts";
import { Random } from "../../base/random.ts";
import { Graph, type Node } from "../graph/graph.ts";
import { crossEntropy } from "../graph/ops/cross-entropy.ts";
import { dropout, SEEDS } from "../graph/ops/dropout.ts";
import { accumulate, adamw, clipFactor, sumOfSquares } from "../graph/ops/optimiser.ts";
import { dot, multiplyBy, sumRows } from "../graph/ops/reductions.ts";
import { sliceRows, writeRows } from "../graph/ops/rows.ts";
import { softmaxLoss } from "../graph/ops/softmax-loss.ts";
import { OPS } from "../graph/ops/table.ts";
import { kernelRows } from "./table.ts";
import { TRAINING_ROWS } from "./training-rows.ts";

const machines = kernelMachines(1 << 25);
type Data = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/** Random data for an input, unless a case gives its own. */
function randomData({ shape, dtype }: Node, random: Random, below: number): Data {
  const length = shape.reduce<number>((product, dim) => product * (dim as number), 1);
  if (dtype === "I32") return Int32Array.from({ length }, () => random.below(below));
  return Float32Array.from({ length }, () => random.normal());
}

interface Case {
  readonly title: string;
  readonly build: (graph: Graph) => Node;
  /** Data of inputs by number. */
  readonly data?: Readonly<Record<number, (length: number) => Data>>;
  /** Greatest normalised squared error: ten times the measured one. */
  readonly limit?: number;
}

const SIZES = [
  [1, 3],
  [3, 17],
  [33, 64],
  [70, 300],
  [257, 48],
] as const;

const matrix = (graph: Graph, name: string, size: readonly number[]): Node => graph.input(name, size, "F32");
const integers = (graph: Graph, name: string, count: number, below: number): Node =>
  graph.input(name, [count], "I32", below);
const positive = (length: number): Data => Float32Array.from({ length }, (_, i) => 0.01 + (i % 7) / 5);

const BY_SIZE: readonly ((size: readonly [number, number]) => Case)[] = [
  ([rows, columns]) => ({
    title: "rms_norm_gradient",
    build: (graph) =>
      graph.apply(
        OPS.rms_norm_gradient,
        [
          matrix(graph, "x", [rows, columns]),
          matrix(graph, "w", [columns]),
          matrix(graph, "g", [rows, columns]),
        ],
        { eps: 1e-5 },
      ),
  }),
  ([rows, columns]) => ({
    title: "swiglu_gradient",
    build: (graph) =>
      graph.apply(
        OPS.swiglu_gradient,
        ["gate", "up", "g"].map((name) => matrix(graph, name, [rows, columns])),
        undefined,
      ),
  }),
  ([rows, columns]) => ({
    title: "softmax_loss",
    build: (graph) =>
      softmaxLoss(
        graph.state("logits", [rows, columns], "F32"),
        integers(graph, "targets", rows, columns),
        matrix(graph, "weights", [rows]),
      ).losses.outputs[0],
  }),
  ([rows, columns]) => ({
    title: "cross_entropy",
    build: (graph) =>
      crossEntropy(matrix(graph, "logits", [rows, columns]), integers(graph, "targets", rows, columns)),
  }),
  ([rows, columns]) => ({
    title: "cross_entropy_gradient",
    build: (graph) =>
      graph.apply(
        OPS.cross_entropy_gradient,
        [
          matrix(graph, "logits", [rows, columns]),
          integers(graph, "targets", rows, columns),
          matrix(graph, "g", [rows]),
        ],
        undefined,
      ),
  }),
  ([rows, columns]) => ({
    title: "scatter_add_rows",
    build: (graph) =>
      graph.apply(
        OPS.scatter_add_rows,
        [matrix(graph, "x", [rows, columns]), integers(graph, "rows", rows, 9)],
        { rows: 9 },
      ),
  }),
  ([rows, columns]) => ({
    title: "scatter_add_rows, onto a matrix",
    build: (graph) =>
      graph.apply(
        OPS.scatter_add_rows,
        [
          matrix(graph, "x", [rows, columns]),
          integers(graph, "rows", rows, 9),
          graph.state("sum", [9, columns], "F32"),
        ],
        { rows: 9 },
      ),
  }),
  ([rows, columns]) => ({
    title: "slice_rows",
    build: (graph) => sliceRows(matrix(graph, "x", [rows + 5, columns]), 2, rows),
    limit: 0,
  }),
  ([rows, columns]) => ({
    title: "write_rows",
    build: (graph) =>
      writeRows(graph.state("whole", [rows + 5, columns], "F32"), matrix(graph, "x", [rows, columns]), 3),
    limit: 0,
  }),
  ([rows, columns]) => ({
    title: "sum_rows",
    build: (graph) => sumRows(matrix(graph, "x", [rows, columns])),
  }),
  ([rows, columns]) => ({
    title: "dot",
    build: (graph) => dot(matrix(graph, "a", [rows * columns]), matrix(graph, "b", [rows * columns])),
    data: { 0: positive, 1: positive },
  }),
  ([rows, columns]) => ({
    title: "sum_of_squares",
    build: (graph) => sumOfSquares(matrix(graph, "x", [rows, columns])),
  }),
  ([rows, columns]) => ({
    title: "multiply_by",
    build: (graph) => multiplyBy(matrix(graph, "x", [rows, columns]), matrix(graph, "factor", [1])),
  }),
  ...[0, 1].map(
    (keep) =>
      ([rows, columns]: readonly [number, number]): Case => ({
        title: `accumulate, keeping ${keep}`,
        build: (graph) =>
          accumulate(
            graph.state("sum", [rows, columns], "F32"),
            matrix(graph, "x", [rows, columns]),
            matrix(graph, "keep", [1]),
          ),
        data: { 2: () => Float32Array.of(keep) },
        limit: 0,
      }),
  ),
  ...[0.1, 0.5].map(
    (rate) =>
      ([rows, columns]: readonly [number, number]): Case => ({
        title: `dropout of ${rate}`,
        build: (graph) =>
          dropout(matrix(graph, "x", [rows, columns]), graph.input("seed", [1], "I32", SEEDS), {
            rate,
            application: 7,
          }),
      }),
  ),
  ([rows, columns]) => ({
    title: "adamw",
    build: (graph) => {
      const [weights, first, second] = ["w", "m", "v"].map((name) =>
        graph.state(name, [rows, columns], "F32"),
      );
      return adamw(
        { weights, first, second },
        matrix(graph, "g", [rows, columns]),
        matrix(graph, "rates", [3]),
        matrix(graph, "factor", [1]),
        { beta1: 0.9, beta2: 0.95, eps: 1e-5, weightDecay: 0.1 },
      )[0];
    },
    data: {
      2: positive,
      4: () => Float32Array.of(0.01, 1.7, 3.1),
      5: () => Float32Array.of(0.3),
    },
  }),
];

const AT_ONE_SIZE: readonly Case[] = [
  ...[0.25, 100, Number.POSITIVE_INFINITY].map(
    (squares): Case => ({
      title: `clip_factor of ${squares}`,
      build: (graph) => clipFactor(matrix(graph, "squares", [1]), 2).norm,
      data: { 0: () => Float32Array.of(squares) },
    }),
  ),
  {
    title: "clip_factor without a limit",
    build: (graph) => clipFactor(matrix(graph, "squares", [1]), Number.POSITIVE_INFINITY).norm,
    data: { 0: () => Float32Array.of(1e30) },
  },
  {
    title: "clip_factor of no number",
    build: (graph) => clipFactor(matrix(graph, "squares", [1]), 2).norm,
    data: { 0: () => Float32Array.of(Number.NaN) },
  },
  {
    title: "sum_of_squares of many chunks",
    build: (graph) => sumOfSquares(matrix(graph, "x", [1001, 333])),
  },
  {
    title: "softmax_loss of a large vocabulary with large logits",
    build: (graph) =>
      softmaxLoss(
        graph.state("logits", [5, 32001], "F32"),
        integers(graph, "targets", 5, 32001),
        matrix(graph, "weights", [5]),
      ).losses.outputs[0],
    data: { 0: (length) => Float32Array.from({ length }, (_, i) => 40 * Math.sin(i)) },
  },
];

const CASES: readonly (readonly [string, Case])[] = [
  ...SIZES.flatMap((size) =>
    BY_SIZE.map((of) => {
      const made = of(size);
      return [`${made.title} [${size.join(", ")}]`, made] as const;
    }),
  ),
  ...AT_ONE_SIZE.map((made) => [made.title, made] as const),
];

describe.each(machines)("training kernels on $target.name", (machine) => {
  it.each(CASES)("%s", async (_, { build, data = {}, limit = 1e-12 }) => {
    const node = build(new Graph());
    const random = new Random(3);
    const inputs = node.inputs.map((input, i) => {
      const below = input.leaf?.kind === "input" ? Number(input.leaf.below ?? 1) : 1;
      const made = randomData(input, random, below);
      return data[i]?.(made.length) ?? made;
    });
    const rows = await kernelRows([node.op]);
    const row = rows.find((candidate) => candidate.launch(node, machine.target) !== undefined)!;
    const expected = runReferenceOutputs(node, { inputs });
    const actual = runKernelOutputs(machine, row, node, { inputs });
    expected.forEach((output, i) => {
      const floats = new Float32Array(actual[i].buffer);
      if (limit === 0 || output.some((value) => !Number.isFinite(value))) {
        expect([...floats]).toEqual([...output]);
      } else {
        expect(normalisedError(floats, output as Float32Array), `output ${i}`).toBeLessThan(limit);
      }
    });
    // The simulated threads run one after another, so they cannot wait for each other; and kernels that write in place
    // cannot run twice.
    const waits = "yield" in row.launch(node, machine.target)!.arguments;
    if (waits || node.op?.writes !== undefined) return;
    expect(runKernelOutputs(machine, row, node, { inputs, firstTask: 1 })).toEqual(actual);
  });

  it("adamw with the factor 0 changes nothing, whatever the gradient", () => {
    const node = BY_SIZE[BY_SIZE.length - 1]([3, 40]).build(new Graph());
    const inputs = node.inputs.map((input) => randomData(input, new Random(1), 1));
    inputs[3].fill(Number.NaN);
    inputs[5] = Float32Array.of(0);
    const row = TRAINING_ROWS.find(({ op }) => op === "adamw")!;
    const actual = runKernelOutputs(machine, row, node, { inputs });
    expect(actual.map((bytes) => new Float32Array(bytes.buffer))).toEqual(inputs.slice(0, 3));
  });

  it("softmax_loss of a row with NaN is NaN, and other rows are as before", () => {
    const build = (): Node => BY_SIZE[2]([3, 17]).build(new Graph());
    const row = TRAINING_ROWS.find(({ op }) => op === "softmax_loss")!;
    const node = build();
    const inputs = node.inputs.map((input) => randomData(input, new Random(1), 17));
    const before = runKernelOutputs(machine, row, node, { inputs });
    inputs[0][20] = Number.NaN;
    const [, losses] = runKernelOutputs(machine, row, build(), { inputs });
    const [expected, actual] = [before[1], losses].map((bytes) => new Float32Array(bytes.buffer));
    expect([...actual]).toEqual([expected[0], Number.NaN, expected[2]]);
  });
});
