/**
 * matmul_f32, matmul_f16, matmul_bf16: x · Wᵀ for float weights. Activations stay f32; only the sums are rounded.
 *
 *     out[t][r] = Σ_chunks ( Σ_{c in chunk} x[t][c] · W[r][c] )
 *
 * Columns are summed in chunks of 256: in order within a chunk, with fused multiply-add if the target has it, and then
 * the chunk's sum is added to the total. Short chunks keep the rounding error of long rows small (it grows with the
 * length of a plain sum), and a chunk of a tile stays in the first-level cache. At the end the product is stored, or added to
 * the output, or scaled by gates (gated_product).
 *
 * WebAssembly has no instruction that reads 16-bit floats. For many tokens it first widens a panel to F32.
 *
 * Tolerance against the reference (f64 sums): measured NMSE 1e-13 from 256 to 5632 columns.
 */

import type { Node } from "../../../graph/graph.ts";
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { wholeOrMasked } from "../../lanes.ts";
import {
  forEachTask,
  input,
  int,
  kernelRow,
  type Launch,
  output,
  type Packing,
  scratch,
  scratchOf,
  tasks,
} from "../../launch.ts";
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
  panelsPerTask: "int",
} as const;
/** Those of a gated product. */
const GATED_PARAMETERS = { ...PARAMETERS, gates: "ptr", sequences: "ptr" } as const;

const CHUNK = 256;
/** Bytes of activations that a task's range of tokens may have. */
const RANGE_BYTES = 800 << 10;
/** Weights of a task, at least if there are as many: taking a task costs as much as multiplying some KiB. */
const TASK_BYTES = 8 << 10;
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

/** What happens to a product. */
type Finish = "store" | "add" | "gate";

/** Stores totals, or adds them to the output. Rows beyond the last are not written. */
function storeTile(
  k: KernelBuilder,
  tokens: number,
  totals: Operand<"ptr">,
  to: {
    readonly at: Value<"ptr">;
    readonly rowBytes: Value<"int">;
    readonly left: Value<"int">;
    readonly adds: boolean;
  },
): void {
  wholeOrMasked(k, to.left, PANEL_VECTORS, (masks) => {
    masks.forEach((mask, v) => {
      const out = k.variable(k.offset(to.at, 4 * k.lanes * v));
      for (let t = 0; t < tokens; t++) {
        const sum = k.load("f32v", { base: totals, disp: 4 * k.lanes * (t * PANEL_VECTORS + v) });
        k.store(out, to.adds ? k.add(k.load("f32v", out, { mask }), sum) : sum, { mask });
        k.advance(out, to.rowBytes);
      }
    });
  });
}

function totalBytes(target: Target): number {
  return 4 * panelRows(target) * largestTile(target);
}

/** Where a task notes its bounds, which registers have no room for: behind the totals. */
const NOTES = ["first", "end", "until"] as const;
const NOTES_BYTES = 64;

/** Working memory of a thread: totals of a tile, notes, and perhaps a widened panel. */
function scratchBytes(type: FloatType, columns: number, target: Target): number {
  return (
    totalBytes(target) + NOTES_BYTES + (widensSlowly(type, target) ? 4 * panelRows(target) * columns : 0)
  );
}

/** The task's notes in this thread's working memory. */
function notesAt(k: KernelBuilder, totals: Operand<"ptr">) {
  const place = (name: (typeof NOTES)[number]) => ({
    base: totals,
    disp: totalBytes(k.target) + 8 * NOTES.indexOf(name),
  });
  return {
    write: (name: (typeof NOTES)[number], value: Operand<"int">) => k.storeInt("i64", place(name), value),
    read: (name: (typeof NOTES)[number]) => k.loadInt("i64", place(name)),
  };
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

/** What distinguishes the kernels. */
interface Variant {
  readonly type: FloatType;
  readonly columns: number;
  readonly finish: Finish;
}

/** One panel and a range of tokens. */
interface PanelPart {
  readonly panel: Operand<"ptr">;
  readonly row: Value<"int">;
  readonly first: () => Value<"int">;
  readonly end: () => Value<"int">;
  readonly totals: Operand<"ptr">;
}

/** Scales the products of one panel with a range of tokens by gates. */
function gatePanel(k: KernelBuilder, p: Arguments<typeof GATED_PARAMETERS>, of: PanelPart): void {
  k.loop(of.first(), of.end(), 1, (token) => {
    const at = (line: Operand<"int">) => k.shl(k.add(k.mul(line, p.rows), of.row), 2);
    const out = k.variable(k.offset(p.out, at(token)));
    const sequence = k.loadInt("i32", { base: p.sequences, index: token, scale: 4 });
    const gates = k.variable(k.offset(p.gates, at(sequence)));
    wholeOrMasked(k, k.sub(p.rows, of.row), PANEL_VECTORS, (masks) => {
      masks.forEach((mask, v) => {
        const disp = 4 * k.lanes * v;
        const factor = k.variable(k.load("f32v", { base: gates, disp }, { mask }));
        const scaled = k.mul(k.load("f32v", { base: out, disp }, { mask }), factor);
        // What is switched off adds nothing, whatever it contains.
        k.store({ base: out, disp }, k.select(k.compare(factor, "!=", 0), scaled, 0), { mask });
      });
    });
  });
}

/** Multiplies one panel with a range of tokens, tile by tile, largest tiles first. */
function panelTimesTokens(k: KernelBuilder, { type, columns, finish }: Variant, p: P, of: PanelPart): void {
  const token = k.variable(of.first());
  for (const tokens of tileSizes(k.target)) {
    k.while(
      () => k.is(token, "<=", k.sub(of.end(), tokens)),
      () => {
        const weights = k.variable(of.panel);
        const x = k.variable(k.offset(p.x, k.mul(token, 4 * columns)));
        tile(k, type, columns, tokens, { weights, x }, of.totals);
        storeTile(k, tokens, of.totals, {
          at: k.offset(p.out, k.shl(k.add(k.mul(token, p.rows), of.row), 2)),
          rowBytes: k.shl(p.rows, 2),
          left: k.sub(p.rows, of.row),
          adds: finish === "add",
        });
        token.set(k.add(token, tokens));
      },
    );
  }
}

/** Calls `multiply` for each panel and range of tokens of this thread's tasks. A task is a few panels and one range. */
function forEachPanel(
  k: KernelBuilder,
  { type, columns }: Variant,
  p: P,
  multiply: (of: FloatType, part: PanelPart) => void,
): void {
  const height = panelRows(k);
  const totals = scratchOf(k, p.tasks, p.scratch, scratchBytes(type, columns, k.target));
  const panels = () => k.div(k.add(p.rows, height - 1), height);
  const groups = () => k.div(k.sub(k.add(panels(), p.panelsPerTask), 1), p.panelsPerTask);
  const ranges = () => k.div(k.sub(k.add(p.tokens, p.tokensPerTask), 1), p.tokensPerTask);
  const notes = notesAt(k, totals);
  const part = { first: () => notes.read("first"), end: () => notes.read("end"), totals };
  forEachTask(k, p.tasks, k.mul(groups(), ranges()), (task) => {
    const rangeCount = ranges();
    const first = k.mul(k.rem(task, rangeCount), p.tokensPerTask);
    notes.write("first", first);
    notes.write("end", k.min(k.add(first, p.tokensPerTask), p.tokens));
    const number = k.variable(k.mul(k.div(task, rangeCount), p.panelsPerTask));
    notes.write("until", k.min(k.add(number, p.panelsPerTask), panels()));
    k.while(
      () => k.is(number, "<", notes.read("until")),
      () => {
        const row = k.mul(number, height);
        const packed = () => k.offset(p.weight, k.mul(number, height * columns * type.bytes));
        if (widensSlowly(type, k.target)) {
          const widened = k.offset(totals, totalBytes(k.target) + NOTES_BYTES);
          k.if(
            k.is(k.sub(part.end(), part.first()), ">=", WIDEN_TOKENS),
            () => {
              widen(k, type, columns, packed(), widened);
              multiply(F32, { ...part, row, panel: widened });
            },
            () => multiply(type, { ...part, row, panel: packed() }),
          );
        } else multiply(type, { ...part, row, panel: packed() });
        number.set(k.add(number, 1));
      },
    );
  });
}

function matmulKernel(variant: Variant): Kernel {
  const { type, columns, finish } = variant;
  const name = `matmul_${type.dtype.toLowerCase()}_${columns}_${finish}`;
  const plain = (k: KernelBuilder, p: P): void =>
    forEachPanel(k, variant, p, (of, part) => panelTimesTokens(k, { ...variant, type: of }, p, part));
  const gated = (k: KernelBuilder, p: Arguments<typeof GATED_PARAMETERS>): void =>
    forEachPanel(k, variant, p, (of, part) => {
      panelTimesTokens(k, { ...variant, type: of }, p, part);
      gatePanel(k, p, part);
    });
  const built = finish === "gate" ? kernel(name, GATED_PARAMETERS, gated) : kernel(name, PARAMETERS, plain);
  return built as unknown as Kernel;
}

const kernels = new Map<string, Kernel>();

function kernelFor(variant: Variant): Kernel {
  const { type, columns, finish } = variant;
  const key = `${type.dtype} ${columns} ${finish}`;
  let found = kernels.get(key);
  if (found === undefined) {
    found = matmulKernel(variant);
    kernels.set(key, found);
  }
  return found;
}

/** Tokens of a task: whole largest tiles, with activations that fit the second-level cache. */
function tokensPerTask(columns: number, target: Target): number {
  const tokens = largestTile(target);
  return Math.max(1, Math.floor(RANGE_BYTES / (4 * columns * tokens))) * tokens;
}

/** Panels of a task: one, or several small ones. */
function panelsPerTask(type: FloatType, columns: number, target: Target): number {
  return Math.max(1, Math.floor(TASK_BYTES / (panelRows(target) * columns * type.bytes)));
}

/** The launch of a product with a bound float weight; undefined for other types. */
function launchOf(node: Node, finish: Finish, target: Target): Launch | undefined {
  const [x, weight] = node.inputs;
  const type = FLOAT_TYPES.get(weight.dtype);
  if (type === undefined || weight.leaf?.kind !== "param" || x.dtype !== "F32") return undefined;
  const [rows, columns] = weight.shape as readonly number[];
  return {
    kernel: kernelFor({ type, columns, finish }),
    arguments: {
      x: input(0),
      weight: input(1),
      out: output,
      scratch: scratch(scratchBytes(type, columns, target)),
      tasks,
      tokens: int(node.shape[0]),
      rows: int(rows),
      tokensPerTask: int(tokensPerTask(columns, target)),
      panelsPerTask: int(panelsPerTask(type, columns, target)),
      ...(finish === "gate" ? { gates: input(2), sequences: input(3) } : {}),
    },
  };
}

function packing({ inputs: [, weight] }: Node, target: Target): Packing | undefined {
  const type = FLOAT_TYPES.get(weight.dtype);
  const [rows, columns] = weight.shape as readonly number[];
  return type === undefined ? undefined : floatPackingOf(type, rows, columns, target);
}

/** x · Wᵀ with a bound float weight W, read from packed panels, perhaps added to a matrix. */
export const FLOAT_ROW = kernelRow({
  op: "matmul",
  launch(node, target) {
    const { form, precision } = node.attributes;
    if (form !== "NT" || precision !== "f32") return undefined;
    return launchOf(node, node.inputs.length > 2 ? "add" : "store", target);
  },
  packing,
});

/** The same with gates. */
export const GATED_ROW = kernelRow({
  op: "gated_product",
  launch: (node, target) => launchOf(node, "gate", target),
  packing,
});
