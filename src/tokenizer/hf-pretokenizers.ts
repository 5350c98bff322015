/**
 * How tokenizer.json files describe the ways of cutting text in pretokenizers.ts. Their regular expressions come
 * from a file and could be made to run for ever, so they are never run: each is looked up here.
 */
import { UnsupportedError } from "../base/errors.ts";
import type { JsonObject, JsonReader } from "./json-value.ts";

/** One step, as far as it matters: a Split by its pattern, Digits, Punctuation, or ByteLevel with GPT-2's cut. */
export type Step =
  | { readonly kind: "split"; readonly pattern: string }
  | { readonly kind: "digits"; readonly individual: boolean }
  | { readonly kind: "punctuation" }
  | { readonly kind: "gpt2" };

const WORD_TAIL = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const FOLDED = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const LETTERS = "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";
const UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
const CASED_TAIL = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const LED = "[^\\r\\n\\p{L}\\p{N}]?";
const cased = (contraction: string, digits: string): string =>
  `${LED}${UPPER}*${LOWER}+${contraction}|${LED}${UPPER}+${LOWER}*${contraction}|${digits}${CASED_TAIL}`;

const split = (pattern: string): Step => ({ kind: "split", pattern });
const gpt2: Step = { kind: "gpt2" };
const GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** Names and their steps; where a name stands twice, the first is how it is written. */
const STEPS: readonly (readonly [string, readonly Step[]])[] = [
  ["gpt-2", [gpt2]],
  ["gpt-2", [split(GPT2_PATTERN)]],
  ["llama-bpe", [split(`${FOLDED}${LETTERS}\\p{N}{1,3}${WORD_TAIL}`)]],
  ["qwen2", [split(`${FOLDED}${LETTERS}\\p{N}${WORD_TAIL}`)]],
  ["starcoder", [{ kind: "digits", individual: true }, gpt2]],
  [
    "falcon",
    [{ kind: "punctuation" }, gpt2, { kind: "digits", individual: false }, split("[0-9][0-9][0-9]")],
  ],
  ["gpt-4o", [split(cased(`${FOLDED}?`, "\\p{N}{1,3}"))]],
  ["tekken", [split(cased("", "\\p{N}"))]],
  [
    "deepseek-v3",
    [
      split("\\p{N}{1,3}"),
      split("[一-龥\u3040-ゟ゠-ヿ]+"),
      split(
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      ),
    ],
  ],
  ["bloom", [split(" ?[^(\\s|[.,!?…。，、।۔،])]+")]],
];

/** Names in GGUF files for ways that are one of those above. */
const SAME_AS: Readonly<Record<string, string>> = {
  mpt: "gpt-2",
  olmo: "gpt-2",
  "phi-2": "gpt-2",
  llama3: "llama-bpe",
  "llama-v3": "llama-bpe",
  "smaug-bpe": "llama-bpe",
  dbrx: "llama-bpe",
  falcon3: "llama-bpe",
  pixtral: "llama-bpe",
  lfm2: "llama-bpe",
  "deepseek-r1-qwen": "qwen2",
  stablelm2: "qwen2",
  megrez: "qwen2",
  refact: "starcoder",
  "command-r": "starcoder",
  smollm: "starcoder",
  codeshell: "starcoder",
  llama4: "gpt-4o",
};

const keyOf = (steps: readonly Step[]): string => JSON.stringify(steps);
const NAME_OF_STEPS = new Map(STEPS.map(([name, steps]) => [keyOf(steps), name]));

function unsupported(file: string, what: string): UnsupportedError {
  return new UnsupportedError({
    doing: `read the pre_tokenizer of "${file}"`,
    found: what.slice(0, 300),
    fix: "this model's way of cutting text is not known to Cria",
  });
}

/** Members of a Sequence, and of those inside it; any other component alone; none for null. */
export function flatten(json: JsonReader, component: unknown, member: string, place: string): JsonObject[] {
  const flat: JsonObject[] = [];
  const rest: unknown[] = [component];
  for (let next = rest.pop(); rest.length > 0 || next !== undefined; next = rest.pop()) {
    if (next === null || next === undefined) continue;
    const object = json.object(next, place);
    if (object.type !== "Sequence") flat.push(object);
    else for (const inner of json.list(object[member], place).toReversed()) rest.push(inner);
  }
  return flat;
}

/**
 * The pre-tokeniser that these components of a byte-level tokenizer.json are.
 * @returns its name, and whether ByteLevel puts a space in front. Throws UnsupportedError naming what is unknown.
 */
export function preOfComponents(
  json: JsonReader,
  components: readonly JsonObject[],
  file: string,
): { pre: string; addSpacePrefix: boolean } {
  let addSpacePrefix = false;
  const steps: Step[] = [];
  for (const component of components) {
    if (component.type === "ByteLevel") {
      addSpacePrefix ||= json.flag(component.add_prefix_space, "add_prefix_space", true);
      if (json.flag(component.use_regex, "use_regex", true)) steps.push(gpt2);
    } else steps.push(stepOf(json, component, file));
  }
  const pre = NAME_OF_STEPS.get(keyOf(steps));
  if (pre !== undefined) return { pre, addSpacePrefix };
  throw unsupported(file, steps.length === 0 ? "no way to cut text" : `the steps ${keyOf(steps)}`);
}

function stepOf(json: JsonReader, component: JsonObject, file: string): Step {
  switch (component.type) {
    case "Split": {
      const pattern = json.object(component.pattern, "pattern");
      const removed = component.behavior === "Removed" && component.invert === true;
      const isolated = component.behavior === "Isolated" && component.invert !== true;
      if (!removed && !isolated)
        throw unsupported(file, `a Split with behavior ${JSON.stringify(component.behavior)}`);
      return split(json.string(pattern.Regex ?? pattern.String, "pattern"));
    }
    case "Digits":
      return {
        kind: "digits",
        individual: json.flag(component.individual_digits, "individual_digits", false),
      };
    case "Punctuation":
      return { kind: "punctuation" };
    default:
      throw unsupported(file, `the component ${JSON.stringify(component.type)}`);
  }
}

function componentOf(step: Step, addPrefixSpace: boolean): JsonObject {
  switch (step.kind) {
    case "split":
      return { type: "Split", pattern: { Regex: step.pattern }, behavior: "Isolated", invert: false };
    case "digits":
      return { type: "Digits", individual_digits: step.individual };
    case "punctuation":
      return { type: "Punctuation", behavior: "Contiguous" };
    default:
      return byteLevel(step.kind === "gpt2", addPrefixSpace);
  }
}

/** A ByteLevel component. */
export function byteLevel(useRegex: boolean, addPrefixSpace = false): JsonObject {
  return { type: "ByteLevel", add_prefix_space: addPrefixSpace, trim_offsets: true, use_regex: useRegex };
}

/** Whether tokenizer.json can describe the pre-tokeniser of this name. */
export function hasPreComponents(pre: string): boolean {
  return STEPS.some(([known]) => known === (SAME_AS[pre] ?? pre));
}

/** The pre_tokenizer of a tokenizer.json for a name. Throws UnsupportedError for names that have no such form. */
export function componentsOfPre(pre: string, file: string, addPrefixSpace: boolean): JsonObject {
  const name = SAME_AS[pre] ?? pre;
  const steps = STEPS.find(([known]) => known === name)?.[1];
  if (steps === undefined)
    throw unsupported(file, `the pre-tokeniser ${JSON.stringify(pre)} for a tokenizer.json`);
  const pretokenizers = steps.map((step) => componentOf(step, addPrefixSpace));
  if (!steps.some((step) => step.kind === "gpt2")) pretokenizers.push(byteLevel(false, addPrefixSpace));
  return pretokenizers.length === 1 ? pretokenizers[0] : { type: "Sequence", pretokenizers };
}
