/**
 * The products of one token with a group of rows in the file's layout, row by row: a lane is one of neighbouring blocks of a
 * row. So memory is read from end to end, which the processor's own prefetching follows; side by side, as many rows as
 * lanes are too many streams for it.
 *
 * For each row the scaled sums of its blocks are stored, and at the end added in the order of the product with packed
 * weights, a lane for each row. So results are the same, bit for bit. For types whose blocks are one run.
 */
import { dtypeInfo } from "../../../../base/dtypes.ts";
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { VectorKind } from "../../../jit/ir.ts";
import type { AddressOperand, Operand, Value, Variable } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { constantRows, MovingRows, wordsOf } from "../layout/transpose.ts";
import { type ActivationLayout, layoutOf } from "./activations.ts";
import { runsOf } from "./code-sources.ts";
import { FileFields } from "./file-fields.ts";
import { addScaled, Tile } from "./tile-straight.ts";
import {
  liftOf,
  PackedBlock,
  type QuantisedType,
  RUN_WORDS,
  type RunCodes,
  runOfBlock,
  takesWholeBytes,
} from "./types/block-type.ts";
import { Literals } from "./types/literals.ts";

/** Blocks of a row that the end adds together. */
const TOGETHER = 4;
/** Prefetch distance of weights. */
const PREFETCH_BYTES = 8192;
/** Words of a run of nibbles. */
const NIBBLE_WORDS = RUN_WORDS / 2;

/** Whether rows of this many blocks are multiplied so. */
export function takesRowByRow(type: QuantisedType, blocks: number, target: Target): boolean {
  if (target.isa === "wasm" || runsOf(type) > 1) return false;
  return blocks >= target.lanes && blocks % TOGETHER === 0;
}

export interface RowByRow {
  readonly source: Operand<"ptr">;
  /** Blocks of a row. */
  readonly length: Operand<"int">;
  readonly x: Operand<"ptr">;
  readonly grid: Operand<"ptr">;
  /** Working memory of `rowByRowBytes`. */
  readonly buffer: Operand<"ptr">;
}

/**
 * Brings the token's values into the kernel's order, once for all groups of a task.
 * @param ready an i32, 0 before the first group.
 */
export function once(k: KernelBuilder, ready: AddressOperand, order: () => void): void {
  k.if(k.is(k.loadInt("i32", ready), "==", 0), () => {
    order();
    k.storeInt("i32", ready, k.constant("int", 1));
  });
}

const sumArrays = (type: QuantisedType): number => (type.offset === undefined ? 1 : 2);

/** Bytes of working memory: the activations of all chunks, then for each block of each row a sum and perhaps an offset. */
export function rowByRowBytes(type: QuantisedType, blocks: number, target: Target): number {
  if (!takesRowByRow(type, blocks, target)) return 0;
  const { lanes } = target;
  const activations = Math.ceil(blocks / lanes) * lanes * layoutOf(type, target).runBytes;
  return activations + 4 * lanes * blocks * sumArrays(type);
}

/** Chunks of as many blocks as lanes. The last one begins early enough to be whole. */
function eachChunk(k: KernelBuilder, blocks: Operand<"int">, body: (first: Value<"int">) => void): void {
  k.loop(0, blocks, k.lanes, (block) => body(k.min(block, k.sub(blocks, k.lanes))));
}

/** Bytes of the activations of a chunk: for each 4 bytes of a run, a vector. */
const chunkBytes = (k: KernelBuilder, { runBytes }: ActivationLayout): number => runBytes * k.lanes;

/** Transposes the activations of each chunk. */
function transposeActivations(k: KernelBuilder, layout: ActivationLayout, p: RowByRow): void {
  const to = k.variable(p.buffer);
  const words = layout.runBytes / 4;
  eachChunk(k, p.length, (first) => {
    const from = k.variable(k.offset(p.x, k.mul(first, layout.runBytes)));
    const rows = constantRows(from, layout.runBytes);
    for (let word = 0; word < words; word += 4) {
      // The last 16 bytes begin early enough to end with the run.
      const start = Math.min(word, words - 4);
      wordsOf(k, rows, 4 * start).forEach((vector, i) => {
        k.store({ base: to, disp: 4 * k.lanes * (start + i) }, vector);
      });
    }
    k.advance(to, chunkBytes(k, layout));
  });
}

/** Whether the codes of a type are nibbles that the target multiplies as they are. */
const multipliesNibbles = (type: QuantisedType, target: Target): boolean =>
  type.unpacking.kind === "nibbles" && takesWholeBytes(target);

/** Stores the scaled sums of a chunk, and the offsets after all sums of the group. */
class ChunkTile extends Tile {
  readonly #transposed: Variable<"ptr">;
  readonly #to: Variable<"ptr">;
  readonly #offsets: Variable<"ptr"> | undefined;

  constructor(
    k: KernelBuilder,
    type: QuantisedType,
    transposed: Variable<"ptr">,
    to: Variable<"ptr">,
    offsets: Variable<"ptr"> | undefined,
  ) {
    super(k, type, { tokens: 1, together: 1 }, transposed, 0);
    this.#transposed = transposed;
    this.#to = to;
    this.#offsets = offsets;
  }

  protected override value<K extends VectorKind>(
    kind: K,
    _token: number,
    _run: number,
    disp: number,
  ): Value<K> {
    return this.k.load(kind, { base: this.#transposed, disp: this.k.lanes * disp });
  }

  /**
   * Adds the products of nibbles that stay where they are in their bytes. The sum of the lower ones (of the upper ones, if codes
   * are not lifted) is shifted, so that no code is.
   */
  addNibbles(codes: RunCodes, block: PackedBlock): void {
    const { k } = this;
    let [low, high] = [k.constant("i32v", 0), k.constant("i32v", 0)];
    for (let word = 0; word < NIBBLE_WORDS; word++) {
      const bytes = block.bytes(word);
      const values = [word, word + NIBBLE_WORDS].map((at) => this.value("i8v", 0, 0, 4 * at));
      low = k.dot4(low, k.and(bytes, block.literal(0x0f)), values[0], { max: 0x0f });
      high = k.dot4(high, k.and(bytes, block.literal(0xf0)), values[1], { max: 0xf0 });
    }
    const sum = block.lift === 0 ? k.add(low, k.sar(high, 4)) : k.add(k.shl(low, 4), high);
    this.addProducts(0, codes, [sum]);
  }

  protected override finish(_token: number, _run: number, codes: RunCodes, scaled: Value<"f32v">): void {
    this.k.store(this.#to, scaled);
    if (this.#offsets !== undefined) this.k.store(this.#offsets, codes.offset?.(0) as Value<"f32v">);
  }
}

/** The scaled sums and the offsets of all rows. */
interface Results {
  readonly sums: Variable<"ptr">;
  readonly offsets: Variable<"ptr"> | undefined;
}

function addRows(k: KernelBuilder, type: QuantisedType, p: RowByRow, { sums, offsets }: Results): void {
  const { blockBytes } = dtypeInfo(type.dtype);
  const row = k.variable(p.source);
  const areNibbles = multipliesNibbles(type, k.target);
  const masks = areNibbles ? [0x0f, 0xf0] : (type.masks?.(liftOf(type, k.target)) ?? []);
  const literals = new Literals(k, masks);
  const outputs = [k.variable(sums), ...(offsets === undefined ? [] : [k.variable(offsets)])];
  k.loop(0, k.lanes, 1, () => {
    const transposed = k.variable(p.buffer);
    eachChunk(k, p.length, (first) => {
      const from = k.variable(k.offset(row, k.mul(first, blockBytes)));
      k.prefetchLines({ base: from, disp: PREFETCH_BYTES }, k.lanes * blockBytes, "second");
      const [to, offsetsTo] = outputs.map((output) => k.variable(k.offset(output, k.shl(first, 2))));
      const tile = new ChunkTile(k, type, transposed, to, offsetsTo);
      const fields = new FileFields(k, type, constantRows(from, blockBytes));
      const block = new PackedBlock(k, type, fields, p.grid, { literals });
      const codes = runOfBlock(block, 0);
      if (areNibbles) tile.addNibbles(codes, block);
      else tile.add(0, codes);
      k.advance(transposed, chunkBytes(k, layoutOf(type, k.target)));
    });
    k.advance(row, k.mul(p.length, blockBytes));
    for (const output of outputs) k.advance(output, k.shl(p.length, 2));
  });
}

/** Adds the sums of all blocks, a lane for each row. */
function total(
  k: KernelBuilder,
  type: QuantisedType,
  p: RowByRow,
  { sums, offsets }: Results,
): Variable<"f32v"> {
  const { runBytes, shift } = layoutOf(type, k.target);
  const rowsAt = (first: Variable<"ptr">, like?: MovingRows) =>
    new MovingRows(k, first, k.shl(p.length, 2), k.lanes, like);
  const rowsOfSums = rowsAt(sums);
  const arrays = [rowsOfSums, ...(offsets === undefined ? [] : [rowsAt(offsets, rowsOfSums)])];
  const x = k.variable(p.x);
  const result = k.variable(k.constant("f32v", 0));
  k.loop(0, p.length, TOGETHER, () => {
    const [products, added] = arrays.map((rows) => wordsOf(k, rows, 0).map((word) => k.as("f32v", word)));
    products.forEach((product, i) => {
      addScaled(k, type, result, { product, offset: added?.[i] }, (field) =>
        k.broadcastF32({ base: x, disp: runBytes * i + field + shift }),
      );
    });
    for (const rows of arrays) rows.advance(4 * TOGETHER);
    k.advance(x, TOGETHER * runBytes);
  });
  return result;
}

/** The products of a complete group, a lane for each row. */
export function multiplyRowByRow(
  k: KernelBuilder,
  type: QuantisedType,
  p: RowByRow,
  ready: AddressOperand,
): Variable<"f32v"> {
  const layout = layoutOf(type, k.target);
  once(k, ready, () => transposeActivations(k, layout, p));
  const chunks = k.div(k.add(p.length, k.lanes - 1), k.lanes);
  const sums = k.variable(k.offset(p.buffer, k.mul(chunks, chunkBytes(k, layout))));
  const offsets =
    sumArrays(type) === 1 ? undefined : k.variable(k.offset(sums, k.mul(p.length, 4 * k.lanes)));
  addRows(k, type, p, { sums, offsets });
  return total(k, type, p, { sums, offsets });
}
