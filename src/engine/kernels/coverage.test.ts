/** The table of kernels and the list of gaps together cover the table of ops. */
import { describe, expect, it } from "vitest";
import { OPS, type OpName } from "../graph/ops/table.ts";
import { OPS_WITHOUT_KERNEL } from "./coverage.ts";
import { KERNEL_ROWS } from "./table.ts";

const names = Object.keys(OPS) as OpName[];
const withKernel = new Set(KERNEL_ROWS.map(({ op }) => op));

describe("the table of ops", () => {
  it.each(names)("%s is listed under its own name and has a reference", (name) => {
    expect(OPS[name].name).toBe(name);
    expect(OPS[name].reference).toBeTypeOf("function");
  });

  it.each(names)("%s has a kernel or is a declared gap, not both", (name) => {
    expect(withKernel.has(name)).not.toBe(name in OPS_WITHOUT_KERNEL);
  });
});
