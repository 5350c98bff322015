/** The rows of `cria adapter` in the table of verbs. */
import { ADAPTER_DTYPES } from "../adapt/files/dtypes.ts";
import { JSON_OUTPUT, parseBytes, QUIET } from "./options.ts";
import type { Verb } from "./verbs.ts";

const ADAPTER = "a PEFT folder, a GGUF or a GGLA file";

export const ADAPTER_VERBS: readonly Verb[] = [
  {
    name: "adapter show",
    summary: "describe an adapter: format, layers, ranks, scales, template",
    arguments: [["<adapter>", ADAPTER]],
    options: [{ flags: "--base <model>", description: "check that it fits this model" }, JSON_OUTPUT],
    examples: [["cria adapter show runs/tone/adapter --base model.gguf", ""]],
    load: async () => (await import("./adapter.ts")).adapterShow,
  },
  {
    name: "adapter merge",
    summary: "merge adapters into a model, in any format and type that Cria writes",
    arguments: [
      ["<model>", "the base model"],
      ["<adapter...>", `${ADAPTER}, with =SCALE if it is not 1`],
    ],
    options: [
      { flags: "-o, --output <path>", description: "a file for GGUF, a folder for safetensors and .pth" },
      {
        flags: "--to <format>",
        description: "default: by the output's name (.gguf, .safetensors, .pth)",
        choices: ["gguf", "safetensors", "pth", "llama2c"],
      },
      {
        flags: "--dtype <type>",
        description: "type of stored matrices (default: unchanged if it can be encoded)",
        choices: ["F32", "F16", "BF16", "Q8_0", "Q4_0"],
      },
      {
        flags: "--max-shard-size <bytes>",
        description: "largest file, for example 400MB",
        parse: parseBytes,
      },
      { flags: "--force", description: "replace existing files" },
      JSON_OUTPUT,
      { ...QUIET, description: "print nothing but errors" },
    ],
    examples: [
      ["cria adapter merge model.gguf runs/tone/adapter -o tone.gguf --dtype Q8_0", ""],
      [
        "cria adapter merge model-folder first=0.7 second=0.3 -o merged --to safetensors --max-shard-size 400MB",
        "several, weighted",
      ],
    ],
    load: async () => (await import("./adapter.ts")).adapterMerge,
  },
  {
    name: "adapter convert",
    summary: "write an adapter in another format",
    arguments: [
      ["<adapter>", ADAPTER],
      ["<output>", "a file that ends in .gguf, or a folder for PEFT"],
    ],
    options: [
      { flags: "--base <model>", description: "the model of the adapter: its layers, and its order of rows" },
      { flags: "--dtype <type>", description: "type of the matrices (default F32)", choices: ADAPTER_DTYPES },
      { flags: "--force", description: "replace existing files" },
      JSON_OUTPUT,
    ],
    examples: [
      [
        "cria adapter convert runs/tone/adapter tone.gguf --base model.gguf",
        "for llama.cpp: --lora tone.gguf",
      ],
      ["cria adapter convert ggml-adapter-model.bin peft-folder --base model-folder", ""],
    ],
    load: async () => (await import("./adapter.ts")).adapterConvert,
  },
];
