/** What the parts of the attention kernel's generator share: its arguments, its plan, its memory. */

import type { Arguments, KernelBuilder } from "../../jit/builder.ts";
import type { Value } from "../../jit/language/core.ts";
import type { Cells } from "./cells.ts";
import type { AttentionPlan } from "./plan.ts";

export const PARAMETERS = {
  q: "ptr",
  keys: "ptr",
  values: "ptr",
  pageTable: "ptr",
  sequences: "ptr",
  positions: "ptr",
  out: "ptr",
  tasks: "ptr",
  scratch: "ptr",
  tokens: "int",
  records: "int",
  pages: "int",
  window: "int",
  scale: "f32",
} as const;

type P = Arguments<typeof PARAMETERS>;

export interface Site {
  readonly k: KernelBuilder;
  readonly p: P;
  readonly plan: AttentionPlan;
  readonly cells: Cells;
  /** This thread's working memory. */
  readonly memory: Value<"ptr">;
}
