/**
 * The ids that end a text: one list, created once when a model is opened. Generation stops at them,
 * `ignoreEos` bans them, `show` prints them and conversion writes them. Sources: the configuration
 * (eos_token_id, or GGUF's keys), generation_config.json, and the vocabulary, which recognises the end
 * markers of chat templates by their text.
 */
import type { ModelConfig } from "../config/config.ts";
import type { JsonObject } from "../formats/hf/json.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

const MAX_ENDS = 256;

/** In the order of the sources, without duplicates; ids outside the vocabulary are dropped. */
export function endsOf(
  { eosIds, vocabSize }: Pick<ModelConfig, "eosIds" | "vocabSize">,
  generation: JsonObject | undefined,
  tokenizer: Pick<Tokenizer, "eogIds"> | undefined,
): number[] {
  const said = generation?.eos_token_id;
  const listed = Array.isArray(said) ? said : [said];
  const isId = (id: unknown): id is number => Number.isSafeInteger(id) && (id as number) >= 0;
  const all = [...eosIds, ...listed.filter(isId), ...(tokenizer?.eogIds ?? [])];
  return [...new Set(all)].filter((id) => id < vocabSize).slice(0, MAX_ENDS);
}
