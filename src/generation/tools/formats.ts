/**
 * How families of models write calls. A format is a row of texts and flags: grammar, parser and messages all read the
 * same row.
 */
import type { TemplateName } from "../chat/index.ts";

export interface ToolFormat {
  readonly name: "hermes" | "llama3" | "mistral" | "generic";
  /** The text that begins calls and no other text; "" if an answer is a call exactly when it begins with a brace. */
  readonly marker: string;
  /** Text between the marker and the first call, between calls, and after the last one. */
  readonly open: string;
  readonly between: string;
  readonly close: string;
  readonly argumentsKey: "arguments" | "parameters";
  /** Calls carry an id of nine letters and digits. */
  readonly hasIds: boolean;
  readonly isParallel: boolean;
  /** The template writes neither tools nor calls, so messages must. */
  readonly isWritten: boolean;
}

const TAGS = {
  marker: "<tool_call>",
  open: "\n",
  between: "\n</tool_call>\n<tool_call>\n",
  close: "\n</tool_call>",
  argumentsKey: "arguments",
  hasIds: false,
  isParallel: true,
} as const;

/** Hermes and Qwen: each call in a pair of tags. */
export const HERMES: ToolFormat = { ...TAGS, name: "hermes", isWritten: false };

/** For templates that do not know tools: like Hermes, explained in the system message. */
export const GENERIC: ToolFormat = { ...TAGS, name: "generic", isWritten: true };

/** Llama 3.1 and later: the whole answer is one call. */
export const LLAMA3: ToolFormat = {
  name: "llama3",
  marker: "",
  open: "",
  between: "",
  close: "",
  argumentsKey: "parameters",
  hasIds: false,
  isParallel: false,
  isWritten: false,
};

/** Mistral (tokenizer v3 and Nemo): an array of calls after a control token. */
export const MISTRAL: ToolFormat = {
  name: "mistral",
  marker: "[TOOL_CALLS]",
  open: "[",
  between: ", ",
  close: "]",
  argumentsKey: "arguments",
  hasIds: true,
  isParallel: true,
  isWritten: false,
};

type Rule = readonly [fits: (source: string) => boolean, format: ToolFormat | undefined];

const has =
  (...parts: readonly string[]) =>
  (source: string): boolean =>
    parts.every((part) => source.includes(part));

/** The first match wins. Undefined: the template writes tools in a format that is not in this table. */
const RULES: readonly Rule[] = [
  [(source) => !/\b(tools|functions)\b/.test(source), GENERIC],
  [has("<tool_call>"), HERMES],
  [has("[TOOL_CALLS]", "[ARGS]"), undefined],
  [has("[TOOL_CALLS]"), MISTRAL],
  [has("<|start_header_id|>", '"parameters"'), LLAMA3],
];

/**
 * The format of a template's calls; undefined if it is unknown.
 * @param template Jinja text, or the name of a built-in template, which writes no tools.
 */
export function toolFormat(template: string | TemplateName): ToolFormat | undefined {
  if (!template.includes("{")) return GENERIC;
  return RULES.find(([fits]) => fits(template))?.[1];
}
