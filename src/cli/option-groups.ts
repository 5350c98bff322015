/**
 * Groups of options that several verbs share. They are those of the library, under the same names, so that no verb
 * translates anything.
 */
import { TEMPLATE_NAMES } from "../generation/index.ts";
import { CHAT_OPTIONS, GENERATE_OPTIONS } from "../library/options/generate-options.ts";
import { LOAD_OPTIONS } from "../library/options/load-options.ts";
import { flagOf, flagsOf } from "./option-flags.ts";
import { type OptionSpec, parseInteger } from "./options.ts";

/** What llama2.c's sampler has no place for. */
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

/** How a token is chosen: SamplingOptions and the seed. */
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
  ignoreEos: { help: "never end before --max-tokens or the context's end" },
  compat: { value: "program", conflicts: NOT_OF_LLAMA2C },
});

/** When a text ends. */
export const ENDING: readonly OptionSpec[] = [
  ...flagsOf(GENERATE_OPTIONS.shape, {
    maxTokens: { short: "n" },
    stop: { help: "end before this text; may be repeated" },
  }),
  { flags: "--context-shift", description: "when the context is full, forget its older half and go on" },
  { flags: "--keep <n>", description: "tokens that a shift never forgets (default 0)", parse: parseInteger },
];

/** How a model is loaded: LoadOptions. */
export const LOADING: readonly OptionSpec[] = [
  ...flagsOf(LOAD_OPTIONS.shape, {
    tokenizer: { value: "file" },
    context: { short: "c" },
    threads: {},
    backend: { env: "CRIA_BACKEND" },
    cacheType: { value: "type" },
  }),
  {
    flags: "--no-mmap",
    description: "read the file, do not map it: for files that may be cut short meanwhile",
  },
];

export const TOKENIZER = flagOf(LOAD_OPTIONS.shape, "tokenizer", { value: "file" });
export const BACKEND = flagOf(LOAD_OPTIONS.shape, "backend", { env: "CRIA_BACKEND" });
export const LOGPROBS = flagOf(GENERATE_OPTIONS.shape, "logprobs", {
  help: "with --json: log-probabilities of each token and of the n likeliest",
});
export const PARSE_SPECIAL = flagOf(GENERATE_OPTIONS.shape, "parseSpecial", {
  help: "turn the text of special tokens into these tokens (never for text of strangers)",
});
export const TEMPLATE = flagOf(CHAT_OPTIONS.shape, "template", {
  value: "name|file",
  help: `a built-in chat template (${TEMPLATE_NAMES.join(", ")}) or a Jinja file`,
});
