/** The rows of `cria data` in the table of verbs. */
import { LEARNT, LONG } from "../tune/choices.ts";
import { JSON_OUTPUT, type OptionSpec, parseInteger, parseNumber, parsePositive, QUIET } from "./options.ts";
import type { Verb } from "./verbs.ts";

export const DATA_PACK: Verb = {
  name: "data pack",
  summary: "pack documents into a corpus of tokens for training",
  arguments: [
    [
      "[text...]",
      "files (.txt, .jsonl, .parquet; optionally .gz or .zst), folders, or - for the standard input",
    ],
  ],
  options: [
    { flags: "--tokenizer <file>", description: "a tokenizer file, or a model" },
    { flags: "-o, --output <folder>", description: "the folder to create" },
    {
      flags: "--source <name=path>",
      description: "add a file or folder to a named source; may be repeated",
      repeatable: true,
    },
    {
      flags: "--weight <name=x>",
      description: "a source's default share in mixtures, relative to the others",
      repeatable: true,
    },
    {
      flags: "--held-out <share>",
      description: "share of documents to hold out from training, by a hash of their text (default 0)",
      parse: parseNumber,
    },
    {
      flags: "--held-out-source <name=path>",
      description: "a file or folder whose documents are all held out from training; may be repeated",
      repeatable: true,
    },
    {
      flags: "--field <name>",
      description: "field or column with the text; if repeated, the first that exists (default: text)",
      repeatable: true,
    },
    {
      flags: "--format <kind>",
      description: "format of the named files (default: by their names; text for a pipe)",
      choices: ["text", "jsonl", "parquet"],
    },
    {
      flags: "--bos",
      description: "add BOS before each document (default: if the vocabulary adds it to prompts)",
    },
    { flags: "--no-bos", description: "do not add BOS" },
    { flags: "--eos", description: "add EOS after each document (default: if the vocabulary has one)" },
    { flags: "--no-eos", description: "do not add EOS" },
    { flags: "--skip-bad", description: "leave out documents that cannot be read, and count them" },
    {
      flags: "--threads <n>",
      description: "number of encoding threads (default: the number of processors)",
      parse: parsePositive,
    },
    { flags: "--force", description: "replace an existing corpus" },
    JSON_OUTPUT,
    { ...QUIET, description: "print nothing but errors" },
  ],
  examples: [
    [
      "cria data pack stories.txt --tokenizer tok.model -o corpus",
      "documents are separated by lines with <|endoftext|>",
    ],
    [
      "cria data pack books/ --tokenizer model.gguf -o corpus --held-out 0.01",
      "a folder, recursively; 1 % held out",
    ],
    [
      "cria data pack --source web=crawl.jsonl.zst --source books=books/ --weight web=0.8 --weight books=0.2 --tokenizer tok.model -o corpus",
      "a mixture",
    ],
    ["zcat dump.gz | cria data pack - --format jsonl --field body --tokenizer tok.model -o corpus", ""],
  ],
  load: async () => (await import("./data-pack.ts")).dataPack,
};

export const DATA_SHOW: Verb = {
  name: "data show",
  summary: "show the counts of a corpus by source, and some documents",
  arguments: [["<corpus>", "a folder written by cria data pack"]],
  options: [
    {
      flags: "--samples <n>",
      description: "documents to show per source (default 2)",
      parse: parseInteger,
    },
    { flags: "--tokens <n>", description: "tokens to show per document (default 60)", parse: parsePositive },
    { flags: "--seed <n>", description: "seed of the choice of documents (default 0)", parse: parseInteger },
    JSON_OUTPUT,
  ],
  examples: [["cria data show corpus --samples 5", ""]],
  load: async () => (await import("./data-show.ts")).dataShow,
};

/** How conversations become examples: options of `data check` and `finetune`. */
export const CONVERSATIONS: readonly OptionSpec[] = [
  {
    flags: "--template <name|file>",
    description:
      "alpaca, vicuna, llama2, llama3, chatml, another built-in name, or a Jinja file (default: auto)",
  },
  {
    flags: "--learn <what>",
    description: "what is learnt: the assistant's answers, its last one, or all tokens (default answers)",
    choices: LEARNT,
  },
  {
    flags: "--length <n>",
    description: "most tokens of an example",
    parse: parsePositive,
  },
  {
    flags: "--long <what>",
    description: "longer examples lose their end, or are dropped (default cut)",
    choices: LONG,
  },
];

export const DATA_CHECK: Verb = {
  name: "data check",
  summary: "show what a model will see of conversations, and what is learnt",
  arguments: [
    ["<data...>", "files or folders: Alpaca, Dolly, ShareGPT, OpenAI messages, pairs, text; optionally .gz"],
  ],
  options: [
    { flags: "--tokenizer <file>", description: "a tokenizer file, or a model" },
    ...CONVERSATIONS,
    { flags: "--samples <n>", description: "examples to show (default 2)", parse: parseInteger },
    JSON_OUTPUT,
  ],
  examples: [
    ["cria data check alpaca.json --tokenizer model.gguf --template alpaca", "what is learnt is green"],
    ["cria data check chats/ --tokenizer model.gguf --length 512 --long drop", "what would be dropped"],
  ],
  load: async () => (await import("./data-check.ts")).dataCheck,
};
