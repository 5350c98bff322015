/** matmul_<type>_<columns>_rows: x · Wᵀ with the weight's rows as they are in the file (rows.ts). */
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { input, int, type KernelArgument, type Launch, output, scratch, scratchOf } from "../../launch.ts";
import { forEachGroup, GROUP_TASK_PARAMETERS, groupTaskArguments } from "../group-tasks.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import type { FloatType } from "./panels.ts";
import { multiplyOne, multiplyRange } from "./rows.ts";
import { blockBytes, groupRows, rowsScratchBytes, tokensPerRange } from "./rows-sizes.ts";
import type { GroupOfRows } from "./rows-tile.ts";

const PARAMETERS = { x: "ptr", weight: "ptr", out: "ptr", scratch: "ptr", ...GROUP_TASK_PARAMETERS } as const;

type P = Arguments<typeof PARAMETERS>;

/** What distinguishes the kernels of products with float weights. */
export interface FloatVariant {
  readonly type: FloatType;
  readonly columns: number;
  readonly precision: MatmulPrecision;
  /** True if the product is added to the output. */
  readonly adds: boolean;
}

/** Moves every lane to the one before it. */
const nextLanes = (lanes: number): number[] => Array.from({ length: lanes }, (_, lane) => (lane + 1) % lanes);

/** A group. The last one begins early enough to be complete; its rows that belong to the one before are not stored. */
function groupOf(
  k: KernelBuilder,
  { type, columns, precision, adds }: FloatVariant,
  p: P,
  group: Value<"int">,
): GroupOfRows {
  const height = groupRows(k.target);
  const first = () => k.min(k.mul(group, height), k.sub(p.rows, height));
  const outOf = (token: Operand<"int">) => k.offset(p.out, k.shl(k.add(k.mul(token, p.rows), first()), 2));
  return {
    type,
    precision,
    columns,
    weights: () => k.offset(p.weight, k.mul(first(), columns * type.bytes)),
    x: (token: Operand<"int">) => k.offset(p.x, k.mul(token, ARITHMETIC[precision].xBytes * columns)),
    isPartial: () => k.is(first(), "<", k.mul(group, height)),
    storeWhole(token, ofTokens) {
      const mask = k.firstLanes(k.constant("int", height));
      const at = k.variable(outOf(token));
      ofTokens.forEach((sums, i) => {
        if (i > 0) k.advance(at, k.shl(p.rows, 2));
        k.store(at, adds ? k.add(sums, k.load("f32v", at, { mask })) : sums, { mask });
      });
    },
    storeOwn(token, sums) {
      const own = k.mul(group, height);
      const place = first();
      const at = k.variable(outOf(token));
      const each = k.variable(sums);
      for (let i = 0; i < height; i++) {
        k.if(k.is(k.add(place, i), ">=", own), () => {
          const to = { base: at, disp: 4 * i };
          const sum = k.lane0(each);
          k.storeF32(to, adds ? k.add(sum, k.loadF32(to)) : sum);
        });
        each.set(k.permute(each, nextLanes(k.lanes)));
      }
    },
  };
}

/** @param isShort true: tokens are multiplied one by one. */
function rowsKernel(variant: FloatVariant, isShort: boolean): Kernel {
  const { type, columns, precision, adds } = variant;
  const suffixes = [adds ? "_add" : "", precision === "bf16" ? "_bf16" : "", isShort ? "_few" : ""];
  const name = `matmul_${type.dtype.toLowerCase()}_${columns}_rows${suffixes.join("")}`;
  return kernel(name, PARAMETERS, (k, p) => {
    const memory = scratchOf(k, p.tasks, p.scratch, rowsScratchBytes(columns, precision, k.target));
    const own = { block: memory, partials: () => k.offset(memory, k.constant("int", blockBytes(k.target))) };
    const nothing = (): void => {};
    forEachGroup(k, p, groupRows(k.target), nothing, (number, first, end) => {
      const group = groupOf(k, variant, p, number);
      if (isShort) k.loop(first, end, 1, (token) => multiplyOne(k, group, token, own));
      else
        k.if(
          k.is(k.sub(end, first), "==", 1),
          () => multiplyOne(k, group, first, own),
          () => multiplyRange(k, group, first, end, own),
        );
    });
  }) as unknown as Kernel;
}

/** A function that makes one kernel for each variant, at the first use. */
export function oneForVariant(make: (variant: FloatVariant) => Kernel): (variant: FloatVariant) => Kernel {
  const kernels = new Map<string, Kernel>();
  return (variant) => {
    const { type, columns, precision, adds } = variant;
    const key = `${type.dtype} ${columns} ${precision} ${adds}`;
    const found = kernels.get(key) ?? make(variant);
    kernels.set(key, found);
    return found;
  };
}

const longFor = oneForVariant((variant) => rowsKernel(variant, false));
const shortFor = oneForVariant((variant) => rowsKernel(variant, true));

/** Most tokens that are multiplied one by one. */
const SHORT_TOKENS = 2;

/** The kernel for a variant, and its short form. */
export function rowsKernelsFor(variant: FloatVariant): Pick<Launch, "kernel" | "short"> {
  return {
    kernel: longFor(variant),
    short: [{ kernel: shortFor(variant), tokens: [1, SHORT_TOKENS], fast: [1, 1] }],
  };
}

/** Values of the arguments, but for the number of tokens. */
export const rowsArguments = (rows: number, { columns, precision }: FloatVariant, target: Target) =>
  ({
    x: input(0),
    weight: input(1),
    out: output,
    scratch: scratch(rowsScratchBytes(columns, precision, target)),
    ...groupTaskArguments(rows, groupRows(target)),
    rows: int(rows),
    tokensPerTask: int(tokensPerRange(columns, precision)),
  }) as const satisfies Record<string, KernelArgument>;
