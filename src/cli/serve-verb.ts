/** `cria serve`: arguments, options and help. */
import { LOG_FORMS } from "../server/log.ts";
import { SERVER_DEFAULTS } from "../server/settings.ts";
import { LOADING, LORA, PARALLEL, SPECULATION, TEMPLATE } from "./option-groups.ts";
import { parseBytes, parseInteger, parseNumber, parsePositive } from "./options.ts";
import type { Verb } from "./verbs.ts";

const { host, port, maxBodyBytes, maxGap, maxQueue, maxPerClient, maxSeconds } = SERVER_DEFAULTS;

export const SERVE: Verb = {
  name: "serve",
  summary: "serve models over HTTP: OpenAI's endpoints and llama.cpp's",
  arguments: [
    [
      "[model...]",
      "files or folders of models, or NAME=PATH; the first is the default (default: the model of the package)",
    ],
  ],
  options: [
    { flags: "--host <address>", description: `address to listen at (default: ${host})` },
    {
      flags: "-p, --port <n>",
      description: `port; 0 takes a free one (default ${port})`,
      parse: parseInteger,
    },
    {
      flags: "--api-key-file <file>",
      description: "keys that requests must present, one per line, plain or as sha256:HASH",
      env: "CRIA_API_KEY_FILE",
    },
    { flags: "--open", description: "listen at another address than this machine's own without any key" },
    { flags: "--isolate", description: "each key has its own cache, so that times reveal nothing to others" },
    {
      flags: "--cors <origin>",
      description: "web pages of this origin may use the server",
      repeatable: true,
    },
    { flags: "--allow-host <name>", description: "accept this name in the Host header", repeatable: true },
    {
      flags: "--allow-pull",
      description: "the page may fetch models of the hub into this machine's store (docs/server.md)",
    },
    { ...TEMPLATE, description: `${TEMPLATE.description}, for all models` },
    PARALLEL,
    ...SPECULATION,
    ...LOADING,
    LORA,
    {
      flags: "--cache-memory <bytes>",
      description:
        "KV cache of each model; texts wait when it is full (default: enough for all at their longest)",
      parse: parseBytes,
    },
    {
      flags: "--max-gap <ms>",
      description: `most milliseconds between tokens of an answer while prompts of others are computed (default ${maxGap})`,
      parse: parseNumber,
    },
    {
      flags: "--adapter <name=path>",
      description: "offer an adapter of the first model under a name; a PEFT folder, or a GGUF or GGLA file",
      repeatable: true,
    },
    { flags: "--session-folder <path>", description: "where clients may save caches: /slots/ID?action=save" },
    { flags: "--memory <bytes>", description: "most memory of loaded models: 24GB", parse: parseBytes },
    { flags: "--keep-alive <s>", description: "unload a model unused for so long", parse: parseNumber },
    {
      flags: "--max-queue <n>",
      description: `requests that may wait; further ones get 429 (default ${maxQueue})`,
      parse: parseInteger,
    },
    {
      flags: "--max-per-client <n>",
      description: `requests of one client that may run or wait (default ${maxPerClient})`,
      parse: parsePositive,
    },
    {
      flags: "--max-body <bytes>",
      description: `largest body (default ${maxBodyBytes / 2 ** 20}MiB)`,
      parse: parseBytes,
    },
    {
      flags: "--max-seconds <s>",
      description: `an answer ends after so long (default ${maxSeconds})`,
      parse: parseNumber,
    },
    {
      flags: "--drain <s>",
      description: "seconds that requests may take to end after SIGTERM (default 30)",
      parse: parseNumber,
    },
    { flags: "--log <form>", description: "default: pretty on a terminal, else json", choices: LOG_FORMS },
    { flags: "--log-text", description: "log prompts and answers too" },
  ],
  examples: [
    ["cria serve model.gguf", `OpenAI's clients use http://localhost:${port}/v1`],
    ["cria serve small=a.gguf large=b.gguf --memory 24GB", "the second is loaded when a request names it"],
    ["cria serve model.gguf --host 0.0.0.0 --api-key-file keys.txt --parallel 16", "for others"],
  ],
  load: async () => (await import("./serve.ts")).serve,
};
