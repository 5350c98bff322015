/**
 * Prompts for text in the middle: prefix and suffix between the tokens that code models were trained with ([FIM]). The
 * vocabulary shows which tokens a model has; they are recognised by their names.
 */
import type { Model } from "../library/model.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { ApiError } from "./errors.ts";
import { checkTextLength } from "./prompt-text.ts";

/** Names of the tokens: before the prefix, before the suffix, before the middle, and between files. */
const NAMES = {
  prefix: [
    "<|fim_prefix|>",
    "<fim-prefix>",
    "<fim_prefix>",
    "<PRE>",
    "▁<PRE>",
    "<|code_prefix|>",
    "<｜fim▁begin｜>",
  ],
  suffix: [
    "<|fim_suffix|>",
    "<fim-suffix>",
    "<fim_suffix>",
    "<SUF>",
    "▁<SUF>",
    "<|code_suffix|>",
    "<｜fim▁hole｜>",
  ],
  middle: [
    "<|fim_middle|>",
    "<fim-middle>",
    "<fim_middle>",
    "<MID>",
    "▁<MID>",
    "<|code_middle|>",
    "<｜fim▁end｜>",
  ],
  file: ["<|file_sep|>", "<|file_separator|>"],
} as const;

/** A file that the model sees before the prefix. */
export interface ExtraFile {
  readonly filename: string;
  readonly text: string;
}

export interface InfillParts {
  readonly prefix: string;
  readonly suffix: string;
  /** The beginning of the text in the middle. */
  readonly begun?: string;
  readonly files?: readonly ExtraFile[];
}

function findId(tokenizer: Tokenizer, names: readonly string[]): number | undefined {
  for (const name of names) {
    const id = tokenizer.idOf(name);
    if (id !== undefined) return id;
  }
  return undefined;
}

/** @throws ApiError 400 for a model without these tokens; `param` names the field that needs them. */
export function infillPrompt(model: Model, parts: InfillParts, param: string): number[] {
  const { tokenizer } = model;
  const id = (kind: keyof typeof NAMES, field: string): number => {
    const found = findId(tokenizer, NAMES[kind]);
    if (found !== undefined) return found;
    throw new ApiError(400, `Unsupported field "${field}": this model has no tokens for text in the middle`, {
      param: field,
      code: "unsupported_parameter",
    });
  };
  const { prefix, suffix, begun = "", files = [] } = parts;
  const length = files.reduce((sum, file) => sum + file.filename.length + file.text.length, 0);
  checkTextLength(model, length + prefix.length + suffix.length + begun.length);
  const { addBos, bosId } = tokenizer;
  return [
    ...(addBos && bosId !== undefined ? [bosId] : []),
    ...files.flatMap(({ filename, text }) => [
      id("file", "input_extra"),
      ...tokenizer.encode(`${filename}\n${text}\n`),
    ]),
    id("prefix", param),
    ...tokenizer.encode(prefix),
    id("suffix", param),
    ...tokenizer.encode(suffix),
    id("middle", param),
    ...tokenizer.encode(begun),
  ];
}
