/** The verbs that measure a model on text. */
import { LOADING } from "./option-groups.ts";
import { JSON_OUTPUT, parsePositive, QUIET } from "./options.ts";
import type { Verb } from "./verbs.ts";

export const EVAL_BPB: Verb = {
  name: "eval bpb",
  summary: "bits per byte of text: how well a model predicts it, whatever its vocabulary",
  arguments: [
    ["<model>", "file or folder of a model, in any format that Cria reads"],
    ["<text...>", "files or folders of documents (.txt, .jsonl, .parquet, with .gz or .zst), or -"],
  ],
  options: [
    {
      flags: "--documents <n>",
      description: "documents to score per file, from the first (default: all)",
      parse: parsePositive,
    },
    {
      flags: "--tokens <n>",
      description: "most tokens per document, including BOS (default: 512, or the context)",
      parse: parsePositive,
    },
    {
      flags: "--field <name>",
      description: "field or column with the text (default: text)",
      repeatable: true,
    },
    ...LOADING,
    JSON_OUTPUT,
    QUIET,
  ],
  examples: [
    ["cria eval bpb model.gguf held-out.txt --documents 300", "the first 300 documents of a file"],
    ["cria eval bpb model.gguf texts/ --json", "a folder, file by file"],
  ],
  load: async () => (await import("./eval-bpb.ts")).evalBpb,
};
