/**
 * What the kernels of attention for training share: arguments, the state of a task, heads in matrices and in panels.
 */
import type { Arguments, KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import { callWith, type KernelArgument } from "../../launch.ts";
import { tileColumns } from "../../matmul/dense/sizes.ts";
import { PHASED_PARAMETERS } from "../../phased-tasks.ts";
import { PRODUCT, PRODUCT_TILES, type ProductArguments } from "./product.ts";
import { partOf, SCORES_STRIDE } from "./sizes.ts";
import type { Task } from "./task.ts";

/** Inputs and outputs; each op uses some of them. */
const POINTERS = {
  q: "ptr",
  k: "ptr",
  v: "ptr",
  starts: "ptr",
  L: "ptr",
  D: "ptr",
  out: "ptr",
  dOut: "ptr",
  dQ: "ptr",
  dK: "ptr",
  dV: "ptr",
} as const;

/** Arguments of every op. */
export const PARAMETERS = {
  /** Packed heads, followed by each thread's working memory. */
  scratch: "ptr",
  packTokens: "ptr",
  packElements: "ptr",
  product: "ptr",
  ...PRODUCT_TILES,
  ...PHASED_PARAMETERS,
  rows: "int",
  heads: "int",
  kvHeads: "int",
  headDim: "int",
  /** Bytes of one packed head, and of all packed heads. */
  headBytes: "int",
  packedBytes: "int",
  scale: "f32",
  /** scale · log2 e: weights are powers of two. */
  scaleLog2: "f32",
} as const;
export type P = Arguments<typeof PARAMETERS & typeof POINTERS>;

/** Matrices of heads, and the argument with their number of heads. */
export const MATRICES = {
  q: "heads",
  out: "heads",
  dOut: "heads",
  dQ: "heads",
  k: "kvHeads",
  v: "kvHeads",
  dK: "kvHeads",
  dV: "kvHeads",
} as const;
export type Matrix = keyof typeof MATRICES;

/**
 * A matrix whose heads are packed into panels. Along `tokens`: [panel of tokens][H][token], for products of rows with
 * its rows. Along `elements`: [panel of elements][T][element], for sums over its rows.
 */
export interface Packed {
  readonly matrix: "q" | "k" | "v" | "dOut";
  readonly along: "tokens" | "elements";
}

/** An op: the matrices that it packs, and the code of a task for some rows of a head. */
export interface Form {
  readonly name: "attention" | "attention_gradient_q" | "attention_gradient_kv";
  /** All with the same number of heads. */
  readonly packed: readonly Packed[];
  /** Addresses of its inputs and outputs. */
  readonly pointers: Readonly<Partial<Record<keyof typeof POINTERS, KernelArgument>>>;
  /** The heads whose rows a task takes: query heads or key heads. */
  readonly rowsOf: "heads" | "kvHeads";
  task(site: Site): void;
}

/** The state of a thread. */
export interface Place {
  readonly k: KernelBuilder;
  readonly p: P;
  readonly form: Form;
  /** Its working memory; see sizes.ts. */
  readonly own: Variable<"ptr">;
}

/** The state of a thread while it computes a task. */
export interface Site extends Place {
  readonly task: Task;
}

/** Bytes from one row of a matrix to the next. */
function rowBytes({ k, p }: Place, matrix: Matrix): Value<"int"> {
  return k.shl(k.mul(p[MATRICES[matrix]], p.headDim), 2);
}

/** Address of a head's part of a row of a matrix. */
export function headAt(
  { k, p }: Place,
  matrix: Matrix,
  row: Operand<"int">,
  head: Operand<"int">,
): Value<"ptr"> {
  const headsBefore = k.add(k.mul(row, p[MATRICES[matrix]]), head);
  return k.offset(p[matrix], k.shl(k.mul(headsBefore, p.headDim), 2));
}

/** Address of a packed head. */
export function packedHead({ k, p, form }: Place, which: Packed, head: Operand<"int">): Value<"ptr"> {
  const number = k.add(k.mul(p[MATRICES[which.matrix]], form.packed.indexOf(which)), head);
  return k.offset(p.scratch, k.mul(number, p.headBytes));
}

/** The panels of the block's head from the block's first row on. Along tokens this row must be the first of a panel. */
function panelsFrom(site: Site, which: Packed): Pick<ProductArguments, "panels" | "panelBytes"> {
  const { k, p, task } = site;
  const width = 4 * tileColumns(k);
  const tokens = which.along === "tokens";
  return {
    panels: () => {
      const before = tokens ? k.shl(k.mul(task.column, p.headDim), 2) : k.mul(task.column, width);
      return k.offset(packedHead(site, which, task.packedHead), before);
    },
    panelBytes: () => k.mul(tokens ? p.headDim : p.rows, width),
  };
}

/** Multiplies the task's rows of a matrix with the block's rows of another, into a part of working memory. */
export function multiplyRows(site: Site, rows: Matrix, packed: Packed, into: "scores" | "gradients"): void {
  const { k, p, own, task } = site;
  multiply(site, {
    first: () => headAt(site, rows, task.start, task.head),
    stride: () => rowBytes(site, rows),
    ...panelsFrom(site, packed),
    out: () => partOf(k, own, into),
    outStride: () => k.constant("int", SCORES_STRIDE),
    rows: () => task.count,
    columns: () => task.columns,
    terms: () => p.headDim,
    adds: () => k.constant("int", 0),
  });
}

/** Sums the block's rows of a matrix, weighted by a part of working memory, into the task's rows of a result. */
export function sumRows(site: Site, weights: "scores" | "gradients", packed: Packed, into: Matrix): void {
  const { k, p, own, task } = site;
  multiply(site, {
    first: () => partOf(k, own, weights),
    stride: () => k.constant("int", SCORES_STRIDE),
    ...panelsFrom(site, packed),
    out: () => headAt(site, into, task.start, task.head),
    outStride: () => rowBytes(site, into),
    rows: () => task.count,
    columns: () => p.headDim,
    terms: () => task.columns,
    adds: () => task.adds,
  });
}

function multiply({ k, p, own }: Place, values: ProductArguments): void {
  callWith(k, PRODUCT, p.product, own, {
    ...values,
    arguments: () => partOf(k, own, "tileArguments"),
    largeTile: () => p.largeTile,
    middleTile: () => p.middleTile,
    smallTile: () => p.smallTile,
    largeNarrowTile: () => p.largeNarrowTile,
    middleNarrowTile: () => p.middleNarrowTile,
    smallNarrowTile: () => p.smallNarrowTile,
  });
}
