/** How the forms of a product read their operands: which index runs along memory. */
import type { MatmulForm } from "../../../graph/ops/matmul.ts";

export interface FormLayout {
  /** First operand: [rows][depth], so that a row's terms lie side by side; or [depth][rows]. */
  readonly first: "rows" | "depth";
  /** Second operand: [columns][depth], as weights lie; or [depth][columns]. */
  readonly second: "columns" | "depth";
}

export const FORM_LAYOUTS: Readonly<Record<MatmulForm, FormLayout>> = {
  NN: { first: "rows", second: "depth" },
  NT: { first: "rows", second: "columns" },
  TN: { first: "depth", second: "depth" },
};
