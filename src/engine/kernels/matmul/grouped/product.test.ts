/** Grouped products on every target, compared with the op's reference. */
import { describe, expect, it } from "vitest";
import {
  asFloats,
  kernelMachines,
  runKernel,
  runReference,
} from "../../../../../test/support/kernel-harness.ts";
import { normalisedError } from "../../../../../test/support/random-blocks.ts";
import { f32ToBf16, f32ToF16 } from "../../../../base/half.ts";
import { Random } from "../../../../base/random.ts";
import { Graph } from "../../../graph/graph.ts";
import { groupedProduct } from "../../../graph/ops/grouped-product.ts";
import { FLOAT_TYPES } from "../float/panels.ts";
import { GROUPED_ROW } from "./product.ts";

const machines = kernelMachines();
/** Four times the measured error. */
const TOLERANCE = 4e-13;
const TYPES = [...FLOAT_TYPES.keys()] as ("F32" | "F16" | "BF16")[];
const SHAPES = [
  { rows: 1, ranks: [1] },
  { rows: 33, ranks: [16] },
  { rows: 70, ranks: [4, 0, 9, 16] },
  { rows: 300, ranks: [16, 16, 16, 16] },
  { rows: 17, ranks: [3, 600] },
];
const TOKEN_COUNTS = [0, 1, 2, 3, 7, 12, 17, 33];
const SEQUENCES = 3;

interface Options {
  readonly dtype: (typeof TYPES)[number];
  readonly rows: number;
  readonly ranks: readonly number[];
  readonly tokens: number;
  /** Factors [SEQUENCES, groups]. */
  readonly gates: Float32Array;
  readonly owners: Int32Array;
}

function product({ dtype, rows, ranks, tokens, gates, owners }: Options) {
  const random = new Random(rows);
  const columns = ranks.reduce((sum, rank) => sum + rank, 0);
  const normals = (length: number) => Float32Array.from({ length }, () => random.normal());
  const graph = new Graph();
  const node = groupedProduct(
    graph.input("x", [tokens, columns], "F32"),
    graph.param("w", [rows, columns], dtype),
    graph.state("onto", [tokens, rows], "F32"),
    graph.input("gates", [SEQUENCES, ranks.length], "F32"),
    graph.input("sequences", [tokens], "I32", SEQUENCES),
    ranks,
  );
  const values = normals(rows * columns);
  const rounded = () => Uint16Array.from(values, dtype === "F16" ? f32ToF16 : f32ToBf16);
  const weight = dtype === "F32" ? values : new Uint8Array(rounded().buffer);
  return { node, data: [normals(tokens * columns), weight, normals(tokens * rows), gates, owners] as const };
}

/** Each sequence uses other groups, one of them none or a negative factor. */
const someGates = (ranks: readonly number[]): Float32Array =>
  Float32Array.from({ length: SEQUENCES * ranks.length }, (_, i) => [0, 1, -0.5, 0, 2][i % 5]);
const someOwners = (tokens: number): Int32Array =>
  Int32Array.from({ length: tokens }, (_, t) => (t * 2 + (t >> 3)) % SEQUENCES);

const options = (ranks: readonly number[], tokens: number) => ({
  ranks,
  tokens,
  gates: someGates(ranks),
  owners: someOwners(tokens),
});

describe.each(machines.map((machine) => ({ name: machine.target.name, machine })))("$name", ({ machine }) => {
  it.each(TYPES)("%s equals the reference", (dtype) => {
    for (const { rows, ranks } of SHAPES) {
      for (const tokens of TOKEN_COUNTS) {
        const { node, data } = product({ dtype, rows, ...options(ranks, tokens) });
        const actual = asFloats(runKernel(machine, GROUPED_ROW, node, { inputs: data }));
        const expected = runReference(node, { inputs: data }) as Float32Array;
        const error = normalisedError(actual, expected);
        expect(error, `${rows} × ${ranks}, ${tokens} tokens`).toBeLessThan(TOLERANCE);
      }
    }
  });

  it.each(TYPES)("%s: groups whose gate is 0 add nothing, whatever they contain", (dtype) => {
    const ranks = [5, 20, 5];
    const gates = Float32Array.from({ length: SEQUENCES * 3 }, (_, i) => (i % 3 === 1 ? 0 : 0.25));
    const { node, data } = product({ dtype, rows: 40, ranks, tokens: 5, gates, owners: someOwners(5) });
    const [x, weight, onto, ...rest] = data;
    const broken = x.map((value, i) => (i % 30 >= 5 && i % 30 < 25 ? Number.NaN : value));
    const bits = new Uint8Array(weight.buffer.slice(0));
    const bytes = dtype === "F32" ? 4 : 2;
    for (let row = 0; row < 40; row++) bits.fill(0xff, (30 * row + 5) * bytes, (30 * row + 25) * bytes);
    const given = (first: Float32Array, second: Uint8Array) => ({ inputs: [first, second, onto, ...rest] });
    const actual = asFloats(runKernel(machine, GROUPED_ROW, node, given(broken, bits)));
    expect(actual).toEqual(
      asFloats(runKernel(machine, GROUPED_ROW, node, given(x, new Uint8Array(weight.buffer)))),
    );
    expect(actual).toEqual(asFloats(runKernel(machine, GROUPED_ROW, node, given(broken, bits))));
    const expected = runReference(node, {
      inputs: [broken, dtype === "F32" ? new Float32Array(bits.buffer) : bits, onto, ...rest],
    });
    expect(normalisedError(actual, expected as Float32Array)).toBeLessThan(TOLERANCE);
  });

  it.each(TYPES)("%s gives a token the same bits alone and among others", (dtype) => {
    const [rows, ranks] = [70, [16, 300, 8]];
    const { node, data } = product({ dtype, rows, ...options(ranks, 33) });
    const all = asFloats(runKernel(machine, GROUPED_ROW, node, { inputs: data }));
    const [x, weight, onto, gates, owners] = data;
    for (const token of [0, 11, 13, 32]) {
      const one = product({ dtype, rows, ...options(ranks, 1) });
      const row = (of: Float32Array, width: number) => of.slice(width * token, width * (token + 1));
      const owner = owners.slice(token, token + 1);
      const inputs = [row(x, 324), weight, row(onto, rows), gates, owner];
      const alone = asFloats(runKernel(machine, GROUPED_ROW, one.node, { inputs }));
      expect(alone).toEqual(row(all, rows));
    }
  });

  it("gives a token the same bits with its group alone and among others", () => {
    const rows = 70;
    const among = product({
      dtype: "F32",
      rows,
      ...options([16, 300, 8], 1),
      gates: Float32Array.of(0, 2, 0, 0, 0, 0, 0, 0, 0),
      owners: new Int32Array(1),
    });
    const [x, weight, onto, , owners] = among.data;
    const alone = product({
      dtype: "F32",
      rows,
      ranks: [300],
      tokens: 1,
      gates: Float32Array.of(2, 0, 0),
      owners,
    });
    const own = Float32Array.from(
      { length: rows * 300 },
      (_, i) => (weight as Float32Array)[Math.floor(i / 300) * 324 + 16 + (i % 300)],
    );
    const inputs = [x.slice(16, 316), own, onto, alone.data[3], owners];
    const expected = asFloats(runKernel(machine, GROUPED_ROW, among.node, { inputs: among.data }));
    expect(asFloats(runKernel(machine, GROUPED_ROW, alone.node, { inputs }))).toEqual(expected);
  });
});
