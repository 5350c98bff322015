/**
 * Special tokens of a tokenizer.json: from its settings, from the post-processor's template, by common names.
 */
import { flatten } from "./hf-pretokenizers.ts";
import { classAddsBos, tokenText } from "./hf-settings.ts";
import { defined, type JsonObject, type JsonReader } from "./json-value.ts";
import type { Vocabulary } from "./vocabulary.ts";

export type SpecialIds = Pick<
  Vocabulary,
  "bosId" | "eosId" | "unkId" | "padId" | "addBos" | "addEos" | "bosIds"
>;

/** For a tokenizer.json without a tokenizer_config.json. */
const USUAL = {
  bos: ["<s>", "<|begin_of_text|>", "<|startoftext|>", "<bos>"],
  eos: ["</s>", "<|end_of_text|>", "<|endoftext|>", "<eos>"],
  pad: ["<pad>", "<|finetune_right_pad_id|>"],
} as const;

/**
 * @param unkId the unknown token's id in the model.
 * @throws FormatError for an invalid template.
 */
export function specialIds(
  json: JsonReader,
  document: JsonObject,
  settings: JsonObject,
  pieces: readonly string[],
  unkId: number | undefined,
): SpecialIds {
  const idOf = (text: string | undefined): number | undefined => {
    const id = text === undefined ? -1 : pieces.indexOf(text);
    return id < 0 ? undefined : id;
  };
  const named = (key: "bos" | "eos" | "pad"): number | undefined => {
    const value = settings[`${key}_token`];
    if (value !== undefined) return idOf(tokenText(value));
    return USUAL[key].map(idOf).find((id) => id !== undefined);
  };
  const template = singleTemplate(json, document);
  const text = template?.indexOf("") ?? -1;
  const front = (template ?? [])
    .slice(0, Math.max(0, text))
    .map(idOf)
    .filter((id) => id !== undefined);
  const last = text < 0 ? undefined : idOf(template?.slice(text + 1).at(-1));
  const [givenBos, eosId, padId] = [named("bos"), named("eos"), named("pad")];
  const ruled =
    settings.add_bos_token ?? (template === undefined ? classAddsBos(settings) : front.length > 0);
  const addBos = ruled === true;
  // The template determines the prepended tokens, whatever the settings call BOS.
  const bosId = addBos && front.length > 0 ? front[0] : givenBos;
  const addEos = settings.add_eos_token ?? (last !== undefined && last === eosId);
  return {
    ...defined({ bosId, eosId, padId, unkId: unkId ?? idOf(tokenText(settings.unk_token)) }),
    ...(addBos && front.length > 1 ? { bosIds: front } : {}),
    addBos: addBos && bosId !== undefined,
    addEos: addEos === true && eosId !== undefined,
  };
}

/**
 * The post-processor's template for one text: special tokens by name, the text itself as "". Undefined if
 * there is none.
 */
function singleTemplate(json: JsonReader, document: JsonObject): string[] | undefined {
  for (const component of flatten(json, document.post_processor, "processors", "post_processor")) {
    if (component.type !== "TemplateProcessing") continue;
    return json.list(component.single, "single").map((entry) => {
      const special = json.object(entry, "single").SpecialToken;
      return special === undefined
        ? ""
        : json.string(json.object(special, "SpecialToken").id, "SpecialToken");
    });
  }
  return undefined;
}
