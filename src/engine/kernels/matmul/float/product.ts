/**
 * matmul_f32, matmul_f16, matmul_bf16: x · Wᵀ for float weights. Activations stay f32; only the sums are rounded.
 *
 *     out[t][r] = Σ_chunks ( Σ_{c in chunk} x[t][c] · W[r][c] )
 *
 * Columns are summed in chunks of 256: in order within a chunk, with fused multiply-add if the target has it, and then
 * the chunk's sum is added to the total. Short chunks keep the rounding error of long rows small (it grows with the
 * length of a plain sum), and a chunk of a tile stays in the first-level cache.
 *
 * WebAssembly has no instruction that reads 16-bit floats. For many tokens it first widens a panel to F32.
 *
 * Tolerance against the reference (f64 sums): measured NMSE 1e-13 from 256 to 5632 columns.
 */

import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { wholeOrMasked } from "../../lanes.ts";
import { forEachTask, input, int, kernelRow, output, scratch, scratchOf, tasks } from "../../launch.ts";
import { F32, FLOAT_TYPES, type FloatType, floatPackingOf, PANEL_VECTORS, panelRows } from "./panels.ts";

const PARAMETERS = {
  x: "ptr",
  weight: "ptr",
  out: "ptr",
  scratch: "ptr",
  tasks: "ptr",
  tokens: "int",
  rows: "int",
  tokensPerTask: "int",
} as const;

const CHUNK = 256;
/** Bytes of activations that a task's range of tokens may have. */
const RANGE_BYTES = 800 << 10;
/** Prefetch distance of weights, for one token. */
const PREFETCH_BYTES = 2048;
/** With at least this many tokens, targets that widen slowly widen a panel before they multiply it. */
const WIDEN_TOKENS = 8;

/** Tokens of each tile, largest first: two sums per token, two vectors of weights and one of activations. */
function tileSizes(target: Target): readonly number[] {
  if (target.isa === "wasm") return [4, 1];
  return target.vectorRegisters >= 32 ? [12, 4, 1] : [5, 1];
}
/**
 * Columns per iteration of the inner loop. One in WebAssembly, whose engines spill sums in longer straight-line code.
 */
function unrollOf(target: Target): number {
  return target.isa === "wasm" ? 1 : 4;
}
/** True if the target needs several instructions to read a value. */
function widensSlowly(type: FloatType, target: Target): boolean {
  return type.bytes === 2 && target.isa === "wasm";
}
function largestTile(target: Target): number {
  return tileSizes(target)[0];
}

type Sums = readonly Variable<"f32v">[][];

/** Pointers of a tile that move along the columns. */
interface Cursor {
  readonly weights: Variable<"ptr">;
  readonly x: Variable<"ptr">;
}

/** Adds the products of `count` columns of a tile. */
function columnsOf(
  k: KernelBuilder,
  type: FloatType,
  columns: number,
  sums: Sums,
  at: Cursor,
  count: number,
): void {
  const vectorBytes = type.bytes * k.lanes;
  for (let c = 0; c < count; c++) {
    const weights = Array.from({ length: PANEL_VECTORS }, (_, v) =>
      type.load(k, { base: at.weights, disp: (c * PANEL_VECTORS + v) * vectorBytes }),
    );
    sums.forEach((ofToken, t) => {
      const x = k.broadcastF32({ base: at.x, disp: 4 * (t * columns + c) });
      ofToken.forEach((sum, v) => {
        sum.set(k.fma(weights[v], x, sum));
      });
    });
  }
  if (sums.length === 1)
    for (let line = 0; line < count * PANEL_VECTORS * vectorBytes; line += 64)
      k.prefetch({ base: at.weights, disp: PREFETCH_BYTES + line });
  k.advance(at.weights, count * PANEL_VECTORS * vectorBytes);
  k.advance(at.x, 4 * count);
}

/** Sums a chunk of a tile from zero, then adds its sums to the totals in memory. */
function chunk(
  k: KernelBuilder,
  type: FloatType,
  shape: { readonly columns: number; readonly tokens: number; readonly length: number },
  at: Cursor,
  totals: Operand<"ptr">,
): void {
  const zeros = () => Array.from({ length: PANEL_VECTORS }, () => k.variable(k.constant("f32v", 0)));
  const sums = Array.from({ length: shape.tokens }, zeros);
  const unroll = unrollOf(k.target);
  const whole = shape.length - (shape.length % unroll);
  k.loop(0, whole, unroll, () => columnsOf(k, type, shape.columns, sums, at, unroll));
  if (whole < shape.length) columnsOf(k, type, shape.columns, sums, at, shape.length - whole);
  sums.flat().forEach((sum, i) => {
    const place = { base: totals, disp: 4 * k.lanes * i };
    k.store(place, k.add(sum, k.load("f32v", place)));
  });
}

/** Computes the sums of a tile into `totals`: [token][vector]. */
function tile(
  k: KernelBuilder,
  type: FloatType,
  columns: number,
  tokens: number,
  at: Cursor,
  totals: Operand<"ptr">,
): void {
  const zero = k.constant("f32v", 0);
  for (let i = 0; i < tokens * PANEL_VECTORS; i++) k.store({ base: totals, disp: 4 * k.lanes * i }, zero);
  const whole = Math.floor(columns / CHUNK);
  k.loop(0, whole, 1, () => chunk(k, type, { columns, tokens, length: CHUNK }, at, totals));
  const rest = columns % CHUNK;
  if (rest > 0) chunk(k, type, { columns, tokens, length: rest }, at, totals);
}

/** Copies totals to the output. Rows beyond the last are not written. */
function storeTile(
  k: KernelBuilder,
  tokens: number,
  totals: Operand<"ptr">,
  to: { readonly at: Value<"ptr">; readonly rowBytes: Value<"int">; readonly left: Value<"int"> },
): void {
  wholeOrMasked(k, to.left, PANEL_VECTORS, (masks) => {
    masks.forEach((mask, v) => {
      const out = k.variable(k.offset(to.at, 4 * k.lanes * v));
      for (let t = 0; t < tokens; t++) {
        const sum = k.load("f32v", { base: totals, disp: 4 * k.lanes * (t * PANEL_VECTORS + v) });
        k.store(out, sum, { mask });
        k.advance(out, to.rowBytes);
      }
    });
  });
}

function totalBytes(target: Target): number {
  return 4 * panelRows(target) * largestTile(target);
}

/** Working memory of a thread: totals of a tile, followed by a widened panel. */
function scratchBytes(type: FloatType, columns: number, target: Target): number {
  return totalBytes(target) + (widensSlowly(type, target) ? 4 * panelRows(target) * columns : 0);
}

/** Converts a panel to F32. */
function widen(
  k: KernelBuilder,
  type: FloatType,
  columns: number,
  panel: Operand<"ptr">,
  out: Operand<"ptr">,
): void {
  const [from, to] = [k.variable(panel), k.variable(out)];
  k.loop(0, columns, 1, () => {
    for (let v = 0; v < PANEL_VECTORS; v++)
      k.store(
        { base: to, disp: 4 * k.lanes * v },
        type.load(k, { base: from, disp: type.bytes * k.lanes * v }),
      );
    k.advance(from, type.bytes * panelRows(k));
    k.advance(to, 4 * panelRows(k));
  });
}

type P = Arguments<typeof PARAMETERS>;

/** Multiplies one panel with a range of tokens, tile by tile, largest tiles first. */
function panelTimesTokens(
  k: KernelBuilder,
  type: FloatType,
  columns: number,
  p: P,
  of: {
    readonly panel: Operand<"ptr">;
    readonly row: Value<"int">;
    readonly first: Value<"int">;
    readonly end: Value<"int">;
    readonly totals: Operand<"ptr">;
  },
): void {
  const token = k.variable(of.first);
  for (const tokens of tileSizes(k.target)) {
    k.while(
      () => k.is(token, "<=", k.sub(of.end, tokens)),
      () => {
        const weights = k.variable(of.panel);
        const x = k.variable(k.offset(p.x, k.mul(token, 4 * columns)));
        tile(k, type, columns, tokens, { weights, x }, of.totals);
        storeTile(k, tokens, of.totals, {
          at: k.offset(p.out, k.shl(k.add(k.mul(token, p.rows), of.row), 2)),
          rowBytes: k.shl(p.rows, 2),
          left: k.sub(p.rows, of.row),
        });
        token.set(k.add(token, tokens));
      },
    );
  }
}

function matmulKernel(type: FloatType, columns: number): Kernel {
  const name = `matmul_${type.dtype.toLowerCase()}_${columns}`;
  return kernel(name, PARAMETERS, (k, p) => {
    const height = panelRows(k);
    const totals = scratchOf(k, p.tasks, p.scratch, scratchBytes(type, columns, k.target));
    const panels = () => k.div(k.add(p.rows, height - 1), height);
    const ranges = () => k.div(k.sub(k.add(p.tokens, p.tokensPerTask), 1), p.tokensPerTask);
    forEachTask(k, p.tasks, k.mul(panels(), ranges()), (task) => {
      const rangeCount = ranges();
      const number = k.div(task, rangeCount);
      const first = k.mul(k.rem(task, rangeCount), p.tokensPerTask);
      const end = k.min(k.add(first, p.tokensPerTask), p.tokens);
      const row = k.mul(number, height);
      const packed = () => k.offset(p.weight, k.mul(number, height * columns * type.bytes));
      const multiply = (of: FloatType, panel: Operand<"ptr">): void =>
        panelTimesTokens(k, of, columns, p, { panel, row, first, end, totals });
      if (!widensSlowly(type, k.target)) return multiply(type, packed());
      const widened = k.offset(totals, totalBytes(k.target));
      k.if(
        k.is(k.sub(end, first), ">=", WIDEN_TOKENS),
        () => {
          widen(k, type, columns, packed(), widened);
          multiply(F32, widened);
        },
        () => multiply(type, packed()),
      );
    });
  }) as unknown as Kernel;
}

const kernels = new Map<string, Kernel>();

function kernelFor(type: FloatType, columns: number): Kernel {
  const key = `${type.dtype} ${columns}`;
  let found = kernels.get(key);
  if (found === undefined) {
    found = matmulKernel(type, columns);
    kernels.set(key, found);
  }
  return found;
}

/** Tokens of a task: whole largest tiles, with activations that fit the second-level cache. */
function tokensPerTask(columns: number, target: Target): number {
  const tokens = largestTile(target);
  return Math.max(1, Math.floor(RANGE_BYTES / (4 * columns * tokens))) * tokens;
}

/** x · Wᵀ with a bound float weight W, read from packed panels. */
export const FLOAT_ROW = kernelRow({
  op: "matmul",
  launch(node, target) {
    const [x, weight, onto] = node.inputs;
    if (onto !== undefined) return undefined;
    const type = FLOAT_TYPES.get(weight.dtype);
    const { form, precision } = node.attributes;
    if (precision !== "f32") return undefined;
    if (form !== "NT" || type === undefined || weight.leaf?.kind !== "param" || x.dtype !== "F32")
      return undefined;
    const [rows, columns] = weight.shape as readonly number[];
    return {
      kernel: kernelFor(type, columns),
      arguments: {
        x: input(0),
        weight: input(1),
        out: output,
        scratch: scratch(scratchBytes(type, columns, target)),
        tasks,
        tokens: int(node.shape[0]),
        rows: int(rows),
        tokensPerTask: int(tokensPerTask(columns, target)),
      },
    };
  },
  packing(node, target) {
    const [, weight] = node.inputs;
    const type = FLOAT_TYPES.get(weight.dtype);
    const [rows, columns] = weight.shape as readonly number[];
    return type === undefined ? undefined : floatPackingOf(type, rows, columns, target);
  },
});
