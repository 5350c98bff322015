/** The row of `cria train` in the table of verbs. */
import { BACKEND } from "./option-groups.ts";
import { JSON_OUTPUT, parsePositive, QUIET } from "./options.ts";
import type { Verb } from "./verbs.ts";

export const TRAIN: Verb = {
  name: "train",
  summary: "train a model from a recipe",
  arguments: [["<recipe>", "YAML or JSON, or a JavaScript module that exports one; see docs/training.md"]],
  options: [
    { flags: "--resume", description: "resume from the newest checkpoint of the run's folder" },
    { flags: "--dry-run", description: "show the cost of the run without starting it" },
    BACKEND,
    {
      flags: "-t, --threads <n>",
      description: "number of compute threads (default: the number of processors)",
      parse: parsePositive,
    },
    JSON_OUTPUT,
    QUIET,
  ],
  examples: [
    ["cria train shakespeare.yaml --dry-run", "parameters, memory, time"],
    ["cria train shakespeare.yaml", "Ctrl-C stops it with a checkpoint"],
    ["cria train shakespeare.yaml --resume", "continues as if it had never been stopped"],
  ],
  load: async () => (await import("./train.ts")).trainVerb,
};
