/** Tasks of a product with a float weight: panels of rows, and ranges of tokens. */
import type { Arguments, KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { forEachTask, int, type KernelArgument, scratch, scratchOf, tasks } from "../../launch.ts";
import { notesAt } from "./notes.ts";
import { F32, type FloatType, PANEL_VECTORS, panelRows } from "./panels.ts";
import { largestTile, totalBytes } from "./tile.ts";

/** The arguments of a kernel that its tasks need. */
export const TASK_PARAMETERS = {
  weight: "ptr",
  scratch: "ptr",
  tasks: "ptr",
  tokens: "int",
  rows: "int",
  tokensPerTask: "int",
  panelsPerTask: "int",
} as const;

/** Bytes of activations that a task's range of tokens may have. */
const RANGE_BYTES = 800 << 10;
/** Weights of a task, at least if there are as many: taking a task costs as much as multiplying some KiB. */
const TASK_BYTES = 8 << 10;
/** With at least this many tokens, targets that widen slowly widen a panel before they multiply it. */
const WIDEN_TOKENS = 8;

/** True if the target needs several instructions to read a value. */
function widensSlowly(type: FloatType, target: Target): boolean {
  return type.bytes === 2 && target.isa === "wasm";
}
/** Where a task notes its bounds, which registers have no room for: behind the totals. */
const NOTES = ["first", "end", "until"] as const;
const NOTES_BYTES = 64;

/** Offset in the working memory of a thread of what follows totals and notes: a widened panel. */
const afterNotes = (target: Target): number => Math.ceil((totalBytes(target) + NOTES_BYTES) / 64) * 64;

/** Working memory of a thread: totals of a tile, notes, and perhaps a widened panel. */
function scratchBytes(type: FloatType, columns: number, target: Target): number {
  const widened = widensSlowly(type, target) ? 4 * panelRows(target) * columns : 0;
  return afterNotes(target) + widened;
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

/** One panel and a range of tokens. */
export interface PanelPart {
  readonly panel: Operand<"ptr">;
  readonly row: Value<"int">;
  readonly first: () => Value<"int">;
  readonly end: () => Value<"int">;
  readonly totals: Value<"ptr">;
}

/** Computes and stores the products of a panel. */
type Multiply = (of: FloatType, part: PanelPart) => void;

/** Multiplies a panel, which it widens before if that is faster. */
function multiplyPanel(
  k: KernelBuilder,
  type: FloatType,
  columns: number,
  part: PanelPart,
  multiply: Multiply,
): void {
  if (!widensSlowly(type, k.target)) {
    multiply(type, part);
    return;
  }
  const widened = k.offset(part.totals, afterNotes(k.target));
  k.if(
    k.is(k.sub(part.end(), part.first()), ">=", WIDEN_TOKENS),
    () => {
      widen(k, type, columns, part.panel, widened);
      multiply(F32, { ...part, panel: widened });
    },
    () => multiply(type, part),
  );
}

/** Multiplies each panel and range of tokens of this thread's tasks. A task is a few panels and one range. */
export function forEachPanel(
  k: KernelBuilder,
  type: FloatType,
  columns: number,
  p: Arguments<typeof TASK_PARAMETERS>,
  multiply: Multiply,
): void {
  const height = panelRows(k);
  const totals = scratchOf(k, p.tasks, p.scratch, scratchBytes(type, columns, k.target));
  const panels = () => k.div(k.add(p.rows, height - 1), height);
  const groups = () => k.div(k.sub(k.add(panels(), p.panelsPerTask), 1), p.panelsPerTask);
  const ranges = () => k.div(k.sub(k.add(p.tokens, p.tokensPerTask), 1), p.tokensPerTask);
  const notes = notesAt(k, NOTES, { base: totals, disp: totalBytes(k.target) });
  const range = { first: () => notes.read("first"), end: () => notes.read("end"), totals };
  const bytes = height * columns * type.bytes;
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
        const panel = k.offset(p.weight, k.mul(number, bytes));
        multiplyPanel(k, type, columns, { ...range, panel, row: k.mul(number, height) }, multiply);
        number.set(k.add(number, 1));
      },
    );
  });
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

/** Values of the arguments, but for the weight and the numbers of tokens and rows. */
export const taskArguments = (type: FloatType, columns: number, target: Target) =>
  ({
    scratch: scratch(scratchBytes(type, columns, target)),
    tasks,
    tokensPerTask: int(tokensPerTask(columns, target)),
    panelsPerTask: int(panelsPerTask(type, columns, target)),
  }) as const satisfies Record<string, KernelArgument>;
