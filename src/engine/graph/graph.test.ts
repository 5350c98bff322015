/** Shape rules: every op refuses operands that do not fit, by name. */
import { describe, expect, it } from "vitest";
import { DtypeError, RequestError, ShapeError, UnsupportedError } from "../../base/errors.ts";
import { evaluate } from "../backend/reference/evaluate.ts";
import { grad } from "./grad.ts";
import { Graph, type Node } from "./graph.ts";
import { attention } from "./ops/attention.ts";
import { crossEntropy } from "./ops/cross-entropy.ts";
import { add, addBias, mul } from "./ops/elementwise.ts";
import { gatherRows } from "./ops/gather-rows.ts";
import { matmul } from "./ops/matmul.ts";
import { kvWrite } from "./ops/paged-attention.ts";
import { dot, multiplyBy, sumRows } from "./ops/reductions.ts";
import { rmsNorm } from "./ops/rms-norm.ts";
import { rope } from "./ops/rope.ts";
import { swiglu } from "./ops/swiglu.ts";

const graph = new Graph();
const T = graph.symbol("T", 8);
const x_T6 = graph.input("x", [T, 6], "F32");
const x_36 = graph.input("y", [3, 6], "F32");
const v6 = graph.input("v6", [6], "F32");
const v5 = graph.input("v5", [5], "F32");
const ids_T = graph.input("ids", [T], "I32", 3);
const ids_3 = graph.input("ids3", [3], "I32", 3);
const heads = { nHeads: 2, nKvHeads: 1, headDim: 3, scale: 1 };
const LAYOUT = { holds: "keys", headDim: 3, pageSize: 4 } as const;
const rope6 = { headDim: 4, pairing: "halves", magnitude: 1 } as const;

const REFUSALS: readonly (readonly [string, () => Node])[] = [
  ["add of other rows", () => add(x_T6, x_36)],
  ["mul of other ranks", () => mul(x_T6, v6)],
  ["add_bias of another width", () => addBias(x_T6, v5)],
  ["matmul of other inner dims", () => matmul(x_T6, graph.input("w", [2, 5], "F32"), "NT")],
  ["rms_norm of another width", () => rmsNorm(x_T6, v5, 1e-5)],
  ["swiglu of other rows", () => swiglu(x_T6, x_36)],
  ["rope of broken heads", () => rope(x_T6, ids_T, v5, rope6)],
  ["rope of other rows", () => rope(x_T6, ids_3, graph.table(Float64Array.of(1)), { ...rope6, headDim: 6 })],
  ["attention with keys of every head", () => attention({ q: x_T6, k: x_T6, v: x_T6, starts: ids_T, heads })],
  ["cross_entropy of other rows", () => crossEntropy(x_T6, ids_3)],
  ["dot of other lengths", () => dot(v5, v6)],
  ["multiply_by a vector", () => multiplyBy(x_T6, v6)],
  ["sum_rows of a vector", () => sumRows(v5)],
  ["kv_write of another width", () => kvWrite(graph.state("cache", [16, 5], "F32"), x_T6, ids_T, LAYOUT)],
];

describe("Graph", () => {
  it.each(REFUSALS)("refuses %s", (_, build) => {
    expect(build).toThrow(ShapeError);
  });

  it("refuses row numbers that are not integers, and a cache of quantised type", () => {
    expect(() => gatherRows(x_36, v5)).toThrow(DtypeError);
    expect(() => kvWrite(graph.state("packed", [16, 6], "BF16"), x_T6, ids_T, LAYOUT)).toThrow(DtypeError);
  });

  it("returns the same node for a param that is requested twice, and refuses another shape or type of it", () => {
    const w = graph.param("w", [4, 4], "Q8_0");
    expect(graph.param("w", [4, 4], "Q8_0")).toBe(w);
    expect(() => graph.param("w", [4, 8], "Q8_0")).toThrow("two forms");
  });

  it("does not differentiate through an op without a rule", () => {
    const sum = sumRows(x_36);
    expect(() => grad(dot(sum, sum), [x_36])).toThrow(UnsupportedError);
  });

  it("gives zeros for nodes that a loss does not depend on", async () => {
    const g = new Graph();
    const [a, b] = [g.input("a", [3], "F32"), g.input("b", [2], "F32")];
    const [da, db] = grad(dot(a, a), [a, b]);
    const inputs = { a: Float32Array.of(1, 2, 3) };
    const found = await evaluate(g, { da, db }, { inputs });
    expect([...found.da]).toEqual([2, 4, 6]);
    expect([...found.db]).toEqual([0, 0]);
  });
});

describe("a step", () => {
  const g = new Graph();
  const n = g.symbol("N", 4);
  const rows = g.input("rows", [n], "I32", 5);
  const y = gatherRows(g.input("table", [5, 2], "F32"), rows);
  const table = Float32Array.from({ length: 10 }, (_, i) => i);
  const run = (indices: number[], N: number, inputs = {}) =>
    evaluate(g, { y }, { dims: { N }, inputs: { table, rows: Int32Array.from(indices), ...inputs } });

  it("runs with any size up to the maximum, and with none", async () => {
    expect([...(await run([4, 0], 2)).y]).toEqual([8, 9, 0, 1]);
    expect((await run([], 0)).y).toHaveLength(0);
  });

  it.each([
    ["an index past the end", () => run([5], 1)],
    ["a negative index", () => run([-1], 1)],
    ["too many rows", () => run([0, 0, 0, 0, 0], 5)],
    ["a fractional size", () => run([0], 1.5)],
    ["a length that differs from the stated one", () => run([0], 2)],
    ["an input of the wrong type", () => run([0], 1, { rows: Float32Array.of(0) })],
    ["a missing input", () => evaluate(g, { y }, { dims: { N: 1 }, inputs: { table } })],
  ])("is refused with %s", async (_, attempt) => {
    await expect(attempt()).rejects.toThrow(RequestError);
  });
});
