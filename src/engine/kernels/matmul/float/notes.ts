/** Integers that a task keeps in its thread's working memory, because registers have no room for them. */
import type { KernelBuilder } from "../../../jit/builder.ts";
import type { Operand } from "../../../jit/language/core.ts";

/** @param disp bytes from `base` to the first note; each takes 8. */
export function notesAt<Name extends string>(
  k: KernelBuilder,
  names: readonly Name[],
  { base, disp }: { readonly base: Operand<"ptr">; readonly disp: number },
) {
  const place = (name: Name) => ({ base, disp: disp + 8 * names.indexOf(name) });
  return {
    write: (name: Name, value: Operand<"int">) => k.storeInt("i64", place(name), value),
    read: (name: Name) => k.loadInt("i64", place(name)),
  };
}
