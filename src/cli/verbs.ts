/**
 * The verbs, as a table: arguments, options and help of each. The code of a verb is loaded when it is called,
 * so that `cria --help` does not wait for an engine.
 */
import { TRAINING_SHAPES } from "../measure/training-shapes.ts";
import { ADAPTER_VERBS } from "./adapter-verbs.ts";
import { DATA_CHECK, DATA_PACK, DATA_SHOW } from "./data-verbs.ts";
import { EVAL_BPB } from "./eval-verb.ts";
import { FINETUNE } from "./finetune-verb.ts";
import { HUB_VERBS } from "./hub-verbs.ts";
import {
  ACCEPT_LICENCE,
  BACKEND,
  ENDING,
  LOADING,
  LOGPROBS,
  LORA,
  PARSE_SPECIAL,
  SAMPLING,
  SPECULATION,
  STRUCTURE,
  TEMPLATE,
  TOKENIZER,
} from "./option-groups.ts";
import {
  JSON_OUTPUT,
  type OptionSpec,
  parseBytes,
  parseInteger,
  parseNumber,
  parsePositive,
  QUIET,
} from "./options.ts";
import { SEED } from "./seed-verb.ts";
import { SERVE } from "./serve-verb.ts";
import { TOKENIZER_TRAIN } from "./tokenizer-verb.ts";
import { TRAIN } from "./train-verb.ts";
import type { VerbAction } from "./values.ts";

export interface Verb {
  /** One word; or a group's name and one word ("tokenizer train"). */
  readonly name: string;
  readonly summary: string;
  /** In commander's form: `<model>` is required, `[text...]` may be any number. */
  readonly arguments: readonly (readonly [form: string, description: string])[];
  readonly options: readonly OptionSpec[];
  /** Command lines and their effects. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  readonly load: () => Promise<VerbAction>;
}

const MODEL = [
  "<model>",
  "file or folder of a model, in any format that Cria reads, or hf:owner/repo",
] as const;

/** If a text may follow, MODEL may be an option instead. */
const MODEL_OR_OPTION = ["[model]", MODEL[1]] as const;
const MODEL_OPTION: OptionSpec = {
  flags: "-m, --model <path>",
  description: "the model, instead of the argument",
};

const NO_BOS: OptionSpec = { flags: "--no-bos", description: "do not prepend the BOS token" };

const RUN: Verb = {
  name: "run",
  summary: "continue a text",
  arguments: [
    ["[model]", `${MODEL[1]} (default: the model of the package, if it has one)`],
    ["[text...]", "the prompt, like -p"],
  ],
  options: [
    MODEL_OPTION,
    {
      flags: "-p, --prompt <text>",
      description: "the prompt; piped input is appended to it",
      conflicts: ["file"],
    },
    { flags: "-f, --file <file>", description: "read the prompt from a file" },
    ...SAMPLING,
    ...ENDING,
    ...STRUCTURE,
    ...SPECULATION,
    ...LOADING,
    LORA,
    PARSE_SPECIAL,
    NO_BOS,
    LOGPROBS,
    JSON_OUTPUT,
    QUIET,
  ],
  examples: [
    ['cria run model.gguf "Once upon a time"', "stream a story"],
    ['cria run model.gguf -p "The capital of Peru is" -t 0 -n 20', "the 20 most likely tokens, greedily"],
    ["cat article.txt | cria run model.gguf --quiet > more.txt", "prompt from a pipe, text to a file"],
    ["cria run model.gguf -f prompt.txt --json --logprobs 5", "all results as JSON"],
    ["cria run model.gguf -f invoice.txt --schema invoice.schema.json", "JSON that is valid for the schema"],
    ['cria run model.gguf "Good or bad? " --choices good --choices bad', "one of two words"],
  ],
  load: async () => (await import("./run.ts")).run,
};

const CHAT: Verb = {
  name: "chat",
  summary: "chat in the terminal, with a named model or the small one that comes with Cria",
  arguments: [MODEL_OR_OPTION, ["[text...]", "the first message"]],
  options: [
    MODEL_OPTION,
    { flags: "--system <text>", description: "the system message" },
    TEMPLATE,
    ...SAMPLING,
    ...ENDING,
    ...STRUCTURE,
    ...SPECULATION,
    ...LOADING,
    LORA,
    { flags: "--each-line", description: "treat each piped line as a message" },
    { ...JSON_OUTPUT, description: "print one JSON object per answer, one per line" },
    { ...QUIET, description: "print only answers" },
  ],
  examples: [
    ["cria chat", "with the small model that comes with Cria; commands inside: /help"],
    ["cria chat model.gguf", "with your own model"],
    ['cria chat model.gguf --system "Answer in one sentence." -t 0.2', ""],
    [
      'echo "What is a llama?" | cria chat model.gguf',
      "the piped text is the message; only the answer is printed",
    ],
    ["cria chat base.gguf --template llama2", "a built-in template, for a model without its own"],
  ],
  load: async () => (await import("./chat.ts")).chat,
};

const SHOW: Verb = {
  name: "show",
  summary: "describe a model: shape, tensors, types, memory, vocabulary, licence",
  arguments: [MODEL],
  options: [
    { flags: "--tensors", description: "list every tensor" },
    {
      flags: "-c, --context <n>",
      description: "tokens for which the cache size is computed (default: the model's, at most 4096)",
      parse: parsePositive,
    },
    TOKENIZER,
    ACCEPT_LICENCE,
    JSON_OUTPUT,
  ],
  examples: [
    ["cria show model.gguf", "reads headers only, whatever the size"],
    ["cria show folder --tensors --context 8192", ""],
  ],
  load: async () => (await import("./show.ts")).show,
};

const TOKENIZE: Verb = {
  name: "tokenize",
  summary: "convert text to token ids and back",
  arguments: [
    ["<model>", "a model, or a tokenizer file (tokenizer.model, tokenizer.json, tokenizer.bin, ranks)"],
    ["[text...]", "text, or ids with --detokenize (default: the standard input)"],
  ],
  options: [
    { flags: "-d, --detokenize", description: "convert ids to text" },
    { flags: "--count", description: "print only the number of tokens", conflicts: ["detokenize"] },
    { flags: "--ids", description: "print only ids, on one line", conflicts: ["count", "detokenize"] },
    { flags: "--bos", description: "prepend the BOS token (default: as in the model's training)" },
    NO_BOS,
    {
      ...PARSE_SPECIAL,
      description: "parse the text of special tokens as those tokens; with --detokenize: show them",
    },
    TOKENIZER,
    ACCEPT_LICENCE,
    JSON_OUTPUT,
  ],
  examples: [
    ['cria tokenize model.gguf "Hello world"', "ids and pieces"],
    ["cria tokenize model.gguf --count < book.txt", "the length in tokens"],
    ["cria tokenize tokenizer.model --detokenize 1 15043 3186", "back to text"],
  ],
  load: async () => (await import("./tokenize.ts")).tokenize,
};

const CONVERT: Verb = {
  name: "convert",
  summary: "write a model in another format",
  arguments: [
    ["<input>", "file or folder of a model, in any format that Cria reads"],
    ["<output>", "a file for GGUF, a folder for safetensors and .pth, either for llama2.c"],
  ],
  options: [
    {
      flags: "--to <format>",
      description: "default: by the output's name (.gguf, .bin, .safetensors, .pth)",
      choices: ["gguf", "safetensors", "pth", "llama2c"],
    },
    {
      flags: "--dtype <type>",
      description: "type of stored matrices (default: unchanged if the format allows)",
      choices: ["F32", "F16", "BF16", "Q8_0", "Q4_0"],
    },
    {
      flags: "--shards <n>",
      description: "number of model-parallel files in Meta's layout",
      parse: parsePositive,
    },
    {
      flags: "--max-shard-size <bytes>",
      description: "largest file, for example 5GB or 512MiB",
      parse: parseBytes,
    },
    {
      flags: "--llama2c-version <n>",
      description: "0 floats as run.c reads them, 1 with a header, 2 int8 (default 0)",
      parse: parseInteger,
    },
    { flags: "--tie", description: "omit an output matrix that equals the embedding" },
    { flags: "--tokenizer <file>", description: "a tokenizer file, if the model has none" },
    { flags: "--force", description: "replace existing files" },
    ACCEPT_LICENCE,
    JSON_OUTPUT,
    { ...QUIET, description: "print nothing but errors" },
  ],
  examples: [
    ["cria convert model-folder model.gguf --dtype Q8_0", "safetensors to GGUF, 8 bits"],
    ["cria convert model.gguf model-folder --to safetensors", ""],
    ["cria convert stories.bin stories.gguf --tokenizer tokenizer.bin", "llama2.c to GGUF"],
    ["cria convert model.gguf meta-folder --to pth --shards 2", "Meta's layout, two shards"],
  ],
  load: async () => (await import("./convert.ts")).convert,
};

const DOCTOR: Verb = {
  name: "doctor",
  summary: "show what this machine offers and what Cria uses of it",
  arguments: [],
  options: [BACKEND, JSON_OUTPUT],
  examples: [["cria doctor", ""]],
  load: async () => (await import("./doctor.ts")).doctor,
};

/** Options of loading for `bench`, which measures training too and always fills its context. */
const BENCH_LOADING = LOADING.filter(({ flags }) => !flags.startsWith("-c")).map((option) =>
  option.flags.startsWith("--precision")
    ? { ...option, description: `${option.description}; training: of all products (default f32)` }
    : option,
);

const BENCH: Verb = {
  name: "bench",
  summary: "measure the speed of a model, or of training, against the machine's limits and another engine",
  arguments: [["[model]", MODEL[1]]],
  options: [
    { flags: "--train", description: "measure training instead, with random weights", conflicts: ["cold"] },
    {
      flags: "--cold",
      description: "measure fresh processes of cria run instead: first token, and the first 96 tokens",
    },
    {
      flags: "--shape <name>",
      description: "training: width, and size of the vocabulary (default d288)",
      choices: TRAINING_SHAPES,
    },
    { flags: "--length <n>", description: "training: tokens per row", parse: parsePositive },
    {
      flags: "--prompt <n>",
      description: "prompt tokens (default 512)",
      parse: (text, flag) => String(parsePositive(text, flag)),
    },
    {
      flags: "--generate <n>",
      description: "generated tokens (default 64; --cold: 96)",
      parse: parsePositive,
    },
    {
      flags: "--repeat <n>",
      description: "number of rounds; the median is reported (default 3; --cold: 4)",
      parse: parsePositive,
    },
    {
      flags: "--vs <engine>",
      description:
        "compare with node-llama-cpp, or the llama-bench at this path; training: with pytorch; " +
        "--cold: NAME=PATH of llama-bench or llama-completion, several times",
      repeatable: true,
    },
    {
      flags: "--patience <s>",
      description: "most seconds to wait for an idle machine before each run (default 10)",
      parse: parseNumber,
    },
    { flags: "--no-check", description: "do not compare logits with the reference first" },
    ...BENCH_LOADING,
    JSON_OUTPUT,
    { ...QUIET, description: "print no progress messages" },
  ],
  examples: [
    ["cria bench model.gguf", "tokens per second, and the share of the machine's limits"],
    ["cria bench model.gguf --vs node-llama-cpp", "against node-llama-cpp, installed here by npm"],
    ["cria bench model.gguf --vs ~/llama.cpp/build/bin/llama-bench --json", ""],
    ["cria bench model.gguf --backend avx2 --threads 2", ""],
    [
      "cria bench model.gguf --cold --vs llama=~/llama.cpp/build/bin/llama-bench",
      "what users get from a start",
    ],
    ["cria bench --train --vs pytorch", "training, compared with PyTorch in the same run"],
  ],
  load: async () => (await import("./bench.ts")).bench,
};

const DEMO: Verb = {
  name: "demo",
  summary: "generate text with the small model that comes with Cria, or with a named one",
  arguments: [["[model]", "file or folder of a model"]],
  options: [],
  examples: [["cria demo", ""]],
  load: async () => (await import("./demo.ts")).demo,
};

export const VERBS: readonly Verb[] = [
  RUN,
  CHAT,
  SERVE,
  SHOW,
  TOKENIZE,
  TOKENIZER_TRAIN,
  CONVERT,
  DATA_PACK,
  DATA_SHOW,
  DATA_CHECK,
  EVAL_BPB,
  TRAIN,
  FINETUNE,
  ...ADAPTER_VERBS,
  BENCH,
  ...HUB_VERBS,
  SEED,
  DOCTOR,
  DEMO,
];

/** Summary of each group of verbs. */
export const GROUPS: Readonly<Record<string, string>> = {
  adapter: "look into adapters, convert them, merge them into models",
  eval: "measure a model on text",
  data: "turn documents into tokens for training, and check conversations",
  tokenizer: "create vocabularies",
};
