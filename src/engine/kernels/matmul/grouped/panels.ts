/** Panels of a task of a grouped product, which are read once, piece by piece. */
import type { Arguments, KernelBuilder } from "../../../jit/builder.ts";
import type { Operand, Value, Variable } from "../../../jit/language/core.ts";
import { type FloatType, panelRows } from "../float/panels.ts";
import { endsAt, type Slots, widthOf } from "./gather.ts";
import { addSums, sumsOf, TILE_PARAMETERS, tileSizes } from "./tile.ts";

/** The arguments of a kernel that its panels need. */
export const PANEL_PARAMETERS = { ...TILE_PARAMETERS, weight: "ptr", columns: "int" } as const;

type PanelArguments = Arguments<typeof PANEL_PARAMETERS>;

/** The panels of a task. */
export interface Panels {
  readonly first: () => Operand<"int">;
  readonly end: () => Operand<"int">;
}

/** Calls `body` for each panel with its number and the part that begins at `part` in the first one. */
function eachPanel(
  k: KernelBuilder,
  type: FloatType,
  p: PanelArguments,
  panels: Panels,
  part: Operand<"ptr">,
  body: (weights: Variable<"ptr">, panel: Value<"int">) => void,
): void {
  const weights = k.variable(part);
  k.loop(panels.first(), panels.end(), 1, (panel) => {
    body(weights, panel);
    k.advance(weights, k.mul(p.columns, panelRows(k) * type.bytes));
  });
}

/** Prefetches a piece of the panels into the second-level cache: its parts are too short for the processor to do so. */
export function prefetchPiece(
  k: KernelBuilder,
  type: FloatType,
  p: PanelArguments,
  panels: Panels,
  part: Operand<"ptr">,
  piece: Operand<"int">,
): void {
  if (k.target.isa === "wasm") return;
  const columnBytes = panelRows(k) * type.bytes;
  const step = Math.ceil(64 / columnBytes);
  eachPanel(k, type, p, panels, part, (weights) => {
    const at = k.variable(weights);
    k.loop(0, widthOf(k, p.table, piece), step, () => {
      k.prefetchLines({ base: at, disp: 0 }, columnBytes, "second");
      k.advance(at, step * columnBytes);
    });
  });
}

/** Multiplies the panels with the gathered tokens, piece by piece. */
export function multiply(
  k: KernelBuilder,
  type: FloatType,
  p: PanelArguments,
  slots: Slots,
  panels: Panels,
): void {
  const height = panelRows(k);
  const slot = k.variable(k.constant("int", 0));
  const part = k.variable(firstPart(k, type, p, panels));
  k.loop(0, slots.pieces, 1, (piece) => {
    const end = () => k.loadInt("i64", { base: slots.base, index: piece, scale: 8, disp: endsAt });
    const next = () => k.offset(part, k.mul(widthOf(k, p.table, piece), height * type.bytes));
    k.if(k.is(piece, "<", slots.pieces - 1), () =>
      prefetchPiece(k, type, p, panels, next(), k.add(piece, 1)),
    );
    for (const tokens of tileSizes(k.target)) {
      k.while(
        () => k.is(slot, "<=", k.sub(end(), tokens)),
        () => {
          eachPanel(k, type, p, panels, part, (weights, panel) => {
            const place = { weights, piece, slot, row: () => k.mul(panel, height) };
            addSums(k, p, slots, sumsOf(k, type, p, slots, place, tokens), place);
          });
          slot.set(k.add(slot, tokens));
        },
      );
    }
    part.set(next());
  });
}

/** Where the first piece of the first panel begins. */
export const firstPart = (
  k: KernelBuilder,
  type: FloatType,
  p: PanelArguments,
  { first }: Panels,
): Value<"ptr"> => k.offset(p.weight, k.mul(k.mul(first(), p.columns), panelRows(k) * type.bytes));
