/**
 * matmul_<type>: x · Wᵀ for quantised weights and 8-bit activations, with an optional residual.
 *
 *     out[t][r] = Σ_blocks scale · x_scale · Σ (code · q)  (+ residual[t][r])
 *
 * A task is a few groups of rows times a range of tokens. For few tokens codes are unpacked on the fly. For many
 * tokens a group is unpacked once into a panel, which stays in the first-level or second-level cache while vectors or
 * matrix tiles multiply it with the range.
 *
 * Tolerance against the reference: integer sums are exact, f32 rounds two or three times per run of 32 values and
 * once per addition. Measured NMSE: up to 1e-14 at 256 columns, 1.4e-13 at 5632. Every x86 target gives the same
 * bits, with tiles or without.
 */
import { dtypeInfo } from "../../../../base/dtypes.ts";
import type { Kernel } from "../../../jit/builder.ts";
import type { Target } from "../../../jit/target.ts";
import {
  constant,
  fileKernel,
  input,
  int,
  kernelRow,
  output,
  type ShortKernel,
  scratch,
} from "../../launch.ts";
import { groupTaskArguments } from "../group-tasks.ts";
import { readsFiles } from "../layout/file-layout.ts";
import { packerOf, packingOf } from "../layout/interleave.ts";
import { type Extent, rowsTogether, scratchLayout, tilesOf, tokensPerTask } from "./cut.ts";
import { oneTokenOf } from "./from-file.ts";
import { type ProductShape, productKernel } from "./kernel.ts";
import { tileShapes } from "./tile-amx.ts";
import type { QuantisedType } from "./types/block-type.ts";
import { quantisedTypeOf } from "./types/table.ts";

const kernels = new Map<string, Kernel>();

function kernelFor(shape: ProductShape): Kernel {
  const { type, columns, hasResidual, extent } = shape;
  const key = `${type.dtype} ${columns} ${hasResidual} ${extent}`;
  const found = kernels.get(key) ?? productKernel(shape);
  kernels.set(key, found);
  return found;
}

/** Most tokens that read a weight in the file's layout one by one. */
const FILE_TOKENS = 2;
/** Most multiplications of a product that a lean kernel computes: a millisecond's. */
const LEAN_PRODUCTS = 2 ** 28;

/** Fewest tokens with which the kernel for all is as fast as that for few. */
function fastFrom(type: QuantisedType, target: Target): number {
  const { fewTokens, manyTokens, panelTokens } = tilesOf(type, target);
  return fewTokens.length > 0 && manyTokens.length > 0 ? panelTokens : 1;
}

/** Kernels for few tokens: compiled sooner than that for all. */
function shortKernels(shape: Omit<ProductShape, "extent">, rows: number, target: Target): ShortKernel[] {
  const { type, columns } = shape;
  const of = (extent: Extent, facts: Omit<ShortKernel, "kernel">): ShortKernel => ({
    kernel: kernelFor({ ...shape, extent }),
    ...facts,
  });
  const short: ShortKernel[] = [];
  if (readsFiles(target) && rows % rowsTogether(target) === 0)
    short.push(of("file", { tokens: [1, FILE_TOKENS], fast: [1, 1], inFile: true, unused: ["packer"] }));
  short.push(of("lean", { tokens: [FILE_TOKENS + 1, Math.floor(LEAN_PRODUCTS / (rows * columns))] }));
  const { fewTokens, panelTokens } = tilesOf(type, target);
  if (fewTokens.length > 0) {
    const tokens = [1, panelTokens - 1] as const;
    short.push(of("few", { tokens, fast: tokens }));
  }
  return short;
}

export const QUANTISED_ROW = kernelRow({
  op: "matmul_q8",
  launch(node, target) {
    const [, weight, residual] = node.inputs;
    const { dtype, shape } = weight;
    const [rows, columns] = shape as readonly number[];
    const type = quantisedTypeOf(dtype, columns);
    if (type === undefined) return undefined;
    const blocks = columns / dtypeInfo(dtype).blockLength;
    const product = { type, columns, hasResidual: residual !== undefined };
    return {
      kernel: kernelFor({ ...product, extent: "all" }),
      short: shortKernels(product, rows, target),
      fastFrom: fastFrom(type, target),
      arguments: {
        x: input(0),
        weight: input(1),
        packer: fileKernel(packerOf(type)),
        oneToken: fileKernel(oneTokenOf(type, blocks, target), FILE_TOKENS),
        out: output,
        residual: residual === undefined ? output : input(2),
        scratch: scratch(scratchLayout(type, columns, target).bytes),
        shapes: constant(tileShapes(type)),
        grid: type.grid === undefined ? output : constant(type.grid.table),
        ...groupTaskArguments(rows, rowsTogether(target)),
        tokens: int(node.shape[0]),
        rows: int(rows),
        tokensPerTask: int(tokensPerTask(type, columns, target)),
      },
    };
  },
  packing(node, target) {
    const { dtype, shape } = node.inputs[1];
    const [rows, columns] = shape as readonly number[];
    const type = quantisedTypeOf(dtype, columns);
    if (type === undefined) return undefined;
    return packingOf(type, rows, columns, target);
  },
});
