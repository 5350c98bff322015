/**
 * Attention and the writing of the cache on every target against the references: heads and pages of odd sizes,
 * windows, prompts, single tokens and mixtures; and that a token's result does not depend on its company.
 */
import { describe, expect, it } from "vitest";
import { Random } from "../../../base/random.ts";
import { Graph } from "../../graph.ts";
import {
  type CacheLayout,
  KV_WRITE,
  PAGED_ATTENTION,
  type PagedHeadLayout,
} from "../../ops/paged-attention.ts";
import { asFloats, type KernelMachine, kernelMachines, runKernel, runReference } from "../test-harness.ts";
import { KV_WRITE_ROW } from "./kv-write.ts";
import { PAGED_ATTENTION_ROW } from "./paged-attention.ts";
import { toKernelLayout, toPlainLayout } from "./testing.ts";

const N_PAGES = 40;
const machines = kernelMachines().map((machine) => ({ name: machine.target.name, machine }));

const normals = (random: Random, length: number) => Float32Array.from({ length }, () => random.normal());

/** Tokens of one step: of which sequence, from which position, how many. */
type Batch = readonly (readonly [sequence: number, position: number, count: number])[];

interface Step {
  readonly sequences: Int32Array;
  readonly positions: Int32Array;
}

function stepOf(batch: Batch): Step {
  const each = batch.flatMap(([sequence, position, count]) =>
    Array.from({ length: count }, (_, i) => [sequence, position + i]),
  );
  return {
    sequences: Int32Array.from(each, ([sequence]) => sequence),
    positions: Int32Array.from(each, ([, position]) => position),
  };
}

function attentionNode(heads: PagedHeadLayout, pages: number, sequences: number) {
  const graph = new Graph();
  const T = graph.symbol("T", 256);
  const { nHeads, nKvHeads, headDim, pageSize } = heads;
  const slots = N_PAGES * pageSize;
  const cache = (name: string) => graph.state(name, [slots, nKvHeads * headDim], "F32");
  return graph.apply(
    PAGED_ATTENTION,
    [
      graph.input("q", [T, nHeads * headDim], "F32"),
      cache("keys"),
      cache("values"),
      graph.input("page_table", [sequences, pages], "I32", N_PAGES),
      graph.input("sequences", [T], "I32", sequences),
      graph.input("positions", [T], "I32", pages * pageSize),
    ],
    heads,
  );
}

/** A machine's results and the reference's for one batch over random caches. */
class Scene {
  readonly heads: PagedHeadLayout;
  readonly #node;
  readonly #keys: Float32Array;
  readonly #values: Float32Array;
  readonly #pageTable: Int32Array;

  constructor(heads: PagedHeadLayout, sequences = 4) {
    this.heads = heads;
    const pages = N_PAGES / sequences;
    this.#node = attentionNode(heads, pages, sequences);
    const random = new Random(heads.headDim);
    const length = N_PAGES * heads.pageSize * heads.nKvHeads * heads.headDim;
    this.#keys = normals(random, length);
    this.#values = normals(random, length);
    this.#pageTable = Int32Array.from({ length: N_PAGES }, (_, i) => (i * 7 + 3) % N_PAGES);
  }

  /** Queries that belong to a token, whatever batch it is in. */
  #queries({ sequences, positions }: Step): Float32Array {
    const columns = this.heads.nHeads * this.heads.headDim;
    const rows = [...positions].map((position, t) =>
      normals(new Random(1000 * sequences[t] + position), columns),
    );
    const q = new Float32Array(rows.length * columns);
    rows.forEach((row, t) => {
      q.set(row, t * columns);
    });
    return q;
  }

  #given(step: Step, keys: Float32Array, values: Float32Array, firstTask?: number) {
    const inputs = [this.#queries(step), keys, values, this.#pageTable, step.sequences, step.positions];
    return { inputs, dims: { T: step.positions.length }, ...(firstTask === undefined ? {} : { firstTask }) };
  }

  reference(batch: Batch): Float32Array {
    return runReference(this.#node, this.#given(stepOf(batch), this.#keys, this.#values)) as Float32Array;
  }

  run(machine: KernelMachine, batch: Batch, firstTask?: number): Float32Array {
    const { nKvHeads, headDim, pageSize } = this.heads;
    const columns = nKvHeads * headDim;
    const keys = toKernelLayout(this.#keys, columns, { holds: "keys", headDim, pageSize });
    const values = toKernelLayout(this.#values, columns, { holds: "values", headDim, pageSize });
    const given = this.#given(stepOf(batch), keys, values, firstTask);
    return asFloats(runKernel(machine, PAGED_ATTENTION_ROW, this.#node, given));
  }
}

function heads(nHeads: number, nKvHeads: number, headDim: number, pageSize: number, window = Infinity) {
  return { nHeads, nKvHeads, headDim, pageSize, window, scale: 1 / Math.sqrt(headDim) };
}

const SHAPES: readonly PagedHeadLayout[] = [
  heads(8, 1, 64, 32),
  heads(4, 4, 128, 32),
  heads(8, 4, 8, 32),
  heads(2, 1, 6, 8),
  heads(6, 2, 80, 16),
  heads(7, 1, 96, 4),
  heads(5, 1, 20, 24),
  heads(8, 2, 64, 32, 50),
  heads(3, 3, 16, 4, 7),
];

const BATCHES: readonly Batch[] = [
  [],
  [[0, 0, 1]],
  [[2, 31, 1]],
  [[1, 0, 33]],
  [
    [0, 3, 1],
    [1, 20, 7],
    [3, 38, 1],
    [2, 0, 17],
  ],
];

/** Tokens of a batch that its scene has room for. */
function fitting(batch: Batch, { pageSize }: PagedHeadLayout): Batch {
  return batch.filter(([, position, count]) => position + count <= 10 * pageSize);
}

describe.each(machines)("paged_attention on $name", ({ machine }) => {
  it.each(SHAPES.map((shape) => ({ name: Object.values(shape).slice(0, 5).join(" "), shape })))(
    "equals the reference: heads, key heads, size, page, window $name",
    ({ shape }) => {
      const scene = new Scene(shape);
      let worst = 0;
      for (const each of [...BATCHES, [[0, 10 * shape.pageSize - 40, 40]] as Batch]) {
        const batch = fitting(each, shape).filter(([, position]) => position >= 0);
        const expected = scene.reference(batch);
        scene.run(machine, batch).forEach((value, i) => {
          const error = Math.abs(value - expected[i]);
          if (!(error <= worst)) worst = error;
        });
      }
      if (process.env.CRIA_MEASURE !== undefined) console.log(machine.target.name, shape, worst);
      expect(worst).toBeLessThan(2e-6);
    },
  );

  it.each([heads(8, 1, 64, 32), heads(3, 3, 16, 4, 7), heads(6, 2, 80, 16)])(
    "gives a token the same bits in any company",
    (shape) => {
      const scene = new Scene(shape);
      const together = scene.run(machine, [
        [0, 2, 30],
        [1, 9, 1],
        [3, 0, 22],
        [1, 10, 1],
      ]);
      const columns = shape.nHeads * shape.headDim;
      const alone = (sequence: number, position: number) => scene.run(machine, [[sequence, position, 1]]);
      for (const [at, sequence, position] of [
        [0, 0, 2],
        [13, 0, 15],
        [29, 0, 31],
        [30, 1, 9],
        [31, 3, 0],
        [52, 3, 21],
        [53, 1, 10],
      ])
        expect(alone(sequence, position)).toEqual(together.slice(at * columns, (at + 1) * columns));
      const split = scene.run(machine, [[0, 2, 30]], 5);
      expect(split).toEqual(together.slice(0, 30 * columns));
    },
  );
});

describe.each(machines)("kv_write on $name", ({ machine }) => {
  it.each([
    { headDim: 64, pageSize: 32, kvHeads: 2 },
    { headDim: 6, pageSize: 4, kvHeads: 3 },
    { headDim: 20, pageSize: 24, kvHeads: 1 },
  ])("stores $kvHeads heads of $headDim in pages of $pageSize", ({ headDim, pageSize, kvHeads }) => {
    const columns = kvHeads * headDim;
    const slotCount = 8 * pageSize;
    for (const holds of ["keys", "values"] as const) {
      const layout: CacheLayout = { holds, headDim, pageSize };
      const graph = new Graph();
      const T = graph.symbol("T", 64);
      const cache = graph.state("cache", [slotCount, columns], "F32");
      const rows = graph.input("rows", [T, columns], "F32");
      const node = graph.apply(KV_WRITE, [cache, rows, graph.input("slots", [T], "I32", slotCount)], layout);
      for (const count of [0, 1, 3, 17, 31]) {
        const random = new Random(count);
        const before = normals(random, slotCount * columns);
        const slots = Int32Array.from({ length: count }, (_, i) => (5 + i * 11) % slotCount);
        const inputs = [before, normals(random, count * columns), slots];
        const bytes = (data: Float32Array) => new Uint8Array(data.buffer);
        const given = { inputs, dims: { T: count } };
        const expected = runReference(node, { ...given, before: bytes(before) });
        const laidOut = bytes(toKernelLayout(before, columns, layout));
        const actual = asFloats(runKernel(machine, KV_WRITE_ROW, node, { ...given, before: laidOut }));
        expect(toPlainLayout(actual, columns, layout)).toEqual(expected);
      }
    }
  });
});
