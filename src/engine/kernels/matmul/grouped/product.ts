/**
 * grouped_product: adds x · Wᵀ to a matrix, by groups of columns, each only for the tokens whose gate is not 0.
 *
 * A task is a few panels of rows and a range of tokens. It gathers the rows of x that each piece of a group needs, then reads
 * its panels once, piece by piece, and multiplies each piece with its tokens, a few at a time. So the work does not depend on
 * how many groups there are that a token does not use.
 *
 * The sum of a piece begins at zero, and pieces are added to the output in order. A token's result therefore depends neither
 * on other tokens nor on groups that it does not use.
 *
 * Tolerance against the reference (f64 sums): see the test.
 */
import type { Node } from "../../../graph/graph.ts";
import { type Kernel, kernel } from "../../../jit/builder.ts";
import type { Target } from "../../../jit/target.ts";
import {
  byThreads,
  constant,
  forEachTask,
  input,
  int,
  kernelRow,
  type Launch,
  output,
  scratch,
  scratchOf,
  tasks,
} from "../../launch.ts";
import { notesAt } from "../float/notes.ts";
import { FLOAT_TYPES, type FloatType, panelRows, weightPacking } from "../float/panels.ts";
import { GATHER_PARAMETERS, gather, piecesOf, pieceTable, type Room, slotsBytes } from "./gather.ts";
import { firstPart, multiply, PANEL_PARAMETERS, prefetchPiece } from "./panels.ts";
import { tileSizes } from "./tile.ts";

const PARAMETERS = {
  ...GATHER_PARAMETERS,
  ...PANEL_PARAMETERS,
  scratch: "ptr",
  tasks: "ptr",
  tokens: "int",
  tokensPerTask: "int",
  panelsPerTask: "int",
} as const;

/** Bytes of gathered rows, if every token used every group. */
const GATHERED_BYTES = 256 << 10;
/** Weights of a task, at least if there are as many. */
const TASK_BYTES = 8 << 10;
/** Most panels of a task, unless it has too few weights, and fewest tasks per thread. */
const TASK_PANELS = 16;
const TASKS_PER_THREAD = 4;

/** Integers that a thread notes in memory, because registers have no room for them. */
const NOTES = ["firstToken", "endToken", "firstPanel", "endPanel"] as const;

function groupedKernel(type: FloatType, room: Room): Kernel {
  const name = `grouped_product_${type.dtype.toLowerCase()}_${room.pieces}_${room.width}`;
  return kernel(name, PARAMETERS, (k, p) => {
    const height = panelRows(k);
    const base = scratchOf(k, p.tasks, p.scratch, slotsBytes(room));
    const slots = { ...room, base };
    const notes = notesAt(k, NOTES, { base, disp: 0 });
    const panels = () => k.div(k.add(p.rows, height - 1), height);
    const shares = () => k.div(k.sub(k.add(panels(), p.panelsPerTask), 1), p.panelsPerTask);
    const ranges = () => k.div(k.sub(k.add(p.tokens, p.tokensPerTask), 1), p.tokensPerTask);
    forEachTask(k, p.tasks, k.mul(shares(), ranges()), (task) => {
      const rangeCount = ranges();
      const first = k.mul(k.rem(task, rangeCount), p.tokensPerTask);
      notes.write("firstToken", first);
      notes.write("endToken", k.min(k.add(first, p.tokensPerTask), p.tokens));
      const panel = k.mul(k.div(task, rangeCount), p.panelsPerTask);
      notes.write("firstPanel", panel);
      notes.write("endPanel", k.min(k.add(panel, p.panelsPerTask), panels()));
      const range = { first: () => notes.read("firstPanel"), end: () => notes.read("endPanel") };
      prefetchPiece(k, type, p, range, firstPart(k, type, p, range), k.constant("int", 0));
      gather(
        k,
        p,
        slots,
        () => notes.read("firstToken"),
        () => notes.read("endToken"),
      );
      multiply(k, type, p, slots, range);
    });
  }) as unknown as Kernel;
}

const kernels = new Map<string, Kernel>();

function kernelFor(type: FloatType, room: Room): Kernel {
  const key = `${type.dtype} ${room.pieces} ${room.width} ${room.count}`;
  const found = kernels.get(key) ?? groupedKernel(type, room);
  kernels.set(key, found);
  return found;
}

/** Panels of a task. */
function panelsPerTask(
  type: FloatType,
  rows: number,
  columns: number,
  target: Target,
  threads: number,
): number {
  const height = panelRows(target);
  const share = Math.floor(Math.ceil(rows / height) / (TASKS_PER_THREAD * threads));
  const fewest = Math.floor(TASK_BYTES / (height * columns * type.bytes));
  return Math.max(1, fewest, Math.min(TASK_PANELS, share));
}

/** Tokens of a task: whole largest tiles. */
function tokensPerTask(pieces: number, width: number, target: Target): number {
  const [tile] = tileSizes(target);
  return tile * Math.max(1, Math.floor(GATHERED_BYTES / (4 * width * pieces * tile)));
}

function launchOf(node: Node, ranks: readonly number[], target: Target): Launch | undefined {
  const [x, weight] = node.inputs;
  const type = FLOAT_TYPES.get(weight.dtype);
  if (type === undefined || weight.leaf?.kind !== "param" || x.dtype !== "F32") return undefined;
  const [rows, columns] = weight.shape as readonly number[];
  const pieces = piecesOf(ranks);
  const widest = Math.max(...pieces.map((piece) => piece.width));
  const width = target.lanes * Math.ceil(widest / target.lanes);
  const range = tokensPerTask(pieces.length, width, target);
  const room: Room = { pieces: pieces.length, count: range * pieces.length, width };
  return {
    kernel: kernelFor(type, room),
    arguments: {
      x: input(0),
      weight: input(1),
      out: output,
      gates: input(3),
      sequences: input(4),
      table: constant(pieceTable(pieces)),
      columns: int(columns),
      groups: int(ranks.length),
      scratch: scratch(slotsBytes(room)),
      tasks,
      tokens: int(node.shape[0]),
      rows: int(rows),
      tokensPerTask: int(range),
      panelsPerTask: byThreads((threads) => panelsPerTask(type, rows, columns, target, threads)),
    },
  };
}

export const GROUPED_ROW = kernelRow({
  op: "grouped_product",
  launch: (node, target) => launchOf(node, node.attributes.ranks, target),
  packing: weightPacking,
});
