/**
 * matmul of two float matrices that are both computed or change from step to step, in the forms NN, NT and TN. The
 * product is optionally added to a matrix in place.
 *
 *     out[m][n] (+)= Σ_chunks ( Σ_{term in chunk} first[m][term] · second[term][n] )
 *
 * A launch loops over blocks of columns. All threads pack the block's panels into shared working memory (pack.ts);
 * then tasks of some rows times some panels multiply (block.ts, tile.ts). Terms are summed in chunks of 256 (512 for
 * bf16), each from zero and in order, and chunks are added in order: the bits depend only on the shapes and the target.
 * bf16 operands are rounded while they are packed and copied.
 *
 * Tolerance against the reference (f64 sums): NMSE below 1e-12 for up to 8192 terms.
 */
import { resolveShape } from "../../../graph/plan.ts";
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import {
  byThreads,
  callWith,
  input,
  int,
  kernelAt,
  kernelRow,
  output,
  scratch,
  scratchOf,
} from "../../launch.ts";
import { forEachPhasedTask, PHASED_PARAMETERS, phasedArguments } from "../../phased-tasks.ts";
import { multipliesIn } from "../precisions.ts";
import { blockKernel, blockScratchBytes, CALLED_PARAMETERS, calledArguments } from "./block.ts";
import { DENSE_LAYOUTS, type DenseLayout } from "./operands.ts";
import { packerOf } from "./pack.ts";
import { cutTasks, packedBlock, packedBytes, tileColumns } from "./sizes.ts";

const PARAMETERS = {
  first: "ptr",
  second: "ptr",
  out: "ptr",
  scratch: "ptr",
  pack: "ptr",
  multiply: "ptr",
  ...CALLED_PARAMETERS,
  ...PHASED_PARAMETERS,
  rows: "int",
  columns: "int",
  depth: "int",
  /** Columns and terms that are packed at once. */
  block: "int",
  blockTerms: "int",
  /** Rows and panels of a task. */
  taskRows: "int",
  panels: "int",
  /** Bytes of working memory for packed panels. The working memory of the threads follows. */
  packedBytes: "int",
  /** 1 if the product is added to the output. */
  adds: "int",
} as const;
type P = Arguments<typeof PARAMETERS>;

const ceilDiv = (k: KernelBuilder, a: Operand<"int">, b: number | Operand<"int">): Value<"int"> =>
  typeof b === "number" ? k.div(k.add(a, b - 1), b) : k.div(k.sub(k.add(a, b), 1), b);

/** Tasks of a block: first those that pack its parts, then those that multiply. */
function tasksOfBlock(k: KernelBuilder, layout: DenseLayout, p: P) {
  const packTasks = packerOf(layout).parts(k, p.blockTerms, p.block);
  const columnTasks = ceilDiv(k, k.div(p.block, tileColumns(k)), p.panels);
  const rowTasks = ceilDiv(k, p.rows, p.taskRows);
  return { packTasks, columnTasks, all: k.add(packTasks, k.mul(columnTasks, rowTasks)) };
}

/** Blocks of terms; one if there are no terms. */
const depthBlocks = (k: KernelBuilder, p: P): Value<"int"> => ceilDiv(k, k.max(p.depth, 1), p.blockTerms);
const termsFrom = (k: KernelBuilder, p: P, term: Operand<"int">): Value<"int"> =>
  k.min(k.sub(p.depth, term), p.blockTerms);

/** Columns of the block from `start` on. */
const columnsFrom = (k: KernelBuilder, p: P, start: Operand<"int">): Value<"int"> =>
  k.min(k.sub(p.columns, start), p.block);

function denseKernel(layout: DenseLayout): Kernel {
  const [pack, multiply] = [packerOf(layout).kernel, blockKernel(layout)];
  const { first, second, precision } = layout;
  return kernel(`dense_${first}_${second}_${precision}`, PARAMETERS, (k, p) => {
    const width = tileColumns(k);
    const threads = k.offset(p.scratch, p.packedBytes);
    const own = k.variable(scratchOf(k, p.tasks, threads, blockScratchBytes(layout, k.target)));
    const blocks = k.mul(ceilDiv(k, p.columns, p.block), depthBlocks(k, p));
    forEachPhasedTask(k, p, k.mul(blocks, tasksOfBlock(k, layout, p).all), ({ number, waitFor }) => {
      const { packTasks, columnTasks, all } = tasksOfBlock(k, layout, p);
      const block = k.div(number, all);
      const start = k.variable(k.mul(k.div(block, depthBlocks(k, p)), p.block));
      const term = k.variable(k.mul(k.rem(block, depthBlocks(k, p)), p.blockTerms));
      const before = k.variable(k.mul(block, all));
      const task = k.variable(k.sub(number, before));
      k.if(
        k.is(task, "<", packTasks),
        () => {
          waitFor(before);
          callWith(k, pack, p.pack, own, {
            source: () => p.second,
            depth: () => p.depth,
            columns: () => p.columns,
            start: () => start,
            end: () => k.add(start, columnsFrom(k, p, start)),
            term: () => term,
            terms: () => termsFrom(k, p, term),
            part: () => task,
            to: () => p.scratch,
          });
        },
        () => {
          waitFor(k.add(before, packTasks));
          const index = k.sub(task, packTasks);
          const row = k.mul(k.div(index, columnTasks), p.taskRows);
          const panel = k.mul(k.rem(index, columnTasks), p.panels);
          const panels = ceilDiv(k, columnsFrom(k, p, start), width);
          callWith(k, multiply, p.multiply, own, {
            first: () => p.first,
            packed: () => p.scratch,
            out: () => p.out,
            own: () => own,
            rows: () => p.rows,
            columns: () => p.columns,
            depth: () => p.depth,
            row: () => row,
            rowEnd: () => k.min(k.add(row, p.taskRows), p.rows),
            panel: () => panel,
            panelEnd: () => k.min(k.add(panel, p.panels), panels),
            start: () => start,
            term: () => term,
            terms: () => termsFrom(k, p, term),
            adds: () => p.adds,
            copy: () => p.copy,
            matrixTile: () => p.matrixTile,
            largeTile: () => p.largeTile,
            middleTile: () => p.middleTile,
            smallTile: () => p.smallTile,
          });
        },
      );
    });
  }) as unknown as Kernel;
}

const kernels = new Map<DenseLayout, Kernel>();
function kernelOf(layout: DenseLayout): Kernel {
  const known = kernels.get(layout) ?? denseKernel(layout);
  kernels.set(layout, known);
  return known;
}

/** Products of floats whose second operand is not packed beforehand. */
export const DENSE_ROW = kernelRow({
  op: "matmul",
  launch(node, target) {
    const [first, second, onto] = node.inputs;
    const { form, precision } = node.attributes;
    if (first.dtype !== "F32" || second.dtype !== "F32" || !multipliesIn(precision, target)) return undefined;
    const [rows, columns] = node.shape;
    const depth = form === "TN" ? first.shape[0] : first.shape[1];
    const [mostRows, mostColumns, mostDepth] = resolveShape([rows, columns, depth], node.graph.symbols);
    const layout = DENSE_LAYOUTS[precision][form];
    const block = packedBlock(mostDepth, mostColumns, precision, target);
    const sharedBytes = packedBytes(block, precision);
    const sizes = { rows: mostRows, block: block.columns, precision, target };
    return {
      kernel: kernelOf(layout),
      arguments: {
        first: input(0),
        second: input(1),
        out: output,
        scratch: scratch(blockScratchBytes(layout, target), sharedBytes),
        pack: kernelAt(packerOf(layout).kernel),
        multiply: kernelAt(blockKernel(layout)),
        ...calledArguments(layout, target),
        ...phasedArguments,
        rows: int(rows),
        columns: int(columns),
        depth: int(depth),
        block: int(block.columns),
        blockTerms: int(Math.max(1, block.terms)),
        taskRows: byThreads((threads) => cutTasks(sizes, threads).rows),
        panels: byThreads((threads) => cutTasks(sizes, threads).panels),
        packedBytes: int(sharedBytes),
        adds: int(onto === undefined ? 0 : 1),
      },
    };
  },
});
