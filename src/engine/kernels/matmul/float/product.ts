/**
 * matmul_f32, matmul_f16, matmul_bf16: x · Wᵀ for float weights. Activations stay f32; only the sums are rounded. Native
 * targets multiply most weights as they are in the file (rows.ts). What follows is for WebAssembly, and for weights with few
 * rows or an odd number of columns.
 *
 *     out[t][r] = Σ_chunks ( Σ_{c in chunk} x[t][c] · W[r][c] )
 *
 * Columns are summed in chunks of 256: in order within a chunk, with fused multiply-add if the target has it, and then
 * the chunk's sum is added to the total. Short chunks keep the rounding error of long rows small (it grows with the
 * length of a plain sum), and a chunk of a tile stays in the first-level cache. At the end the product is stored, or added to
 * the output.
 *
 * WebAssembly has no instruction that reads 16-bit floats. For many tokens it first widens a panel to F32.
 *
 * Tolerance against the reference (f64 sums): measured NMSE 1e-13 from 256 to 5632 columns.
 */

import type { Node } from "../../../graph/graph.ts";
import type { MatmulPrecision } from "../../../graph/ops/matmul-precision.ts";
import { type Arguments, type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Operand, Value } from "../../../jit/language/core.ts";
import type { Target } from "../../../jit/target.ts";
import { input, int, kernelRow, type Launch, output } from "../../launch.ts";
import { multipliesIn } from "../precisions.ts";
import { FLOAT_TYPES, weightPacking } from "./panels.ts";
import { type FloatVariant, oneForVariant, rowsArguments, rowsKernelsFor } from "./rows-product.ts";
import { readsRows } from "./rows-sizes.ts";
import { forEachPanel, type PanelPart, TASK_PARAMETERS, taskArguments } from "./tasks.ts";
import { storeTile, tile, tileSizes } from "./tile.ts";

const PARAMETERS = { x: "ptr", out: "ptr", ...TASK_PARAMETERS } as const;

type P = Arguments<typeof PARAMETERS>;

/** Stores the totals of some tokens. */
function store(
  k: KernelBuilder,
  p: P,
  adds: boolean,
  of: {
    readonly token: Operand<"int">;
    readonly tokens: number;
    readonly row: Value<"int">;
    readonly totals: Operand<"ptr">;
  },
): void {
  storeTile(k, of.tokens, of.totals, {
    at: k.offset(p.out, k.shl(k.add(k.mul(of.token, p.rows), of.row), 2)),
    rowBytes: k.shl(p.rows, 2),
    left: k.sub(p.rows, of.row),
    adds,
  });
}

/** Multiplies one panel with a range of tokens, tile by tile, largest tiles first. */
function panelTimesTokens(
  k: KernelBuilder,
  { type, columns, adds }: FloatVariant,
  p: P,
  of: PanelPart,
): void {
  const token = k.variable(of.first());
  for (const tokens of tileSizes(k.target)) {
    k.while(
      () => k.is(token, "<=", k.sub(of.end(), tokens)),
      () => {
        const weights = k.variable(of.panel);
        const x = k.variable(k.offset(p.x, k.mul(token, 4 * columns)));
        tile(k, type, columns, tokens, { weights, x }, of.totals);
        store(k, p, adds, { ...of, token, tokens });
        token.set(k.add(token, tokens));
      },
    );
  }
}

function matmulKernel(variant: FloatVariant): Kernel {
  const { type, columns, adds } = variant;
  const name = `matmul_${type.dtype.toLowerCase()}_${columns}${adds ? "_add" : ""}`;
  return kernel(name, PARAMETERS, (k, p) => {
    forEachPanel(k, type, columns, p, (of, part) => panelTimesTokens(k, { ...variant, type: of }, p, part));
  }) as unknown as Kernel;
}

const kernelFor = oneForVariant(matmulKernel);

/** True if the target multiplies activations in bf16 with a weight of this shape in the file's layout. */
export function multipliesRounded(rows: number, columns: number, target: Target): boolean {
  return multipliesIn("bf16", target) && readsRows(rows, columns, target);
}

/** The launch of a product with a bound float weight; undefined for other types. */
function launchOf(node: Node, target: Target): Launch | undefined {
  const [x, weight, onto] = node.inputs;
  const type = FLOAT_TYPES.get(weight.dtype);
  if (type === undefined || weight.leaf?.kind !== "param") return undefined;
  const [rows, columns] = weight.shape as readonly number[];
  const precision: MatmulPrecision = x.dtype === "BF16" ? "bf16" : "f32";
  if (precision === "bf16" && !multipliesRounded(rows, columns, target)) return undefined;
  const adds = onto !== undefined;
  if (readsRows(rows, columns, target)) {
    const variant = { type, columns, precision, adds };
    return {
      ...rowsKernelsFor(variant),
      arguments: { ...rowsArguments(rows, variant, target), tokens: int(node.shape[0]) },
    };
  }
  return {
    kernel: kernelFor({ type, columns, precision: "f32", adds }),
    arguments: {
      x: input(0),
      weight: input(1),
      out: output,
      tokens: int(node.shape[0]),
      rows: int(rows),
      ...taskArguments(type, columns, target),
    },
  };
}

/** x · Wᵀ with a bound float weight W, read from packed panels, perhaps added to a matrix. */
export const FLOAT_ROW = kernelRow({
  op: "matmul",
  launch(node, target) {
    const { form, precision } = node.attributes;
    // Activations in f32 that are still to be rounded are left to dense products.
    if (form !== "NT" || (precision === "bf16" && node.inputs[0].dtype === "F32")) return undefined;
    return launchOf(node, target);
  },
  packing(node, target) {
    const [rows, columns] = node.inputs[1].shape as readonly number[];
    return readsRows(rows, columns, target) ? undefined : weightPacking(node, target);
  },
});
