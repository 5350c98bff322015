/** The table of kernels and the list of gaps together cover the table of ops. */
import { describe, expect, it } from "vitest";
import type { Op } from "../graph/op.ts";
import { OPS, type OpName } from "../graph/ops/table.ts";
import { OPS_WITHOUT_KERNEL } from "./coverage.ts";
import { kernelRows } from "./table.ts";
import { TRAINING_ROWS } from "./training-rows.ts";

const names = Object.keys(OPS) as OpName[];
const rows = await kernelRows(Object.values(OPS) as Op[]);
const withKernel = new Set(rows.map(({ op }) => op));

describe("the table of ops", () => {
  it.each(names)("%s is listed under its own name and has a reference", (name) => {
    expect(OPS[name].name).toBe(name);
    expect(OPS[name].reference).toBeTypeOf("function");
  });

  it.each(names)("%s has a kernel or is a declared gap, not both", (name) => {
    expect(withKernel.has(name)).not.toBe(name in OPS_WITHOUT_KERNEL);
  });

  it("is answered for inference without rows of training, and has no op in both", async () => {
    const inference = await kernelRows([]);
    expect(inference.length + TRAINING_ROWS.length).toBe(rows.length);
    const ops = new Set(inference.map(({ op }) => op));
    expect(TRAINING_ROWS.filter(({ op }) => ops.has(op))).toEqual([]);
  });
});
