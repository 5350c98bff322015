/**
 * vocab.json and merges.txt: the two files of GPT-2's tokenizer, as slow tokenizers of transformers still
 * save them. They do not specify how text is split into words; the class in tokenizer_config.json does.
 */
import { UnsupportedError } from "../base/errors.ts";
import { vocabularyOfDocument } from "./hf-json.ts";
import { componentsOfPre } from "./hf-pretokenizers.ts";
import { type HfFiles, readHfSettings } from "./hf-settings.ts";
import { type JsonObject, JsonReader, shown } from "./json-value.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** The pre-tokeniser and the normal form of transformers' classes. */
const CLASSES: Readonly<Record<string, { readonly pre: string; readonly form?: string }>> = {
  GPT2Tokenizer: { pre: "gpt-2" },
  GPT2TokenizerFast: { pre: "gpt-2" },
  RobertaTokenizer: { pre: "gpt-2" },
  CodeGenTokenizer: { pre: "gpt-2" },
  Qwen2Tokenizer: { pre: "qwen2", form: "NFC" },
  Qwen2TokenizerFast: { pre: "qwen2", form: "NFC" },
};
const DEFAULT_CLASS = "GPT2Tokenizer";

/** The lines of merges.txt: a version in the first, a pair in each. */
function mergeLines(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  const first = lines[0]?.startsWith("#version") ? 1 : 0;
  return lines.slice(first).filter((line) => line !== "");
}

/**
 * The vocabulary of these two files.
 * @param files the files next to them.
 * @throws FormatError, TokenizerError; UnsupportedError for a class whose pre-tokeniser is unknown.
 */
export function vocabularyFromMerges(
  vocab: Uint8Array,
  merges: Uint8Array,
  name: string,
  files: HfFiles,
): Vocabulary {
  const json = new JsonReader(name);
  const { keys } = readHfSettings(name, files);
  const type = keys.tokenizer_class ?? DEFAULT_CLASS;
  const rules = typeof type === "string" && Object.hasOwn(CLASSES, type) ? CLASSES[type] : undefined;
  if (rules === undefined) {
    throw new UnsupportedError({
      doing: `read the tokenizer "${name}"`,
      expected: `tokenizer_class to be one of ${Object.keys(CLASSES).join(", ")}`,
      found: shown(type, 80),
      fix: "save it as tokenizer.json: AutoTokenizer.from_pretrained(folder).save_pretrained(folder)",
    });
  }
  const document: JsonObject = {
    normalizer: rules.form === undefined ? null : { type: rules.form },
    pre_tokenizer: componentsOfPre({ pre: rules.pre, name }, keys.add_prefix_space === true),
    model: { type: "BPE", vocab: json.parse(vocab), merges: mergeLines(merges) },
  };
  return vocabularyOfDocument(json, document, name, files);
}
