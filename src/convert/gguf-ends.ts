/** The ids that end a text, where GGUF has keys for them: one end of text, one of a turn, one of a message. */
import { type GgufValue, ggufValue } from "../formats/gguf/index.ts";

const KEYS = ["eos", "eot", "eom"].map((name) => `tokenizer.ggml.${name}_token_id`);

/**
 * Adds keys for ends that a reader of the vocabulary would not know.
 * @param ends all of the model, in order.
 * @param known those that the vocabulary tells by itself.
 * @returns the ends for which no key was free.
 */
export function addGgufEnds(
  metadata: Map<string, GgufValue>,
  ends: readonly number[],
  known: readonly number[],
): number[] {
  const written = KEYS.map((key) => metadata.get(key)?.value);
  const missing = ends.filter((id) => !known.includes(id) && !written.includes(id));
  for (const key of KEYS) {
    if (metadata.has(key)) continue;
    const id = missing.shift();
    if (id !== undefined) metadata.set(key, ggufValue.u32(id));
  }
  return missing;
}
