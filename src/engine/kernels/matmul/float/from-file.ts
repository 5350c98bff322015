/**
 * one_token_<type>: the products of one token with a panel of rows in the file's layout, in strips of a cache line of each
 * row: a strip is packed into a buffer, which stays in the first-level cache, and multiplied from there. So memory is read
 * all the time, not only while a whole panel is packed.
 *
 * Columns are added in the order of the product with packed weights, so results are the same, bit for bit.
 */
import { type Kernel, type KernelBuilder, kernel } from "../../../jit/builder.ts";
import type { Value } from "../../../jit/language/core.ts";
import { callWith, oneForEach } from "../../launch.ts";
import { GROUP, type GroupInWeight, type OwnMemory, placeIn } from "../layout/file-layout.ts";
import { MovingRows } from "../layout/transpose.ts";
import { type FloatType, PANEL_VECTORS, packStep, panelRows, stepColumns } from "./panels.ts";
import { CHUNK, columnsOf } from "./tile.ts";

/**
 * `source`: the panel in the file; `columns`: of a row, whole strips; `x`: the token's activations; `buffer`: room for a
 * strip; `sums`: one f32 for each row.
 */
const PARAMETERS = {
  source: "ptr",
  columns: "int",
  x: "ptr",
  buffer: "ptr",
  sums: "ptr",
} as const;

/** The kernel takes rows of whole strips only. */
export const hasWholeStrips = (type: FloatType, columns: number): boolean =>
  columns % stepColumns(type) === 0;

function oneTokenKernel(type: FloatType): Kernel<typeof PARAMETERS> {
  return kernel(`one_token_${type.dtype.toLowerCase()}`, PARAMETERS, (k, p) => {
    const step = stepColumns(type);
    const panelBytes = type.bytes * panelRows(k);
    const rows = new MovingRows(k, p.source, k.mul(p.columns, type.bytes), panelRows(k));
    const ahead = k.variable(k.offset(p.source, k.mul(p.columns, panelBytes)));
    const x = k.variable(p.x);
    const totals = Array.from({ length: PANEL_VECTORS }, () => k.variable(k.constant("f32v", 0)));
    k.loop(0, p.columns, CHUNK, (column) => {
      const sums = totals.map(() => k.variable(k.constant("f32v", 0)));
      k.loop(0, k.min(k.sub(p.columns, column), CHUNK), step, () => {
        for (let line = 0; line < step * panelBytes; line += 64)
          k.prefetch({ base: ahead, disp: line }, "second");
        k.advance(ahead, step * panelBytes);
        packStep(k, type, rows, p.buffer);
        rows.advance(type.bytes * step);
        const weights = k.variable(p.buffer);
        k.loop(0, step, 8, () => columnsOf(k, type, 0, [sums], { weights, x }, 8, false));
      });
      totals.forEach((total, v) => {
        total.set(k.add(sums[v], total));
      });
    });
    totals.forEach((total, v) => {
      k.store({ base: p.sums, disp: 4 * k.lanes * v }, total);
    });
  });
}

export const oneTokenOf = oneForEach(oneTokenKernel);

/**
 * Multiplies a complete panel in the file's layout with one token.
 * @param address of the kernel. @param own working memory of this thread.
 */
export function multiplyOneToken(
  k: KernelBuilder,
  type: FloatType,
  address: Value<"ptr">,
  own: OwnMemory,
  of: { readonly group: GroupInWeight; readonly x: () => Value<"ptr">; readonly sums: Value<"ptr"> },
): void {
  const place = (byte: number) => placeIn(k, own, byte);
  callWith(k, oneTokenOf(type), address, place(0), {
    source: of.group.at,
    columns: () => k.constant("int", of.group.length),
    x: of.x,
    buffer: () => place(GROUP),
    sums: () => of.sums,
  });
}
