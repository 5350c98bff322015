/** Lowering preserves results: run by the reference, the lowered graph differs only by the rounding of activations. */

import { describe, expect, it } from "vitest";
import { normalisedError } from "../../../../test/support/random-blocks.ts";
import type { DType } from "../../../base/dtypes.ts";
import { Random } from "../../../base/random.ts";
import { encode } from "../../../quant/index.ts";
import { Graph, type Node } from "../../graph/graph.ts";
import { add } from "../../graph/ops/elementwise.ts";
import { groupedProduct } from "../../graph/ops/grouped-product.ts";
import { matmul } from "../../graph/ops/matmul.ts";
import { rmsNorm } from "../../graph/ops/rms-norm.ts";
import { swiglu } from "../../graph/ops/swiglu.ts";
import { isOp } from "../../graph/ops/table.ts";
import { planGraph } from "../../graph/plan.ts";
import { evaluate } from "../reference/evaluate.ts";
import { lower } from "./lower.ts";

const random = new Random(11);
const normals = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());

/** A feed-forward block of width 64 with Q8_0 weights. */
function block(): {
  graph: Graph;
  y: Node;
  inputs: Record<string, Float32Array>;
  params: Map<string, { dtype: "Q8_0"; shape: number[]; bytes: Uint8Array }>;
} {
  const graph = new Graph();
  const names = { gate: [96, 64], up: [96, 64], down: [64, 96] };
  const params = new Map(
    Object.entries(names).map(([name, shape]) => [
      name,
      { dtype: "Q8_0" as const, shape, bytes: encode("Q8_0", normals(96 * 64), shape[1]) },
    ]),
  );
  const weight = (name: keyof typeof names): Node => graph.param(name, names[name], "Q8_0");
  const x = graph.input("x", [5, 64], "F32");
  const normed = rmsNorm(x, graph.input("norm", [64], "F32"), 1e-5);
  const hidden = swiglu(matmul(normed, weight("gate"), "NT"), matmul(normed, weight("up"), "NT"));
  const y = add(x, matmul(hidden, weight("down"), "NT"));
  return { graph, y, inputs: { x: normals(5 * 64), norm: normals(64) }, params };
}

const opsOf = (graph: Graph, y: Node): string[] =>
  planGraph({ graph, outputs: { y } }).steps.map(({ node }) => node.op?.name ?? "");

describe("lower", () => {
  it("fuses rounding and residual with their neighbours", () => {
    const { graph, y } = block();
    const lowered = lower({ graph, outputs: { y } });
    expect(opsOf(graph, y)).toEqual(["rms_norm", "matmul", "matmul", "swiglu", "matmul", "add"]);
    expect(opsOf(lowered.graph, lowered.outputs.y)).toEqual([
      "rms_norm_quantize",
      "matmul_q8",
      "matmul_q8",
      "swiglu_quantize",
      "matmul_q8",
    ]);
  });

  it("changes the result only by the rounding of activations", async () => {
    const { graph, y, inputs, params } = block();
    const lowered = lower({ graph, outputs: { y } });
    const exact = (await evaluate(graph, { y }, { inputs, params })).y;
    const rounded = (await evaluate(lowered.graph, lowered.outputs, { inputs, params })).y;
    const error = [...exact].reduce((sum, value, i) => sum + (value - rounded[i]) ** 2, 0);
    const power = [...exact].reduce((sum, value) => sum + value ** 2, 0);
    expect(error / power).toBeLessThan(2e-4);
    expect(error).toBeGreaterThan(0);
  });

  it("rounds activations to bf16 once for all products that request it, if the target multiplies them", () => {
    const graph = new Graph();
    const x = graph.input("x", [2, 64], "F32");
    const weight = (name: string, dtype: DType) => graph.param(name, [64, 64], dtype);
    const products = (["BF16", "BF16", "Q8_0", "F16", "F16"] as const).map((dtype, i) => {
      const precision = dtype === "Q8_0" || i === 4 ? "f32" : "bf16";
      return matmul(x, weight(`w${i}`, dtype), "NT", { precision });
    });
    const y = products.reduce((sum, product) => add(sum, product));
    const lowered = lower(
      { graph, outputs: { y } },
      (of) => of.leaf?.kind === "param" && of.leaf.name !== "w1",
    );
    expect(opsOf(lowered.graph, lowered.outputs.y).filter((name) => name !== "add")).toEqual([
      "round_bf16",
      "matmul",
      "matmul",
      "quantize",
      "matmul",
      "matmul",
      "matmul_q8",
    ]);
    const precisions = lowered.graph.nodes.flatMap((node) =>
      isOp(node, "matmul") ? [node.attributes.precision] : [],
    );
    expect(precisions).toEqual(["bf16", "f32", "bf16", "f32"]);
  });

  it("does not change ops without a quantised weight", () => {
    const graph = new Graph();
    const y = matmul(graph.input("x", [2, 64], "F32"), graph.param("w", [4, 64], "F16"), "NT");
    const lowered = lower({ graph, outputs: { y } });
    expect(opsOf(lowered.graph, lowered.outputs.y)).toEqual(["matmul"]);
  });

  it("fuses a residual sum with a product that a low-rank change is added to", async () => {
    const graph = new Graph();
    const [x, h] = [graph.input("x", [2, 32], "F32"), graph.input("h", [2, 16], "F32")];
    const base = matmul(x, graph.param("w", [32, 32], "Q4_0"), "NT");
    const gates = graph.input("gates", [1, 2], "F32");
    const sequences = graph.input("sequences", [2], "I32", 1);
    const changed = groupedProduct(h, graph.param("b", [32, 16], "F16"), base, gates, sequences, [12, 4]);
    const lowered = lower({ graph, outputs: { y: add(x, changed) } });
    const steps = planGraph(lowered).steps.map(({ node }) => [node.op?.name, node.inputs.length]);
    expect(steps).toEqual([
      ["quantize", 1],
      ["matmul_q8", 3],
      ["grouped_product", 5],
    ]);
    const inputs = {
      x: normals(64),
      h: normals(32),
      gates: Float32Array.of(0.5, 0),
      sequences: new Int32Array(2),
    };
    const params = new Map([
      ["w", { dtype: "Q4_0" as const, shape: [32, 32], bytes: encode("Q4_0", normals(1024), 32) }],
      ["b", { dtype: "F16" as const, shape: [32, 16], bytes: encode("F16", normals(512), 16) }],
    ]);
    const exact = (await evaluate(graph, { y: add(x, changed) }, { inputs, params })).y;
    const found = (await evaluate(lowered.graph, lowered.outputs, { inputs, params })).y;
    expect(normalisedError(found, exact)).toBeLessThan(2e-4);
  });

  it("does not fuse a sum if its product is used twice", () => {
    const graph = new Graph();
    const x = graph.input("x", [2, 32], "F32");
    const product = matmul(x, graph.param("w", [32, 32], "Q4_0"), "NT");
    const lowered = lower({ graph, outputs: { y: add(x, product), product } });
    const steps = planGraph(lowered).steps.map(({ node }) => node.op?.name);
    expect(steps).toEqual(["quantize", "matmul_q8", "add"]);
  });

  it.each(["Q4_0", "F16"] as const)(
    "decodes packed weights of %s for the backward pass, once each",
    async (dtype) => {
      const graph = new Graph();
      const [x, sum] = [graph.input("x", [3, 40], "F32"), graph.input("sum", [3, 64], "F32")];
      const weight = graph.param("w", [40, 64], dtype);
      const first = matmul(x, weight, "NN");
      const y = matmul(x, weight, "NN", { onto: add(sum, first) });
      const lowered = lower({ graph, outputs: { y } });
      expect(opsOf(lowered.graph, lowered.outputs.y)).toEqual([
        "decode_transposed",
        "matmul",
        "add",
        "matmul",
      ]);
      const bytes = encode(dtype, normals(40 * 64), 64);
      const inputs = { x: normals(3 * 40), sum: normals(3 * 64) };
      const params = new Map([["w", { dtype, shape: [40, 64], bytes }]]);
      const [exact, found] = [
        (await evaluate(graph, { y }, { inputs, params })).y,
        (await evaluate(lowered.graph, lowered.outputs, { inputs, params })).y,
      ];
      found.forEach((value, i) => {
        expect(value).toBeCloseTo(exact[i], 4);
      });
    },
  );
});
