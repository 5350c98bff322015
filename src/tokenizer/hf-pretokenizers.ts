/** The pre_tokenizer of byte-level tokenizer.json files: identifies the pre-tokeniser, and writes one. */
import { UnsupportedError } from "../base/errors.ts";
import { passesOfSteps } from "./cut-passes.ts";
import { keyOfSteps, type Step } from "./cut-steps.ts";
import { type JsonObject, type JsonReader, shown } from "./json-value.ts";
import { NAMED_STEPS, SAME_AS } from "./named-steps.ts";
import { PRETOKENIZERS } from "./pretokenizers.ts";
import type { Vocabulary } from "./vocabulary.ts";

const NAME_OF_STEPS = new Map(NAMED_STEPS.map(([name, steps]) => [keyOfSteps(steps), name]));

function unsupported(file: string, what: string): UnsupportedError {
  return new UnsupportedError({
    doing: `read the pre_tokenizer of "${file}"`,
    found: what.slice(0, 300),
    fix: "Cria does not know this model's pre-tokeniser",
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
 * Identifies the pre-tokeniser that these components of a byte-level tokenizer.json form.
 * @returns its name, its steps if it has no name or if they differ from those that GGUF's readers use under
 * that name, and whether ByteLevel prepends a space. Throws UnsupportedError that names the unknown part.
 */
export function preOfComponents(
  json: JsonReader,
  components: readonly JsonObject[],
  file: string,
): { pre?: string; cuts?: readonly Step[]; addSpacePrefix: boolean } {
  let addSpacePrefix = false;
  const steps: Step[] = [];
  for (const component of components) {
    if (component.type === "ByteLevel") {
      addSpacePrefix ||= json.flag(component.add_prefix_space, "add_prefix_space", true);
      if (json.flag(component.use_regex, "use_regex", true)) steps.push({ kind: "gpt2" });
    } else steps.push(stepOf(json, component, file));
  }
  const pre = NAME_OF_STEPS.get(keyOfSteps(steps));
  const passes = passesOfSteps(steps);
  if (pre !== undefined && (passes === undefined || samePasses(pre, passes))) return { pre, addSpacePrefix };
  if (passes === undefined || steps.length === 0)
    throw unsupported(
      file,
      steps.length === 0 ? "no steps that split text" : `the steps ${keyOfSteps(steps)}`,
    );
  return { ...(pre === undefined ? {} : { pre }), cuts: steps, addSpacePrefix };
}

/** Whether the name has the same passes; GGUF's readers split DeepSeek-LLM's digits differently. */
function samePasses(pre: string, passes: readonly unknown[]): boolean {
  return pre !== "deepseek-llm" || PRETOKENIZERS.get(pre)?.every((pass, i) => pass === passes[i]) === true;
}

function stepOf(json: JsonReader, component: JsonObject, file: string): Step {
  switch (component.type) {
    case "Split": {
      const pattern = json.object(component.pattern, "pattern");
      const removed = component.behavior === "Removed" && component.invert === true;
      const isolated = component.behavior === "Isolated" && component.invert !== true;
      if (!removed && !isolated)
        throw unsupported(file, `a Split with behavior ${shown(component.behavior)}`);
      if (pattern.Regex !== undefined)
        return { kind: "split", pattern: json.string(pattern.Regex, "pattern") };
      const text = json.string(pattern.String, "pattern");
      if (removed || text === "") throw unsupported(file, `a Split by ${shown(text)}`);
      return { kind: "literal", text };
    }
    case "Digits":
      return {
        kind: "digits",
        individual: json.flag(component.individual_digits, "individual_digits", false),
      };
    case "Punctuation": {
      const behavior = component.behavior ?? "Isolated";
      if (behavior !== "Isolated" && behavior !== "Contiguous")
        throw unsupported(file, `Punctuation with behavior ${shown(behavior)}`);
      return { kind: "punctuation", individual: behavior === "Isolated" };
    }
    default:
      throw unsupported(file, `the component ${shown(component.type)}`);
  }
}

function componentOf(step: Step, addPrefixSpace: boolean): JsonObject {
  switch (step.kind) {
    case "split":
      return { type: "Split", pattern: { Regex: step.pattern }, behavior: "Isolated", invert: false };
    case "digits":
      return { type: "Digits", individual_digits: step.individual };
    case "literal":
      return { type: "Split", pattern: { String: step.text }, behavior: "Isolated", invert: false };
    case "punctuation":
      return { type: "Punctuation", behavior: step.individual ? "Isolated" : "Contiguous" };
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
  return NAMED_STEPS.some(([known]) => known === (SAME_AS[pre] ?? pre));
}

/**
 * The pre_tokenizer of a tokenizer.json for a vocabulary. Throws UnsupportedError for names that
 * tokenizer.json cannot describe.
 */
export function componentsOfPre(
  { pre = "default", cuts, name: file }: Pick<Vocabulary, "pre" | "cuts" | "name">,
  addPrefixSpace: boolean,
): JsonObject {
  const name = SAME_AS[pre] ?? pre;
  const steps = cuts ?? NAMED_STEPS.find(([known]) => known === name)?.[1];
  if (steps === undefined)
    throw unsupported(file, `the pre-tokeniser ${JSON.stringify(pre)} for a tokenizer.json`);
  const pretokenizers = steps.map((step) => componentOf(step, addPrefixSpace));
  if (!steps.some((step) => step.kind === "gpt2")) pretokenizers.push(byteLevel(false, addPrefixSpace));
  return pretokenizers.length === 1 ? pretokenizers[0] : { type: "Sequence", pretokenizers };
}
