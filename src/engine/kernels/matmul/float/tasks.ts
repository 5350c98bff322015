/** Tasks of a product with a float weight: panels of rows, and ranges of tokens. */
import type { Arguments, KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import {
  fileKernel,
  forEachTask,
  int,
  type KernelArgument,
  scratch,
  scratchOf,
  tasks,
} from "../../launch.ts";
import { fileLayoutBytes, type GroupInWeight, ifOneToken, packedGroup } from "../layout/file-layout.ts";
import { hasWholeStrips, multiplyOneToken, oneTokenOf } from "./from-file.ts";
import { notesAt } from "./notes.ts";
import { F32, type FloatType, floatPackerOf, PANEL_VECTORS, panelRows } from "./panels.ts";
import { largestTile, totalBytes } from "./tile.ts";

/** The arguments of a kernel that its tasks need. */
export const TASK_PARAMETERS = {
  weight: "ptr",
  packer: "ptr",
  oneToken: "ptr",
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

/** Offset in the working memory of a thread of what follows totals and notes: a widened or a packed panel. */
const afterNotes = (target: Target): number => Math.ceil((totalBytes(target) + NOTES_BYTES) / 64) * 64;

/** Working memory of a thread: totals of a tile, notes, and perhaps a widened or a packed panel. */
function scratchBytes(type: FloatType, columns: number, target: Target): number {
  const values = panelRows(target) * columns;
  const widened = widensSlowly(type, target) ? 4 * values : 0;
  return afterNotes(target) + widened + fileLayoutBytes(target, type.bytes * values);
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
interface Part {
  readonly row: Value<"int">;
  readonly first: () => Value<"int">;
  readonly end: () => Value<"int">;
  readonly totals: Value<"ptr">;
}
export interface PanelPart extends Part {
  readonly panel: Operand<"ptr">;
}

/** What is done with a panel. */
export interface PanelProducts {
  /** Computes and stores the products of a packed panel. */
  readonly multiply: (of: FloatType, part: PanelPart) => void;
  /** Activations of a token. */
  readonly x: (token: Value<"int">) => Value<"ptr">;
  /** Stores the products of one token, from `totals`. */
  readonly store: (token: Value<"int">, part: Part) => void;
}

const tokensOf = (k: KernelBuilder, { first, end }: Part): Value<"int"> => k.sub(end(), first());

/** Multiplies a panel that is packed, or that this task packs. */
function multiplyPacked(
  k: KernelBuilder,
  type: FloatType,
  packer: Value<"ptr">,
  group: GroupInWeight,
  part: Part,
  multiply: PanelProducts["multiply"],
): void {
  const own = { base: part.totals, disp: afterNotes(k.target) };
  const packed = packedGroup(k, floatPackerOf(type), packer, own, group);
  if (!widensSlowly(type, k.target)) {
    multiply(type, { ...part, panel: packed() });
    return;
  }
  const widened = k.offset(part.totals, afterNotes(k.target));
  k.if(
    k.is(tokensOf(k, part), ">=", WIDEN_TOKENS),
    () => {
      widen(k, type, group.length, packed(), widened);
      multiply(F32, { ...part, panel: widened });
    },
    () => multiply(type, { ...part, panel: packed() }),
  );
}

/** Multiplies each panel and range of tokens of this thread's tasks. A task is a few panels and one range. */
export function forEachPanel(
  k: KernelBuilder,
  type: FloatType,
  columns: number,
  p: Arguments<typeof TASK_PARAMETERS>,
  { multiply, x, store }: PanelProducts,
): void {
  const height = panelRows(k);
  const totals = scratchOf(k, p.tasks, p.scratch, scratchBytes(type, columns, k.target));
  const panels = () => k.div(k.add(p.rows, height - 1), height);
  const groups = () => k.div(k.sub(k.add(panels(), p.panelsPerTask), 1), p.panelsPerTask);
  const ranges = () => k.div(k.sub(k.add(p.tokens, p.tokensPerTask), 1), p.tokensPerTask);
  const notes = notesAt(k, NOTES, { base: totals, disp: totalBytes(k.target) });
  const range = { first: () => notes.read("first"), end: () => notes.read("end"), totals };
  const own = { base: totals, disp: afterNotes(k.target) };
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
        const part = { ...range, row: k.mul(number, height) };
        const group = {
          at: () => k.offset(p.weight, k.mul(number, bytes)),
          left: () => k.sub(p.rows, k.mul(number, height)),
          height,
          length: columns,
          bytes,
        };
        const one = (): void => {
          multiplyOneToken(k, type, p.oneToken, own, { group, x: () => x(part.first()), sums: totals });
          store(part.first(), part);
        };
        const packed = () => multiplyPacked(k, type, p.packer, group, part, multiply);
        if (hasWholeStrips(type, columns))
          ifOneToken(k, p.oneToken, () => tokensOf(k, part), group, one, packed);
        else packed();
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
    packer: fileKernel(floatPackerOf(type)),
    oneToken: hasWholeStrips(type, columns) ? fileKernel(oneTokenOf(type), { forOneToken: true }) : int(0),
    scratch: scratch(scratchBytes(type, columns, target)),
    tasks,
    tokensPerTask: int(tokensPerTask(columns, target)),
    panelsPerTask: int(panelsPerTask(type, columns, target)),
  }) as const satisfies Record<string, KernelArgument>;
