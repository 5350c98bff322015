/**
 * quantize, rms_norm_quantize, swiglu_quantize: activations in blocks of 8 bits (ops/activation-blocks.ts).
 * `quantize` equals the reference bit for bit (except for infinities and NaN). The fused forms compute the floats to
 * 1e-6, as rms_norm and swiglu do, so q may differ by 1 if the reference is that close to a tie.
 */

import {
  ACTIVATION_BLOCK,
  ACTIVATION_BLOCK_BYTES,
  CODE_OFFSET,
  SCALE_OFFSET,
  SCALED_SUM_OFFSET,
  SMALLEST,
  START_OFFSET,
} from "../../graph/ops/activation-blocks.ts";
import { type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Value } from "../../jit/language/core.ts";
import { allFloats, forEachChunk, matrixSize } from "../elementwise/elementwise.ts";
import { f32, forEachTask, input, type KernelRow, kernelRow, output, tasks } from "../launch.ts";
import { inverseRms } from "../norm/rms-norm.ts";

/** Blocks of a task, if rows may be split. */
const CHUNK_BLOCKS = 32;

/** Loads vector number `vector` of one block. */
type LoadBlock = (vector: number) => Value<"f32v">;

/** Encodes one block of 32 floats at `to`. */
function encodeBlock(k: KernelBuilder, load: LoadBlock, to: Value<"ptr">): void {
  const vectors = Array.from({ length: ACTIVATION_BLOCK / k.lanes }, (_, v) => load(v));
  const magnitudes = vectors.map((v) => k.abs(v));
  const largest = k.reduceMax(magnitudes.reduce((a, b) => k.max(a, b)));
  const inverse = k.variable(k.constant("f32", 0));
  k.if(k.is(largest, ">=", k.constant("f32", SMALLEST)), () =>
    inverse.set(k.div(k.constant("f32", 127), largest)),
  );
  const factor = k.splat(inverse);
  const rounded = vectors.map((v) => k.toI32(k.mul(v, factor)));
  rounded.forEach((q, v) => {
    k.storeIntegers("i8", { base: to, disp: v * k.lanes }, q);
  });
  const scale = k.div(largest, 127);
  const sums = [0, 1].map((half) => {
    const ofHalf = rounded.slice((half * rounded.length) / 2, ((half + 1) * rounded.length) / 2);
    return k.reduceAdd(ofHalf.reduce((a, b) => k.add(a, b)));
  });
  const sum = k.add(sums[0], sums[1]);
  k.storeF32({ base: to, disp: SCALE_OFFSET }, scale);
  k.storeF32({ base: to, disp: SCALED_SUM_OFFSET }, k.mul(scale, k.toF32(sum)));
  [sum, ...sums].forEach((value, i) => {
    k.storeInt("i32", { base: to, disp: START_OFFSET + 4 * i }, k.mul(value, -CODE_OFFSET));
  });
}

/** Encodes `count` blocks; `load(block, vector)` gives the floats. */
function encodeBlocks(
  k: KernelBuilder,
  count: Value<"int">,
  out: Value<"ptr">,
  load: (element: Value<"int">, vector: number) => Value<"f32v">,
): void {
  const to = k.variable(out);
  k.loop(0, k.mul(count, ACTIVATION_BLOCK), ACTIVATION_BLOCK, (element) => {
    encodeBlock(k, (vector) => load(element, vector), to.value);
    k.advance(to, ACTIVATION_BLOCK_BYTES);
  });
}

const QUANTIZE_KERNEL = kernel(
  "quantize",
  { x: "ptr", out: "ptr", tasks: "ptr", rows: "int", columns: "int" },
  (k, p) => {
    forEachChunk(
      k,
      p.tasks,
      () => k.shr(k.mul(p.rows, p.columns), 5),
      (first, count) => {
        const x = k.offset(p.x, k.mul(first, 4 * ACTIVATION_BLOCK));
        encodeBlocks(k, count, k.offset(p.out, k.mul(first, ACTIVATION_BLOCK_BYTES)), (index, v) =>
          k.load("f32v", { base: x, index, scale: 4, disp: 4 * k.lanes * v }),
        );
      },
      CHUNK_BLOCKS,
    );
  },
);

const SWIGLU_QUANTIZE_KERNEL = kernel(
  "swiglu_quantize",
  { gate: "ptr", up: "ptr", out: "ptr", tasks: "ptr", rows: "int", columns: "int" },
  (k, p) => {
    forEachChunk(
      k,
      p.tasks,
      () => k.shr(k.mul(p.rows, p.columns), 5),
      (first, count) => {
        const bytes = k.mul(first, 4 * ACTIVATION_BLOCK);
        const [gate, up] = [k.offset(p.gate, bytes), k.offset(p.up, bytes)];
        encodeBlocks(k, count, k.offset(p.out, k.mul(first, ACTIVATION_BLOCK_BYTES)), (index, v) => {
          const at = { index, scale: 4, disp: 4 * k.lanes * v } as const;
          return k.mul(k.silu(k.load("f32v", { base: gate, ...at })), k.load("f32v", { base: up, ...at }));
        });
      },
      CHUNK_BLOCKS,
    );
  },
);

const RMS_NORM_QUANTIZE_KERNEL = kernel(
  "rms_norm_quantize",
  { x: "ptr", weight: "ptr", out: "ptr", tasks: "ptr", rows: "int", columns: "int", eps: "f32" },
  (k, p) => {
    forEachTask(k, p.tasks, p.rows, (row) => {
      const elements = k.mul(row, p.columns);
      const x = k.offset(p.x, k.shl(elements, 2));
      const r = inverseRms(
        k,
        x,
        () => p.columns,
        () => p.eps,
      );
      const weight = p.weight;
      const out = k.offset(p.out, k.mul(k.shr(elements, 5), ACTIVATION_BLOCK_BYTES));
      encodeBlocks(k, k.shr(p.columns, 5), out, (index, v) => {
        const at = { index, scale: 4, disp: 4 * k.lanes * v } as const;
        return k.mul(k.load("f32v", { base: weight, ...at }), k.mul(k.load("f32v", { base: x, ...at }), r));
      });
    });
  },
);

export const QUANTIZE_ROWS: readonly KernelRow[] = [
  kernelRow({
    op: "quantize",
    launch(node) {
      if (!allFloats(node)) return undefined;
      const { rows, columns } = matrixSize(node.inputs[0]);
      return { kernel: QUANTIZE_KERNEL, arguments: { x: input(0), out: output, tasks, rows, columns } };
    },
  }),
  kernelRow({
    op: "swiglu_quantize",
    launch(node) {
      if (!allFloats(node)) return undefined;
      const size = matrixSize(node.inputs[0]);
      return {
        kernel: SWIGLU_QUANTIZE_KERNEL,
        arguments: { gate: input(0), up: input(1), out: output, tasks, ...size },
      };
    },
  }),
  kernelRow({
    op: "rms_norm_quantize",
    launch(node) {
      if (!allFloats(node)) return undefined;
      const size = matrixSize(node.inputs[0]);
      return {
        kernel: RMS_NORM_QUANTIZE_KERNEL,
        arguments: {
          x: input(0),
          weight: input(1),
          out: output,
          tasks,
          ...size,
          eps: f32(node.attributes.eps),
        },
      };
    },
  }),
];
