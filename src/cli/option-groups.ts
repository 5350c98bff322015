/**
 * Groups of options that several verbs share. They have the library's names, so that no verb
 * translates anything.
 */
import { TEMPLATE_NAMES } from "../generation/chat/builtin.ts";
import { CHAT_OPTIONS, GENERATE_OPTIONS } from "../library/options/generate-options.ts";
import { LOAD_OPTIONS } from "../library/options/load-options.ts";
import { flagOf, flagsOf } from "./option-flags.ts";
import { type OptionSpec, parseInteger } from "./options.ts";

/** Options that llama2.c's sampler does not support. */
const NOT_OF_LLAMA2C = [
  "topK",
  "minP",
  "typical",
  "repeatPenalty",
  "repeatLastN",
  "presencePenalty",
  "frequencyPenalty",
  "ignoreEos",
];

/** Options for choosing a token: SamplingOptions and the seed. */
export const SAMPLING: readonly OptionSpec[] = flagsOf(GENERATE_OPTIONS.shape, {
  temperature: { short: "t" },
  topK: {},
  topP: {},
  minP: {},
  typical: {},
  repeatPenalty: {},
  repeatLastN: {},
  presencePenalty: {},
  frequencyPenalty: {},
  seed: { short: "s" },
  ignoreEos: { help: "end only at --max-tokens or the end of the context" },
  compat: { value: "program", conflicts: NOT_OF_LLAMA2C },
});

/** Options for ending a text. */
export const ENDING: readonly OptionSpec[] = [
  ...flagsOf(GENERATE_OPTIONS.shape, {
    maxTokens: { short: "n" },
    stop: { help: "end before this text; may be repeated" },
  }),
  { flags: "--context-shift", description: "when the context is full, drop its older half and continue" },
  {
    flags: "--keep <n>",
    description: "leading tokens that a shift always keeps (default 0)",
    parse: parseInteger,
  },
];

export const ACCEPT_LICENCE: OptionSpec = {
  flags: "--accept-licence",
  description: "accept the licence of a model that is fetched or run for the first time",
};

/** Options for guessing tokens ahead. */
export const SPECULATION: readonly OptionSpec[] = [
  ...flagsOf(GENERATE_OPTIONS.shape, { speculate: {} }),
  ...flagsOf(LOAD_OPTIONS.shape, { draft: { value: "model" } }),
];

/** Options for the structure of a text, of which one may be given. */
export const STRUCTURE: readonly OptionSpec[] = [
  ...flagsOf(GENERATE_OPTIONS.shape, {
    schema: { value: "file", help: "the text is JSON that is valid for the JSON Schema of this file" },
    grammar: { value: "file", help: "the text is one of the grammar in this file, in GBNF" },
    regex: { value: "pattern" },
    choices: { help: "the text is one of these; may be repeated" },
  }),
  { flags: "--json-mode", description: "the text is a JSON object" },
];

export const LORA: OptionSpec = {
  flags: "--lora <adapter[=scale]>",
  description: "apply an adapter (a PEFT folder, GGUF or GGLA), at this scale (default 1); may be repeated",
  repeatable: true,
};

/** Options for loading a model: LoadOptions. */
export const LOADING: readonly OptionSpec[] = [
  ...flagsOf(LOAD_OPTIONS.shape, {
    tokenizer: { value: "file" },
    context: { short: "c" },
    threads: {},
    backend: { env: "CRIA_BACKEND" },
    cacheType: { value: "type" },
    precision: {},
  }),
  {
    flags: "--no-mmap",
    description: "read the file instead of mapping it, for files that may be truncated meanwhile",
  },
  ACCEPT_LICENCE,
];

export const PARALLEL = flagOf(LOAD_OPTIONS.shape, "parallel", {
  help: "texts generated at the same time; further ones wait",
});
export const TOKENIZER = flagOf(LOAD_OPTIONS.shape, "tokenizer", { value: "file" });
export const BACKEND = flagOf(LOAD_OPTIONS.shape, "backend", { env: "CRIA_BACKEND" });
export const LOGPROBS = flagOf(GENERATE_OPTIONS.shape, "logprobs", {
  help: "with --json: log-probabilities of each token and of the n most likely",
});
export const PARSE_SPECIAL = flagOf(GENERATE_OPTIONS.shape, "parseSpecial", {
  help: "parse the text of special tokens as those tokens (only for trusted text)",
});
export const TEMPLATE = flagOf(CHAT_OPTIONS.shape, "template", {
  value: "name|file",
  help: `a built-in chat template (${TEMPLATE_NAMES.join(", ")}) or a Jinja file`,
});
