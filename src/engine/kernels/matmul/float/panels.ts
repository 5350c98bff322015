/**
 * The packed layout of float weights: panels of two vectors of rows, [panel][column][row]. Each vector lane is a row.
 * Sums therefore need no reduction across lanes, the order of additions is the same for one token and many, and a
 * single token reads memory sequentially. Values keep their type, so a panel has the size of its rows.
 */
import type { DType } from "../../../../base/dtypes.ts";
import type { Node } from "../../../graph/graph.ts";
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { byThreads, forEachTask, input, int, oneForEach, output, type Packing, tasks } from "../../launch.ts";
import { PACK_PARAMETERS, type PackKernel } from "../layout/file-layout.ts";
import { MovingRows, QUAD_BYTES, transposeQuads } from "../layout/transpose.ts";

export interface FloatType {
  readonly dtype: DType;
  readonly bytes: 2 | 4;
  load(k: KernelBuilder, at: { base: Operand<"ptr">; disp: number }): Value<"f32v">;
}

/**
 * Loads f16 as f32. Targets without a conversion instruction move the bits to their f32 places and multiply by 2^112.
 * This is exact for every finite number. Infinities, which weights should not contain, become 65536.
 */
function loadF16(k: KernelBuilder, at: { base: Operand<"ptr">; disp: number }): Value<"f32v"> {
  if (k.target.native.has("f16")) return k.loadFloats("f16", at);
  const bits = k.and(k.shl(k.loadIntegers("i16", at), 13), 0x8fffe000 | 0);
  return k.mul(k.as("f32v", bits), 2 ** 112);
}

export const F32: FloatType = { dtype: "F32", bytes: 4, load: (k, at) => k.load("f32v", at) };

export const BF16: FloatType = { dtype: "BF16", bytes: 2, load: (k, at) => k.loadFloats("bf16", at) };

export const FLOAT_TYPES: ReadonlyMap<DType, FloatType> = new Map(
  ([F32, { dtype: "F16", bytes: 2, load: loadF16 }, BF16] satisfies FloatType[]).map((type) => [
    type.dtype,
    type,
  ]),
);

/** Vectors of rows in a panel: two independent sums hide the latency of an addition. */
export const PANEL_VECTORS = 2;

export function panelRows(target: Pick<Target, "lanes">): number {
  return PANEL_VECTORS * target.lanes;
}

/** Columns that are packed together, row by row: their part of the panel stays in the first-level cache. */
const STRIP = 64;
const UNROLL = 8;

/** Copies `count` values of a row (or zeros, without `from`) to their places in a panel. */
function copyRow(
  k: KernelBuilder,
  { bytes }: FloatType,
  count: Operand<"int">,
  from: Operand<"ptr"> | undefined,
  to: Operand<"ptr">,
): void {
  const stride = bytes * panelRows(k);
  const source = from === undefined ? undefined : k.variable(from);
  const target = k.variable(to);
  const copy = (values: number): void => {
    for (let i = 0; i < values; i++) {
      const value =
        source === undefined
          ? k.constant("int", 0)
          : k.loadInt(bytes === 2 ? "u16" : "u32", { base: source, disp: bytes * i });
      k.storeInt(bytes === 2 ? "i16" : "i32", { base: target, disp: stride * i }, value);
    }
    if (source !== undefined) k.advance(source, bytes * values);
    k.advance(target, stride * values);
  };
  const whole = k.and(count, -UNROLL);
  k.loop(0, whole, UNROLL, () => copy(UNROLL));
  k.loop(whole, count, 1, () => copy(1));
}

type P = Arguments<typeof PACK_PARAMETERS>;

/** Columns of an iteration of `packWhole`. */
const stepColumns = ({ bytes }: FloatType): number => CACHE_LINE / bytes;
const CACHE_LINE = 64;

/**
 * Packs a cache line of each row of a panel, a few rows at a time. Rows often lie a multiple of 4 KB apart: their lines then
 * compete for the same 8 places of a first-level cache.
 */
function packStep(k: KernelBuilder, { bytes }: FloatType, rows: MovingRows, to: Operand<"ptr">): void {
  const perQuad = QUAD_BYTES / bytes;
  for (let row = 0; row < panelRows(k); row += perQuad)
    for (let disp = 0; disp < CACHE_LINE; disp += 4 * k.lanes) {
      const loaded = rows.some(row, perQuad, disp).map((at) => k.load("i32v", at));
      transposeQuads(k, loaded, bytes).forEach((columns, i) => {
        for (let quarter = 0; 4 * quarter < k.lanes; quarter++) {
          const column = disp / bytes + perQuad * quarter + i;
          k.storeQuad({ base: to, disp: bytes * (panelRows(k) * column + row) }, columns, quarter);
        }
      });
    }
}

/** Columns of a complete panel that `packWhole` packs. */
const wholeColumns = (k: KernelBuilder, type: FloatType, p: P): Value<"int"> =>
  k.and(p.length, -stepColumns(type));

/** Packs the first columns of a complete panel, as many as fill whole cache lines. */
function packWhole(k: KernelBuilder, type: FloatType, p: P, first: Value<"int">): void {
  const start = k.mul(k.mul(first, p.length), type.bytes);
  const from = k.offset(p.source, start);
  const rows = new MovingRows(k, from, k.mul(p.length, type.bytes), panelRows(k));
  const to = k.variable(k.offset(p.out, start));
  const step = stepColumns(type);
  const stepBytes = type.bytes * step * panelRows(k);
  // Rows are read side by side, in as many places; memory is read ahead from end to end.
  const ahead = k.variable(k.offset(from, p.ahead));
  // Rows take most registers: one variable counts.
  const left = k.variable(wholeColumns(k, type, p));
  k.while(
    () => k.is(left, ">", 0),
    () => {
      left.set(k.sub(left, step));
      k.prefetchLines({ base: ahead, disp: 0 }, stepBytes, "once");
      k.advance(ahead, stepBytes);
      packStep(k, type, rows, to);
      rows.advance(type.bytes * step);
      k.advance(to, stepBytes);
    },
  );
}

/** Packs columns from `column` on, strip by strip, value by value. */
function packStrips(
  k: KernelBuilder,
  type: FloatType,
  p: P,
  first: Value<"int">,
  start: Operand<"int">,
): void {
  const height = panelRows(k);
  k.loop(start, p.length, STRIP, (column) => {
    const count = k.min(k.sub(p.length, column), STRIP);
    const strip = k.mul(k.add(k.mul(first, p.length), k.mul(column, height)), type.bytes);
    const to = k.variable(k.offset(p.out, strip));
    k.loop(0, height, 1, (lane) => {
      const row = k.add(first, lane);
      k.if(
        k.is(row, "<", p.rows),
        () => {
          const from = k.mul(k.add(k.mul(row, p.length), column), type.bytes);
          copyRow(k, type, count, k.offset(p.source, from), to);
        },
        () => copyRow(k, type, count, undefined, to),
      );
      k.advance(to, type.bytes);
    });
  });
}

/** Each task packs one panel. */
function packKernel(type: FloatType): PackKernel {
  return kernel(`pack_${type.dtype.toLowerCase()}`, PACK_PARAMETERS, (k, p) => {
    const height = panelRows(k);
    const panels = k.div(k.add(p.rows, height - 1), height);
    forEachTask(k, p.tasks, panels, (panel) => {
      const first = k.mul(panel, height);
      const isWhole = () => k.is(k.add(first, height), "<=", p.rows);
      k.if(isWhole(), () => packWhole(k, type, p, first));
      const packed = k.variable(k.constant("int", 0));
      k.if(isWhole(), () => packed.set(wholeColumns(k, type, p)));
      packStrips(k, type, p, first, packed);
    });
  });
}

export const floatPackerOf = oneForEach(packKernel);

/** How a target packs the weight of a product (input 1). */
export function floatPackingOf(type: FloatType, rows: number, columns: number, target: Target): Packing {
  const height = panelRows(target);
  return {
    input: 1,
    layout: `${type.dtype} in panels of ${height}`,
    byteLength: Math.ceil(rows / height) * height * columns * type.bytes,
    rows,
    groupRows: height,
    isSlowInFile: false,
    launch: {
      kernel: floatPackerOf(type) as unknown as Kernel,
      arguments: {
        source: input(0),
        out: output,
        tasks,
        rows: int(rows),
        length: int(columns),
        ahead: byThreads((threads) => threads * height * columns * type.bytes),
      },
    },
  };
}

/** How a product packs its second operand; undefined if that has no float type. */
export function weightPacking({ inputs: [, weight] }: Node, target: Target): Packing | undefined {
  const type = FLOAT_TYPES.get(weight.dtype);
  const [rows, columns] = weight.shape as readonly number[];
  return type === undefined ? undefined : floatPackingOf(type, rows, columns, target);
}
