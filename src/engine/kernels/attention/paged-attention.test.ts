/**
 * Attention and cache writes on every target, compared with the references: heads and pages of odd sizes, windows,
 * prompts, single tokens and mixtures. A token's result must not depend on the other tokens of the step.
 */
import { describe, expect, it } from "vitest";
import { cacheOrder, toKernelLayout, toPlainLayout } from "../../../../test/support/cache-order.ts";
import {
  asFloats,
  type KernelMachine,
  kernelMachines,
  runKernel,
  runReference,
} from "../../../../test/support/kernel-harness.ts";
import type { DType } from "../../../base/dtypes.ts";
import { Random } from "../../../base/random.ts";
import { encode } from "../../../quant/index.ts";
import { Graph } from "../../graph/graph.ts";
import type { Operand } from "../../graph/op.ts";
import {
  type CacheLayout,
  KV_WRITE,
  PAGED_ATTENTION,
  type PagedHeadLayout,
} from "../../graph/ops/paged-attention.ts";
import { int, type KernelRow } from "../launch.ts";
import { KV_WRITE_ROW } from "./kv-write.ts";
import { PAGED_ATTENTION_ROW } from "./paged-attention.ts";

const N_PAGES = 40;
// Attention has no integer products: targets that differ only in these would repeat the tests.
const machines = kernelMachines()
  .filter(({ target }, i, all) => all.findIndex((other) => other.target.isa === target.isa) === i)
  .map((machine) => ({ name: machine.target.name, machine }));

const normals = (random: Random, length: number) => Float32Array.from({ length }, () => random.normal());

/** Tokens of one step: their sequence, their first position, their count. */
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

function attentionNode(heads: PagedHeadLayout, dtype: DType, pages: number, sequences: number) {
  const graph = new Graph();
  const T = graph.symbol("T", 256);
  const { nHeads, nKvHeads, headDim, pageSize } = heads;
  const slots = N_PAGES * pageSize;
  const cache = (name: string) => graph.state(name, [slots, nKvHeads * headDim], dtype);
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

/** The elements of a cache in the form that references take. */
function elements(dtype: DType, bytes: Uint8Array<ArrayBuffer>): Operand["data"] {
  return dtype === "F32" ? new Float32Array(bytes.buffer) : bytes;
}

/** Attention with room for only `records` partial results. */
function withRecords(records: number): KernelRow {
  return {
    ...PAGED_ATTENTION_ROW,
    launch(node, target) {
      const launch = PAGED_ATTENTION_ROW.launch(node, target);
      return launch && { ...launch, arguments: { ...launch.arguments, records: int(records) } };
    },
  };
}

/** A machine's results and the reference's for one batch over random caches. */
class Scene {
  readonly heads: PagedHeadLayout;
  readonly #node;
  readonly #dtype: DType;
  /** Plain bytes. */
  readonly #keys: Uint8Array<ArrayBuffer>;
  readonly #values: Uint8Array<ArrayBuffer>;
  readonly #pageTable: Int32Array;
  /** In the kernels' layout. */
  #laidOut: [Uint8Array, Uint8Array] | undefined;

  constructor(heads: PagedHeadLayout, dtype: DType = "F32", sequences = 4) {
    this.heads = heads;
    this.#dtype = dtype;
    const pages = N_PAGES / sequences;
    this.#node = attentionNode(heads, dtype, pages, sequences);
    const random = new Random(heads.headDim);
    const columns = heads.nKvHeads * heads.headDim;
    const cache = () => encode(dtype, normals(random, N_PAGES * heads.pageSize * columns), columns).slice();
    this.#keys = cache();
    this.#values = cache();
    this.#pageTable = Int32Array.from({ length: N_PAGES }, (_, i) => (i * 7 + 3) % N_PAGES);
  }

  /** Queries that depend on the token only, not on the batch. */
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

  #given(step: Step, keys: Operand["data"], values: Operand["data"], firstTask?: number) {
    const inputs = [this.#queries(step), keys, values, this.#pageTable, step.sequences, step.positions];
    return { inputs, dims: { T: step.positions.length }, ...(firstTask === undefined ? {} : { firstTask }) };
  }

  reference(batch: Batch): Float32Array {
    const [keys, values] = [this.#keys, this.#values].map((bytes) => elements(this.#dtype, bytes));
    return runReference(this.#node, this.#given(stepOf(batch), keys, values)) as Float32Array;
  }

  run(
    machine: KernelMachine,
    batch: Batch,
    { firstTask, records }: { firstTask?: number; records?: number } = {},
  ): Float32Array {
    this.#laidOut ??= this.#layOut();
    const given = this.#given(stepOf(batch), ...this.#laidOut, firstTask);
    const row = records === undefined ? PAGED_ATTENTION_ROW : withRecords(records);
    return asFloats(runKernel(machine, row, this.#node, given));
  }

  #layOut(): [Uint8Array, Uint8Array] {
    const { nKvHeads, headDim, pageSize } = this.heads;
    const laidOut = (holds: CacheLayout["holds"], plain: Uint8Array) => {
      const layout = { holds, headDim, pageSize };
      return toKernelLayout(plain, cacheOrder(this.#dtype, N_PAGES * pageSize, nKvHeads * headDim, layout));
    };
    return [laidOut("keys", this.#keys), laidOut("values", this.#values)];
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
  return batch.filter(([, position, count]) => position >= 0 && position + count <= 10 * pageSize);
}

const sameBits = (a: Float32Array, b: Float32Array): boolean => {
  const bytes = (floats: Float32Array) => new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  return Buffer.compare(bytes(a), bytes(b)) === 0;
};

/** Largest difference from the reference over all batches. */
function errorOf(machine: KernelMachine, shape: PagedHeadLayout, dtype: DType): number {
  const scene = new Scene(shape, dtype);
  let worst = 0;
  for (const each of [...BATCHES, [[0, 10 * shape.pageSize - 40, 40]] as Batch]) {
    const batch = fitting(each, shape);
    const expected = scene.reference(batch);
    scene.run(machine, batch).forEach((value, i) => {
      const error = Math.abs(value - expected[i]);
      if (!(error <= worst)) worst = error;
    });
  }
  if (process.env.CRIA_MEASURE !== undefined) console.log(machine.target.name, dtype, shape.headDim, worst);
  return worst;
}

const named = SHAPES.map((shape) => ({ name: Object.values(shape).slice(0, 5).join(" "), shape }));

describe.each(machines)("paged_attention on $name", ({ machine }) => {
  it.each(named)("equals the reference: heads, key heads, size, page, window $name", ({ shape }) => {
    expect(errorOf(machine, shape, "F32")).toBeLessThan(2e-6);
  });

  it.each(named.filter((_, i) => i !== 3))("from a cache of F16: $name", ({ shape }) => {
    expect(errorOf(machine, shape, "F16")).toBeLessThan(2e-6);
  });

  it.each([heads(8, 1, 64, 32), heads(4, 4, 128, 16), heads(7, 1, 96, 4), heads(8, 2, 32, 32, 50)])(
    "from a cache of Q8_0: $headDim by $pageSize",
    (shape) => {
      expect(errorOf(machine, shape, "Q8_0")).toBeLessThan(2e-6);
    },
  );

  it.each([
    { shape: heads(8, 1, 64, 32), dtype: "F32" },
    { shape: heads(3, 3, 16, 4, 7), dtype: "F32" },
    { shape: heads(6, 2, 80, 16), dtype: "F16" },
    { shape: heads(2, 2, 64, 32), dtype: "Q8_0" },
  ] as const)("gives a token the same bits in any company: $dtype", ({ shape, dtype }) => {
    const scene = new Scene(shape, dtype);
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
      expect(sameBits(alone(sequence, position), together.slice(at * columns, (at + 1) * columns))).toBe(
        true,
      );
    const split = scene.run(machine, [[0, 2, 30]], { firstTask: 5 });
    expect(sameBits(split, together.slice(0, 30 * columns))).toBe(true);
  });
});

describe.each(machines)("paged_attention over many chunks on $name", ({ machine }) => {
  const together: Batch = [
    [0, 183, 104],
    [1, 630, 1],
  ];
  const cases = [
    { shape: heads(8, 1, 64, 32), dtype: "F16" },
    { shape: heads(4, 4, 20, 32), dtype: "F32" },
    { shape: heads(6, 2, 32, 32, 290), dtype: "Q8_0" },
    { shape: heads(3, 3, 16, 32, 40), dtype: "F32" },
  ] as const;

  it.each(cases)("equals the reference: $dtype", ({ shape, dtype }) => {
    const scene = new Scene(shape, dtype, 2);
    for (const batch of [together, together.slice(1)] as Batch[]) {
      const actual = scene.run(machine, batch);
      const errors = scene.reference(batch).map((value, i) => Math.abs(value - actual[i]));
      expect(Math.max(...errors)).toBeLessThan(2e-6);
    }
  });

  it.each(cases)("gives the same bits in any company, to any threads: $dtype", ({ shape, dtype }) => {
    const scene = new Scene(shape, dtype, 2);
    const columns = shape.nHeads * shape.headDim;
    const expected = scene.run(machine, together);
    for (let token = 0; token < 105; token++) {
      const [sequence, position] = token < 104 ? [0, 183 + token] : [1, 630];
      const alone = scene.run(machine, [[sequence, position, 1]]);
      expect(sameBits(alone, expected.slice(token * columns, (token + 1) * columns)), `${token}`).toBe(true);
    }
    for (const firstTask of [1, 2, 3, 7, 20])
      expect(sameBits(scene.run(machine, together, { firstTask }), expected), `task ${firstTask}`).toBe(true);
    for (const records of [0, 3, 7])
      expect(sameBits(scene.run(machine, together, { records }), expected), `${records} records`).toBe(true);
  });
});

describe.each(machines)("kv_write on $name", ({ machine }) => {
  it.each([
    { headDim: 64, pageSize: 32, kvHeads: 2, dtypes: ["F32", "F16", "Q8_0"] },
    { headDim: 6, pageSize: 4, kvHeads: 3, dtypes: ["F32", "F16"] },
    { headDim: 20, pageSize: 24, kvHeads: 1, dtypes: ["F32", "F16"] },
    { headDim: 6, pageSize: 4, kvHeads: 11, dtypes: ["F32", "F16"] },
    { headDim: 96, pageSize: 8, kvHeads: 2, dtypes: ["Q8_0"] },
  ] as const)("stores $kvHeads heads of $headDim in pages of $pageSize", (shape) => {
    for (const dtype of shape.dtypes)
      for (const holds of ["keys", "values"] as const)
        for (const count of [0, 1, 3, 17, 31]) checkWrite(machine, { ...shape, dtype, holds }, count);
  });
});

interface WriteCase extends CacheLayout {
  readonly kvHeads: number;
  readonly dtype: DType;
}

/** Writes some rows, the first of them of awkward values, and compares every byte. */
function checkWrite(machine: KernelMachine, write: WriteCase, count: number): void {
  const { holds, headDim, pageSize, kvHeads, dtype } = write;
  const columns = kvHeads * headDim;
  const slotCount = 8 * pageSize;
  const graph = new Graph();
  const T = graph.symbol("T", 64);
  const cache = graph.state("cache", [slotCount, columns], dtype);
  const rows = graph.input("rows", [T, columns], "F32");
  const layout: CacheLayout = { holds, headDim, pageSize };
  const node = graph.apply(KV_WRITE, [cache, rows, graph.input("slots", [T], "I32", slotCount)], layout);
  const random = new Random(count);
  const before = encode(dtype, normals(random, slotCount * columns), columns).slice();
  const slots = Int32Array.from({ length: count }, (_, i) => (5 + i * 11) % slotCount);
  const written = normals(random, count * columns);
  written.set([0, -0, 1e-7, 65504, -3e-5, 0.5].slice(0, written.length));
  const given = { inputs: [before, written, slots], dims: { T: count } };
  const data = runReference(node, given);
  const expected = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const order = cacheOrder(dtype, slotCount, columns, layout);
  const laidOut = toKernelLayout(before, order);
  const placed = { ...given, inputs: [laidOut, written, slots] };
  const actual = toPlainLayout(runKernel(machine, KV_WRITE_ROW, node, placed), order);
  expect(Buffer.compare(actual, expected)).toBe(0);
}
