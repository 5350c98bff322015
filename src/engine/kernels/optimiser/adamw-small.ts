/**
 * adamw_small: a task is one block of 256 elements. The first pass decodes the moments, updates them and the weights, and
 * keeps the new moments as floats; the second encodes them with their largest magnitudes. Weights within 1e-6 of the
 * reference relative to the step; codes within one.
 */

import { HASH_BITS } from "../../graph/ops/dropout.ts";
import {
  LEAST_MOMENT,
  MOMENT_BLOCK,
  MOMENT_BLOCK_BYTES,
  MOST_CODE,
  momentStreams,
} from "../../graph/ops/small-moments.ts";
import { type Arguments, type KernelBuilder, kernel } from "../../jit/builder.ts";
import type { Value, Variable } from "../../jit/language/core.ts";
import { matrixSize } from "../elementwise/elementwise.ts";
import { hashLanes, laneNumbers, lanesFromZero } from "../lanes.ts";
import { forEachTask, input, int, type KernelRow, kernelRow, scratch, scratchOf } from "../launch.ts";
import { ADAMW_PARAMETERS, adamwArguments, adamwStep, readFactor } from "./adamw-step.ts";

const PARAMETERS = {
  ...ADAMW_PARAMETERS,
  seed: "ptr",
  scratch: "ptr",
  firstStream: "int",
  secondStream: "int",
} as const;
type P = Arguments<typeof PARAMETERS>;

/** Working memory of a thread: the new moments of a block as floats. */
const SCRATCH_BYTES = 2 * 4 * MOMENT_BLOCK;
/** Offset of a block's scale. */
const SCALE = MOMENT_BLOCK;

/** One block of a task. */
interface Block {
  readonly first: Variable<"ptr">;
  readonly second: Variable<"ptr">;
  /** New moments as floats: first, then second. */
  readonly own: Value<"ptr">;
  /** Number of the block's first element, and of its elements. */
  readonly start: Value<"int">;
  readonly count: Value<"int">;
}

/** Updates weights and moments. Returns the largest magnitudes of both moments. */
function updateBlock(k: KernelBuilder, p: P, block: Block): readonly Variable<"f32v">[] {
  const bytes = k.shl(block.start, 2);
  const [weights, gradient] = [p.weights, p.gradient].map((base) => k.variable(k.offset(base, bytes)));
  const most = [0, 1].map(() => k.variable(k.constant("f32v", 0)));
  const scales = [block.first, block.second].map((moments) =>
    k.variable(k.broadcastF32({ base: moments, disp: SCALE })),
  );
  /** scale · c · |c|³ / 127⁴ */
  const decoded = (which: 0 | 1, index: Value<"int">, mask: Value<"mask"> | undefined): Value<"f32v"> => {
    const base = which === 0 ? block.first : block.second;
    const code = k.mul(k.toF32(k.loadIntegers("i8", { base, index, scale: 1 }, { mask })), 1 / MOST_CODE);
    const square = k.mul(code, code);
    return k.mul(k.mul(k.mul(square, code), k.abs(code)), scales[which]);
  };
  k.vectorLoop(block.count, (index, mask) => {
    const w = k.load("f32v", { base: weights, index, scale: 4 }, { mask });
    const g = k.mul(k.load("f32v", { base: gradient, index, scale: 4 }, { mask }), k.broadcastF32(p.factor));
    const made = adamwStep(
      k,
      { weights: w, gradient: g, first: decoded(0, index, mask), second: decoded(1, index, mask) },
      readFactor(k, p),
    );
    k.store({ base: weights, index, scale: 4 }, made.weights, { mask });
    [made.first, made.second].forEach((moment, i) => {
      k.store({ base: block.own, index, scale: 4, disp: 4 * MOMENT_BLOCK * i }, moment, { mask });
      // Lanes beyond the last element hold zeros: masked loads give them.
      most[i].set(k.max(k.abs(moment), most[i]));
    });
  });
  return most;
}

/** Writes the codes and the scale of one of the moments. @param least code of magnitudes above 0. */
function encodeBlock(
  k: KernelBuilder,
  block: Block,
  of: { readonly which: 0 | 1; readonly most: Variable<"f32v">; readonly least: 0 | 1 },
  chanceOf: (index: Value<"int">) => Value<"f32v">,
): void {
  const to = of.which === 0 ? block.first : block.second;
  const largest = k.reduceMax(of.most);
  const scale = k.variable(k.constant("f32", 0));
  const inverse = k.variable(k.constant("f32", 0));
  k.if(k.is(largest, ">=", k.constant("f32", LEAST_MOMENT)), () => {
    scale.set(largest);
    inverse.set(k.div(k.constant("f32", 1), largest));
  });
  k.storeF32({ base: to, disp: SCALE }, scale);
  const factor = k.variable(k.splat(inverse));
  k.vectorLoop(block.count, (index, mask) => {
    const at = { base: block.own, index, scale: 4, disp: 4 * MOMENT_BLOCK * of.which } as const;
    const moment = k.load("f32v", at, { mask });
    const magnitude = k.mul(k.abs(moment), factor);
    const exact = k.mul(k.sqrt(k.sqrt(magnitude)), MOST_CODE);
    const rounded = k.toI32(k.sub(k.add(exact, chanceOf(index)), 0.5));
    const code = k.max(k.min(rounded, MOST_CODE), of.least);
    const signed = k.select(k.compare(moment, "<", 0), k.sub(k.constant("i32v", 0), code), code);
    const some = k.select(k.compare(magnitude, ">", 0), signed, 0);
    k.storeIntegers("i8", { base: to, index, scale: 1 }, some, { mask });
  });
}

const KERNEL = kernel("adamw_small", PARAMETERS, (k, p) => {
  const factor = k.loadInt("i32", p.factor);
  k.if(k.is(factor, "!=", 0), () => {
    const own = scratchOf(k, p.tasks, p.scratch, SCRATCH_BYTES);
    const total = k.mul(p.rows, p.columns);
    const fromZero = lanesFromZero(k);
    forEachTask(k, p.tasks, k.div(k.add(total, MOMENT_BLOCK - 1), MOMENT_BLOCK), (task) => {
      const start = k.mul(task, MOMENT_BLOCK);
      const bytes = k.mul(task, MOMENT_BLOCK_BYTES);
      const count = k.min(k.sub(k.mul(p.rows, p.columns), start), MOMENT_BLOCK);
      const [first, second] = [p.first, p.second].map((base) => k.variable(k.offset(base, bytes)));
      const block: Block = { first, second, own, start, count };
      const [mostFirst, mostSecond] = updateBlock(k, p, block);
      const seed = k.variable(k.splat(k.loadInt("i32", p.seed)));
      const chance = (of: Value<"int">) => {
        const stream = k.variable(k.splat(of));
        return (index: Value<"int">): Value<"f32v"> => {
          const number = laneNumbers(k, k.add(start, index), fromZero);
          return k.mul(k.toF32(hashLanes(k, number, seed, stream)), 2 ** -HASH_BITS);
        };
      };
      encodeBlock(k, block, { which: 0, most: mostFirst, least: 0 }, chance(p.firstStream));
      encodeBlock(k, block, { which: 1, most: mostSecond, least: 1 }, chance(p.secondStream));
    });
  });
});

export const ADAMW_SMALL_ROW: KernelRow = kernelRow({
  op: "adamw_small",
  launch(node) {
    const [weights, , , gradient] = node.inputs;
    if (weights.dtype !== "F32" || gradient.dtype !== "F32" || node.shape.length > 2) return undefined;
    const [firstStream, secondStream] = momentStreams(node.attributes.application);
    return {
      kernel: KERNEL,
      arguments: {
        ...adamwArguments(node.attributes),
        ...matrixSize(node),
        seed: input(6),
        scratch: scratch(SCRATCH_BYTES),
        firstStream: int(firstStream),
        secondStream: int(secondStream),
      },
    };
  },
});
