/** The row of `cria finetune` in the table of verbs. */

import { METHODS } from "../tune/choices.ts";
import { PUBLISHED } from "../tune/published.ts";
import { CONVERSATIONS } from "./data-verbs.ts";
import { ACCEPT_LICENCE, BACKEND } from "./option-groups.ts";
import { JSON_OUTPUT, parseBytes, parseInteger, parseNumber, parsePositive, QUIET } from "./options.ts";
import type { Verb } from "./verbs.ts";

export const FINETUNE: Verb = {
  name: "finetune",
  summary: "fine-tune a model on conversations or texts, whole or by a low-rank adapter",
  arguments: [
    ["<model>", "the model to start from; or a recipe (YAML, JSON, JavaScript), without DATA"],
    ["[data...]", "files or folders: Alpaca, Dolly, ShareGPT, OpenAI messages, pairs, text; optionally .gz"],
  ],
  options: [
    { flags: "-o, --output <folder>", description: "the folder of the run" },
    {
      flags: "--method <name>",
      description: "lora, qlora (an adapter over four bits), or full (default lora)",
      choices: METHODS,
    },
    {
      flags: "--recipe <name>",
      description: "start from published settings",
      choices: Object.keys(PUBLISHED),
    },
    ...CONVERSATIONS,
    { flags: "--rank <n>", description: "rank of the adapter (default 16)", parse: parsePositive },
    {
      flags: "--alpha <x>",
      description: "its change is scaled by alpha / rank (default 32)",
      parse: parseNumber,
    },
    {
      flags: "--dropout <x>",
      description: "share of a layer's input that is dropped (default 0)",
      parse: parseNumber,
    },
    {
      flags: "--targets <layers>",
      description: "all, attention, feed-forward, names or patterns; may be repeated (default all)",
      repeatable: true,
    },
    { flags: "--epochs <x>", description: "passes over the examples (default 3)", parse: parseNumber },
    { flags: "--steps <n>", description: "steps, instead of passes", parse: parsePositive },
    { flags: "--rate <x>", description: "learning rate (default 2e-4; full: 2e-5)", parse: parseNumber },
    { flags: "--rows <n>", description: "rows of a step (default 8)", parse: parsePositive },
    {
      flags: "--memory <bytes>",
      description: "most memory of activations: 2GB; what does not fit is computed again (default: no limit)",
      parse: parseBytes,
    },
    {
      flags: "--held-out <share>",
      description: "share of examples held out (default 0.05)",
      parse: parseNumber,
    },
    {
      flags: "-s, --seed <n>",
      description: "seed of the order, the adapter and the samples",
      parse: parseInteger,
    },
    { flags: "--resume", description: "resume from the newest checkpoint of the run's folder" },
    { flags: "--dry-run", description: "show the examples and the cost of the run without starting it" },
    BACKEND,
    {
      flags: "-t, --threads <n>",
      description: "number of compute threads (default: the number of processors)",
      parse: parsePositive,
    },
    ACCEPT_LICENCE,
    JSON_OUTPUT,
    QUIET,
  ],
  examples: [
    [
      "cria finetune model.gguf alpaca.json -o runs/tone",
      "an adapter over the model's own weights, in any type",
    ],
    ["cria finetune model.gguf chats/ --method full -o runs/whole --epochs 2", "all weights"],
    ["cria finetune model.gguf alpaca.json --recipe alpaca-lora -o runs/al", "published settings"],
    ["cria finetune recipe.yaml --dry-run", "every number in a file"],
  ],
  load: async () => (await import("./finetune.ts")).finetuneVerb,
};
