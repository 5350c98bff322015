/**
 * Weights of floats as kernels read them: panels of two vectors of rows, value by value: [panel][column][row]. A
 * vector lane is a row, so sums need no reduction across lanes, one order of additions serves one token and many,
 * and a single token reads memory front to back. Values keep their type, so a panel has the size of its rows.
 */
import type { DType } from "../../../base/dtypes.ts";
import type { Operand, Value } from "../../kernel/build/core.ts";
import { type Kernel, type KernelBuilder, kernel } from "../../kernel/builder.ts";
import type { Target } from "../../kernel/target.ts";
import { forEachTask, input, int, output, type Packing, tasks } from "../launch.ts";

export interface FloatType {
  readonly dtype: DType;
  readonly bytes: 2 | 4;
  load(k: KernelBuilder, at: { base: Operand<"ptr">; disp: number }): Value<"f32v">;
}

/**
 * f16 as f32. Without an instruction for it: the bits, moved to their places under a sign, times 2^112. That is
 * exact for every finite number; infinities, which no weight should be, read as 65536.
 */
function loadF16(k: KernelBuilder, at: { base: Operand<"ptr">; disp: number }): Value<"f32v"> {
  if (k.target.native.has("f16")) return k.loadFloats("f16", at);
  const bits = k.and(k.shl(k.loadIntegers("i16", at), 13), 0x8fffe000 | 0);
  return k.mul(k.as("f32v", bits), 2 ** 112);
}

export const FLOAT_TYPES: ReadonlyMap<DType, FloatType> = new Map(
  (
    [
      { dtype: "F32", bytes: 4, load: (k, at) => k.load("f32v", at) },
      { dtype: "F16", bytes: 2, load: loadF16 },
      { dtype: "BF16", bytes: 2, load: (k, at) => k.loadFloats("bf16", at) },
    ] satisfies FloatType[]
  ).map((type) => [type.dtype, type]),
);

/** Vectors of rows in a panel: two independent sums hide the latency of an addition. */
export const PANEL_VECTORS = 2;

export function panelRows(target: Pick<Target, "lanes">): number {
  return PANEL_VECTORS * target.lanes;
}

const PARAMETERS = { source: "ptr", out: "ptr", tasks: "ptr", rows: "int", columns: "int" } as const;
/** Columns that are packed row by row before the next: their part of the panel stays in the first-level cache. */
const STRIP = 64;
const UNROLL = 8;

/** Copies `count` values of a row to their places in a panel, or zeros. Advances both pointers. */
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

/** A task packs one panel, strip by strip. */
function packKernel(type: FloatType): Kernel {
  return kernel(`pack_${type.dtype.toLowerCase()}`, PARAMETERS, (k, p) => {
    const height = panelRows(k);
    const panels = k.div(k.add(p.rows, height - 1), height);
    forEachTask(k, p.tasks, panels, (panel) => {
      const first = k.mul(panel, height);
      k.loop(0, p.columns, STRIP, (column) => {
        const count = k.min(k.sub(p.columns, column), STRIP);
        const strip = k.mul(k.add(k.mul(first, p.columns), k.mul(column, height)), type.bytes);
        const to = k.variable(k.offset(p.out, strip));
        k.loop(0, height, 1, (lane) => {
          const row = k.add(first, lane);
          k.if(
            k.is(row, "<", p.rows),
            () => {
              const from = k.mul(k.add(k.mul(row, p.columns), column), type.bytes);
              copyRow(k, type, count, k.offset(p.source, from), to);
            },
            () => copyRow(k, type, count, undefined, to),
          );
          k.advance(to, type.bytes);
        });
      });
    });
  }) as unknown as Kernel;
}

const kernels = new Map<FloatType, Kernel>();

/** How the weight that is input 1 of a product is packed for a target. */
export function floatPackingOf(type: FloatType, rows: number, columns: number, target: Target): Packing {
  let packer = kernels.get(type);
  if (packer === undefined) {
    packer = packKernel(type);
    kernels.set(type, packer);
  }
  const height = panelRows(target);
  return {
    input: 1,
    layout: `${type.dtype} in panels of ${height}`,
    byteLength: Math.ceil(rows / height) * height * columns * type.bytes,
    launch: {
      kernel: packer,
      arguments: { source: input(0), out: output, tasks, rows: int(rows), columns: int(columns) },
    },
  };
}
