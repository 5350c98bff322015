/** Errors of the approximations, measured against f64 on every target. docs/kernels.md states these bounds. */
import { describe, expect, it } from "vitest";
import { BLOCK_OFFSET, type TestMachine, testMachines } from "../../../test/support/kernel-machines.ts";
import { Random } from "../../base/random.ts";
import { type KernelBuilder, kernel, writeArguments } from "./builder.ts";
import type { Value } from "./language/core.ts";

const PARAMETERS = { x: "ptr", out: "ptr", n: "int" } as const;
const POINTS = 16384;

function mapping(name: string, f: (k: KernelBuilder, x: Value<"f32v">) => Value<"f32v">) {
  return kernel(name, PARAMETERS, (k, p) => {
    const [x, out] = [p.x, p.out];
    k.vectorLoop(p.n, (i, mask) => {
      const options = mask === undefined ? {} : { mask };
      const v = k.load("f32v", { base: x, index: i, scale: 4 }, options);
      k.store({ base: out, index: i, scale: 4 }, f(k, v), options);
    });
  });
}
const KERNELS = {
  exp: mapping("exp", (k, x) => k.exp(x)),
  log: mapping("log", (k, x) => k.log(x)),
  silu: mapping("silu", (k, x) => k.silu(x)),
  rsqrt: mapping("rsqrt", (k, x) => k.rsqrt(x)),
};

function evaluate(machine: TestMachine, name: keyof typeof KERNELS, inputs: Float32Array): Float32Array {
  const at = { x: 0, out: 4 * POINTS };
  machine.bytes.set(new Uint8Array(inputs.buffer), at.x);
  const view = new DataView(machine.bytes.buffer);
  const values = { x: machine.base + at.x, out: machine.base + at.out, n: inputs.length };
  writeArguments(KERNELS[name], view, BLOCK_OFFSET, values);
  machine.prepare(KERNELS[name].build(machine.target))(machine.base + BLOCK_OFFSET);
  return new Float32Array(machine.bytes.slice(at.out, at.out + 4 * inputs.length).buffer);
}

/** Distance between neighbouring f32 at this value. */
function ulp(value: number): number {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), -126);
  return 2 ** (exponent - 23);
}

/** Greatest error over the inputs, in units of the last place of the exact result. */
function worst(actual: Float32Array, inputs: Float32Array, exact: (x: number) => number): number {
  let error = 0;
  inputs.forEach((x, i) => {
    const expected = exact(x);
    if (Math.fround(expected) === actual[i]) return;
    error = Math.max(error, Math.abs(actual[i] - expected) / ulp(expected));
  });
  return error;
}

function spread(seed: number, low: number, high: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: POINTS }, () => low + (high - low) * random.uniform());
}

describe.each(testMachines())("approximations on $target.name", (machine) => {
  it.each([
    [-87.3, 88.7],
    [-1, 1],
    [-0.001, 0.001],
    [-20, 0],
  ])("exp on [%d, %d] is within 1 ulp (1.2 if fma rounds twice)", (low, high) => {
    const inputs = spread(1, low, high);
    const bound = machine.target.fused ? 1 : 1.2;
    expect(worst(evaluate(machine, "exp", inputs), inputs, Math.exp)).toBeLessThanOrEqual(bound);
  });

  it.each([
    [0.5, 2],
    [0.999, 1.001],
    [1e-3, 1],
    [1, 1e6],
    [1e-37, 1e-30],
    [1e30, 3e38],
  ])("log on [%d, %d] is within 1.5 ulp, or 1e-7 near 1", (low, high) => {
    const inputs = spread(4, low, high);
    const actual = evaluate(machine, "log", inputs);
    inputs.forEach((x, i) => {
      const expected = Math.log(x);
      expect(Math.abs(actual[i] - expected)).toBeLessThan(1.5 * ulp(expected));
    });
  });

  it("log keeps infinity and NaN", () => {
    const special = Float32Array.of(Number.POSITIVE_INFINITY, Number.NaN, 1);
    expect([...evaluate(machine, "log", special)]).toEqual([Number.POSITIVE_INFINITY, Number.NaN, 0]);
  });

  it("exp passes through the subnormals to 0, reaches infinity, and keeps NaN", () => {
    const inputs = spread(2, -104, -87.3);
    expect(worst(evaluate(machine, "exp", inputs), inputs, Math.exp)).toBeLessThanOrEqual(1);
    const special = Float32Array.of(
      -104.1,
      -1000,
      Number.NEGATIVE_INFINITY,
      88.73,
      1e9,
      Number.POSITIVE_INFINITY,
      0,
      -0,
    );
    const infinity = Number.POSITIVE_INFINITY;
    expect([...evaluate(machine, "exp", special)]).toEqual([0, 0, 0, infinity, infinity, infinity, 1, 1]);
    expect([...evaluate(machine, "exp", Float32Array.of(Number.NaN))]).toEqual([Number.NaN]);
    expect(evaluate(machine, "exp", Float32Array.of(88.72283))[0]).toBeGreaterThan(3.4e38);
  });

  it("silu is within 3 ulp down to −80", () => {
    const inputs = spread(3, -80, 80);
    expect(
      worst(evaluate(machine, "silu", inputs), inputs, (x) => x / (1 + Math.exp(-x))),
    ).toBeLessThanOrEqual(3);
  });

  it("rsqrt is within 1.5 ulp", () => {
    const inputs = spread(4, -80, 80).map(Math.exp);
    expect(worst(evaluate(machine, "rsqrt", inputs), inputs, (x) => 1 / Math.sqrt(x))).toBeLessThanOrEqual(
      1.5,
    );
  });
});
