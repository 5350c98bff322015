/** Products of bf16: operands are rounded, sums are not, and gradients are also products of bf16. */
import { describe, expect, it } from "vitest";
import { bf16ToF32, f32ToBf16 } from "../../../base/half.ts";
import { Random } from "../../../base/random.ts";
import { evaluate } from "../../backend/reference/evaluate.ts";
import { backward } from "../grad.ts";
import { Graph } from "../graph.ts";
import { type MatmulForm, matmul } from "./matmul.ts";
import type { MatmulPrecision } from "./matmul-precision.ts";
import { isOp } from "./table.ts";

const [M, N, K] = [3, 4, 5];
const SHAPES: Readonly<Record<MatmulForm, readonly [number[], number[]]>> = {
  NN: [
    [M, K],
    [K, N],
  ],
  NT: [
    [M, K],
    [N, K],
  ],
  TN: [
    [K, M],
    [K, N],
  ],
};

const random = new Random(11);
const normals = (length: number) => Float32Array.from({ length }, () => random.normal());
const rounded = (values: Float32Array) => values.map((value) => bf16ToF32(f32ToBf16(value)));
const GIVEN = { a: normals(M * K), b: normals(N * K), dOut: normals(M * N) };

async function product(form: MatmulForm, precision: MatmulPrecision, inputs: typeof GIVEN) {
  const graph = new Graph();
  const [a, b] = SHAPES[form].map((shape, i) => graph.input(["a", "b"][i], shape, "F32"));
  const dOut = graph.input("dOut", [M, N], "F32");
  const out = matmul(a, b, form, { precision });
  const [da, db] = backward(new Map([[out, dOut]]), [a, b]);
  const precisions = graph.nodes.flatMap((node) => (isOp(node, "matmul") ? [node.attributes.precision] : []));
  const { out: values, da: dA, db: dB } = await evaluate(graph, { out, da, db }, { inputs });
  return { precisions, out: values, da: dA, db: dB };
}

describe.each(["NN", "NT", "TN"] as const)("bf16 product %s", (form) => {
  it("is the f32 product of rounded operands", async () => {
    const operands = { ...GIVEN, a: rounded(GIVEN.a), b: rounded(GIVEN.b) };
    const expected = await product(form, "f32", operands);
    const found = await product(form, "bf16", GIVEN);
    expect(found.out).toEqual(expected.out);
    expect((await product(form, "f32", GIVEN)).out).not.toEqual(expected.out);
  });

  it("has gradients of the same precision", async () => {
    const all = { a: rounded(GIVEN.a), b: rounded(GIVEN.b), dOut: rounded(GIVEN.dOut) };
    const expected = await product(form, "f32", all);
    const found = await product(form, "bf16", GIVEN);
    expect(found.da).toEqual(expected.da);
    expect(found.db).toEqual(expected.db);
    expect(found.precisions).toEqual(["bf16", "bf16", "bf16"]);
  });
});
