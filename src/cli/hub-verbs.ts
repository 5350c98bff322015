/** The verbs of models by name. */
import { ACCEPT_LICENCE } from "./option-groups.ts";
import { JSON_OUTPUT, parsePositive, QUIET } from "./options.ts";
import type { Verb } from "./verbs.ts";

const REFERENCE =
  "hf:owner/repo[:quantisation|:file][@revision], an https: address, a magnet link or x.torrent";

const PULL: Verb = {
  name: "pull",
  summary: "fetch a model into the store, verified; continues what was interrupted",
  arguments: [["<reference...>", REFERENCE]],
  options: [
    { flags: "--dry-run", description: "only show a repository's types: size, memory, what fits" },
    {
      flags: "-c, --context <n>",
      description: "with --dry-run: tokens for which memory is computed (default: the model's, at most 4096)",
      parse: parsePositive,
    },
    {
      flags: "--connections <n>",
      description: "connections per large file (default 4)",
      parse: parsePositive,
    },
    {
      flags: "--allow-local",
      description: "use trackers and web seeds that a torrent names in the local network",
    },
    ACCEPT_LICENCE,
    { ...JSON_OUTPUT, description: "print JSON objects, one per line: progress, then the result" },
    { ...QUIET, description: "print only the path" },
  ],
  examples: [
    ["cria pull hf:owner/repo", "Q4_K_M, else Q4_0, else the largest that fits"],
    ["cria pull hf:owner/repo:Q8_0@v1.0", "one type, at a tag"],
    ["cria pull hf:owner/repo --dry-run", "what there is, and what fits this machine"],
    ["cria pull https://example.org/model.gguf", ""],
    ["cria pull model.torrent", "from peers and web seeds; nothing is uploaded"],
  ],
  load: async () => (await import("./pull.ts")).pull,
};

const SEARCH: Verb = {
  name: "search",
  summary: "find models on the hub",
  arguments: [["<words...>", "parts of a repository's name"]],
  options: [
    { flags: "--limit <n>", description: "most results (default 20)", parse: parsePositive },
    JSON_OUTPUT,
  ],
  examples: [["cria search tinyllama", ""]],
  load: async () => (await import("./search.ts")).search,
};

const LIST: Verb = {
  name: "list",
  summary: "list the models on this machine, whoever fetched them",
  arguments: [],
  options: [JSON_OUTPUT],
  examples: [["cria list", "references, sizes, days, aliases"]],
  load: async () => (await import("./store.ts")).list,
};

const RM: Verb = {
  name: "rm",
  summary: "remove models from the store",
  arguments: [["<name...>", "a reference that cria list shows, a whole repository, or an alias"]],
  options: [JSON_OUTPUT, QUIET],
  examples: [
    ["cria rm hf:owner/repo:Q8_0", "one type"],
    ["cria rm hf:owner/repo", "everything of the repository"],
  ],
  load: async () => (await import("./store.ts")).remove,
};

const CP: Verb = {
  name: "cp",
  summary: "give a model a short name",
  arguments: [
    ["<name>", "a reference or path"],
    ["<alias>", "letters, digits, dots, dashes, underscores"],
  ],
  options: [JSON_OUTPUT],
  examples: [["cria cp hf:owner/repo:Q4_K_M tiny", "then: cria run tiny"]],
  load: async () => (await import("./store.ts")).copy,
};

const VERIFY: Verb = {
  name: "verify",
  summary: "compare the store's files with their checksums",
  arguments: [["[name]", "only files whose reference contains this"]],
  options: [JSON_OUTPUT, QUIET],
  examples: [["cria verify", ""]],
  load: async () => (await import("./store.ts")).verify,
};

const PRUNE: Verb = {
  name: "prune",
  summary: "remove commits that no branch names any more, and unfinished transfers",
  arguments: [],
  options: [JSON_OUTPUT, QUIET],
  examples: [["cria prune", ""]],
  load: async () => (await import("./store.ts")).prune,
};

export const HUB_VERBS: readonly Verb[] = [PULL, SEARCH, LIST, RM, CP, VERIFY, PRUNE];
