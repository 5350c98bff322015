/** The quantisation that a GGUF file's name states: `model.Q4_K_M.gguf`, `model-q4_0-00001-of-00002.gguf`. */
import { parseShardName } from "../../formats/gguf/index.ts";

const LABEL =
  /(?:^|[-._/])((?:UD-)?(?:I?Q\d{1,2}(?:_[0-9A-Z]{1,4}){0,4}|TQ\d_\d|MXFP4(?:_MOE)?|BF16|FP?16|FP?32))(?=[-._/]|$)/gi;

/** Upper case; undefined if the name states none. The last one counts: names of models may look like one. */
export function quantisationOf(name: string): string | undefined {
  const stem = parseShardName(name)?.prefix ?? name.replace(/\.gguf$/i, "");
  const found = [...stem.matchAll(LABEL)].at(-1)?.[1].toUpperCase();
  return found?.replace(/^FP/, "F");
}
