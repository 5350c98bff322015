/**
 * The row of `cria tokenizer train` in the table of verbs. Options have the library's names, which
 * are SentencePiece's where it has the option.
 */
import { DOCUMENT_FORMATS } from "../data/documents/formats.ts";
import { JSON_OUTPUT, type OptionSpec, parseInteger, parseNumber, parsePositive, QUIET } from "./options.ts";
import type { Verb } from "./verbs.ts";

const COMMON: readonly OptionSpec[] = [
  {
    flags: "-o, --output <file>",
    description: "tokenizer.model, or tokenizer.json (or any name with --kind)",
  },
  { flags: "--vocab <n>", description: "total number of pieces", parse: parsePositive },
  {
    flags: "--kind <kind>",
    description: "default: by the output's name (.model, .json)",
    choices: ["spm-bpe", "byte-bpe"],
  },
  {
    flags: "--field <name>",
    description: "field or column with the text; if repeated, the first that exists (default: text)",
    repeatable: true,
  },
  {
    flags: "--format <format>",
    description: "format of the named files (default: by their names; text for a pipe)",
    choices: DOCUMENT_FORMATS,
  },
];

const SYMBOLS: readonly OptionSpec[] = [
  { flags: "--control-symbols <text>", description: "a special token; may be repeated", repeatable: true },
  {
    flags: "--user-defined-symbols <text>",
    description: "a text that is always one token; may be repeated",
    repeatable: true,
  },
  { flags: "--bos-piece <text>", description: 'beginning of a text, "" for none (default <s>)' },
  { flags: "--eos-piece <text>", description: 'end of a text, "" for none (default </s>)' },
  { flags: "--pad-piece <text>", description: "padding (default: none)" },
  { flags: "--unk-piece <text>", description: "unknown text (default <unk>)" },
];

const RULES: readonly OptionSpec[] = [
  {
    flags: "--pre <name>",
    description:
      "byte-bpe: how text is split into words; llama-bpe or gpt-2, among others (default llama-bpe)",
  },
  {
    flags: "--max-piece-length <n>",
    description: "characters, or bytes of byte-bpe (default 16, or 128)",
    parse: parsePositive,
  },
  {
    flags: "--min-frequency <n>",
    description: "least number of occurrences of a merged pair (default 1, or 2 for byte-bpe)",
    parse: parsePositive,
  },
  {
    flags: "--character-coverage <x>",
    description: "share of characters that get a piece (default 0.99995)",
    parse: parseNumber,
  },
  { flags: "--required-chars <text>", description: "characters that always get a piece" },
  { flags: "--no-byte-fallback", description: "do not add byte pieces" },
  { flags: "--no-split-digits", description: "allow several digits in a piece" },
  { flags: "--no-split-by-unicode-script", description: "allow several scripts in a piece" },
  { flags: "--no-split-by-number", description: "allow digits and letters in a piece" },
  { flags: "--no-split-by-whitespace", description: "allow pieces that continue past a space" },
  { flags: "--no-allow-whitespace-only-pieces", description: "do not allow pieces of spaces only" },
  { flags: "--no-add-dummy-prefix", description: "do not add a space before a text" },
  {
    flags: "--max-line-bytes <n>",
    description: "skip longer lines (default: no limit)",
    parse: parsePositive,
  },
];

const AMOUNT: readonly OptionSpec[] = [
  { flags: "--no-hard-vocab-limit", description: "accept fewer pieces if the text does not yield more" },
  {
    flags: "--held-out <x>",
    description: "share of the lines to hold out for measuring (default 0.01)",
    parse: parseNumber,
  },
  { flags: "--sample <x>", description: "share of the lines to train on (default 1)", parse: parseNumber },
  {
    flags: "-s, --seed <n>",
    description: "seed of the choice of these lines (default 0)",
    parse: parseInteger,
  },
  { flags: "--force", description: "replace existing files" },
  JSON_OUTPUT,
  { ...QUIET, description: "print nothing but errors" },
];

export const TOKENIZER_TRAIN: Verb = {
  name: "tokenizer train",
  summary: "train a vocabulary on text",
  arguments: [
    ["<text...>", "files (.txt, .jsonl, either with .gz), folders of them, or - for the standard input"],
  ],
  options: [...COMMON, ...SYMBOLS, ...RULES, ...AMOUNT],
  examples: [
    [
      "cria tokenizer train corpus.txt --vocab 4096 -o tok.model",
      "SentencePiece's BPE, with LLaMA's options",
    ],
    ["cria tokenizer train folder more.jsonl.gz --field content --vocab 32000 -o tokenizer.model", ""],
    ["cria tokenizer train corpus.txt --vocab 16384 -o tokenizer.json --pre gpt-2", "byte-level BPE"],
    ["zcat *.gz | cria tokenizer train - --vocab 8192 -o tok.model --json", "statistics as JSON"],
  ],
  load: async () => (await import("./tokenizer.ts")).trainVerb,
};
