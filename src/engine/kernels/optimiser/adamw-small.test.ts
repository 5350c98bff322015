/** AdamW with moments of 8 bits, on every target: the reference's weights and codes; and it follows AdamW with floats. */
import { describe, expect, it } from "vitest";
import {
  kernelMachines,
  runKernelOutputs,
  runReferenceOutputs,
} from "../../../../test/support/kernel-harness.ts";
import { Random } from "../../../base/random.ts";
import { Graph } from "../../graph/graph.ts";
import { SEEDS } from "../../graph/ops/dropout.ts";
import { adamw } from "../../graph/ops/optimiser.ts";
import {
  adamwSmall,
  decodeMoments,
  MOMENT_BLOCK_BYTES,
  smallMomentsShape,
} from "../../graph/ops/small-moments.ts";
import { ADAMW_SMALL_ROW } from "./adamw-small.ts";

const machines = kernelMachines(1 << 22);
const ATTRIBUTES = { beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.01 };

function node(rows: number, columns: number) {
  const graph = new Graph();
  const state = (name: string) => graph.state(name, smallMomentsShape([rows, columns]), "I8");
  return adamwSmall(
    { weights: graph.state("w", [rows, columns], "F32"), first: state("m"), second: state("v") },
    graph.input("g", [rows, columns], "F32"),
    {
      rates: graph.input("rates", [3], "F32"),
      factor: graph.input("factor", [1], "F32"),
      seed: graph.input("seed", [1], "I32", SEEDS),
    },
    { ...ATTRIBUTES, application: 3 },
  )[0];
}

type Inputs = (Float32Array | Int32Array | Uint8Array)[];

/** Gradients of very different sizes, as in real layers. */
function gradient(random: Random, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => random.normal() * 10 ** ((i % 5) - 4));
}

const rates = (step: number): Float32Array =>
  Float32Array.of(0.01, 1 / (1 - ATTRIBUTES.beta1 ** step), 1 / (1 - ATTRIBUTES.beta2 ** step));

function start(random: Random, length: number, momentBytes: number): Inputs {
  return [
    Float32Array.from({ length }, () => random.normal()),
    new Uint8Array(momentBytes),
    new Uint8Array(momentBytes),
    gradient(random, length),
    rates(1),
    Float32Array.of(1),
    Int32Array.of(5),
  ];
}

const codesDiffer = (a: Uint8Array, b: Uint8Array): number => {
  let most = 0;
  for (let i = 0; i < a.byteLength; i++) {
    if (i % MOMENT_BLOCK_BYTES >= 256) continue;
    most = Math.max(most, Math.abs(((a[i] << 24) >> 24) - ((b[i] << 24) >> 24)));
  }
  return most;
};

describe.each(machines)("adamw_small on $target.name", (machine) => {
  it.each([
    [1, 3],
    [7, 64],
    [33, 70],
  ])("equals the reference for [%i, %i], step after step", (rows, columns) => {
    const random = new Random(rows);
    const length = rows * columns;
    const bytes = smallMomentsShape([rows, columns]).reduce((a, b) => a * b, 1);
    let inputs = start(random, length, bytes);
    for (let step = 1; step <= 4; step++) {
      inputs[3] = gradient(random, length);
      inputs[4] = rates(step);
      inputs[6] = Int32Array.of(step);
      const given = { inputs: inputs as never };
      const expected = runReferenceOutputs(node(rows, columns), given);
      const actual = runKernelOutputs(machine, ADAMW_SMALL_ROW, node(rows, columns), given);
      const weights = new Float32Array(actual[0].buffer);
      (expected[0] as Float32Array).forEach((value, i) => {
        expect(Math.abs(weights[i] - value)).toBeLessThan(1e-6 * (1 + Math.abs(value)));
      });
      expect(codesDiffer(actual[1], expected[1] as Uint8Array)).toBeLessThanOrEqual(1);
      expect(codesDiffer(actual[2], expected[2] as Uint8Array)).toBeLessThanOrEqual(1);
      inputs = [expected[0] as Float32Array, ...(expected.slice(1) as Uint8Array[]), ...inputs.slice(3)];
    }
  });

  it("changes nothing with the factor 0, whatever the gradient", () => {
    const bytes = smallMomentsShape([3, 100]).reduce((a, b) => a * b, 1);
    const inputs = start(new Random(1), 300, bytes);
    inputs[3].fill(Number.NaN);
    inputs[5] = Float32Array.of(0);
    const [weights] = runKernelOutputs(machine, ADAMW_SMALL_ROW, node(3, 100), { inputs: inputs as never });
    expect(new Float32Array(weights.buffer)).toEqual(inputs[0]);
  });
});

describe("moments of 8 bits", () => {
  it("follow AdamW with floats over a thousand steps", () => {
    const [rows, columns] = [4, 128];
    const length = rows * columns;
    const random = new Random(2);
    const graph = new Graph();
    const [w, m, v] = ["w", "m", "v"].map((name) => graph.state(name, [rows, columns], "F32"));
    const exact = adamw(
      { weights: w, first: m, second: v },
      graph.input("g", [rows, columns], "F32"),
      graph.input("rates", [3], "F32"),
      graph.input("factor", [1], "F32"),
      ATTRIBUTES,
    )[0];
    const bytes = smallMomentsShape([rows, columns]).reduce((a, b) => a * b, 1);
    let small = start(random, length, bytes);
    let whole: Inputs = [
      Float32Array.from(small[0]),
      new Float32Array(length),
      new Float32Array(length),
      ...small.slice(3, 6),
    ];
    const first = Float32Array.from(small[0]);
    for (let step = 1; step <= 1000; step++) {
      // Half of the gradients become a hundred times larger midway: the second moments must follow.
      const g = Float32Array.from({ length }, (_, i) => {
        const size = 10 ** -((i % 3) + (step > 500 && i % 2 === 0 ? 0 : 2));
        return size * ((i % 7) - 2.5 + random.normal());
      });
      for (const inputs of [small, whole]) [inputs[3], inputs[4]] = [g, rates(step)];
      small[6] = Int32Array.of(step);
      const a = runReferenceOutputs(node(rows, columns), { inputs: small as never });
      const b = runReferenceOutputs(exact, { inputs: whole as never });
      small = [...(a as Inputs), ...small.slice(3)];
      whole = [...(b as Inputs), ...whole.slice(3)];
    }
    let [moved, off] = [0, 0];
    for (let i = 0; i < length; i++) {
      moved += Math.abs(Number(whole[0][i]) - first[i]);
      off += Math.abs(Number(small[0][i]) - Number(whole[0][i]));
    }
    expect(off / moved).toBeLessThan(0.1);
    const codes = new Int8Array(small[2].buffer as ArrayBuffer, small[2].byteOffset, 256);
    const scale = new DataView(small[2].buffer as ArrayBuffer, small[2].byteOffset + 256, 4).getFloat32(
      0,
      true,
    );
    const decoded = decodeMoments(codes, scale);
    const ratios = Array.from(decoded, (value, i) => value / Number(whole[2][i])).sort((x, y) => x - y);
    expect(ratios[128]).toBeGreaterThan(0.8);
    expect(ratios[128]).toBeLessThan(1.25);
  });
});
