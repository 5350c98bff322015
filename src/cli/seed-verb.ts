/** `cria seed`: arguments, options and help. */
import { JSON_OUTPUT, parseInteger, parsePositive, QUIET } from "./options.ts";
import type { Verb } from "./verbs.ts";

export const SEED: Verb = {
  name: "seed",
  summary: "share a model over BitTorrent, until Ctrl-C",
  arguments: [
    [
      "<model...>",
      "a file or folder, files of one folder, a model in the store, or a .torrent file beside its files",
    ],
  ],
  options: [
    { flags: "--tracker <url>", description: "announce to this HTTP tracker", repeatable: true },
    {
      flags: "--web-seed <url>",
      description: "a server that holds the same files; written into the torrent",
      repeatable: true,
    },
    { flags: "--port <n>", description: "port for peers (default 0: a free one)", parse: parseInteger },
    { flags: "--host <address>", description: "address to listen at (default: all of this machine)" },
    { flags: "-o, --output <file>", description: "write the .torrent file" },
    { flags: "--force", description: "replace an existing .torrent file" },
    { flags: "--private", description: "peers may come only from the trackers" },
    { flags: "--max-peers <n>", description: "connections at once (default 50)", parse: parsePositive },
    {
      flags: "--uploads <n>",
      description: "peers that are served at once (default 6)",
      parse: parsePositive,
    },
    { ...JSON_OUTPUT, description: "print one JSON object when peers can connect" },
    { ...QUIET, description: "print only the magnet link" },
  ],
  examples: [
    ["cria seed model.gguf --tracker https://tracker.example/announce", "prints a magnet link for others"],
    ["cria seed model-folder -o model.torrent --web-seed https://files.example/", ""],
    ["cria seed model.torrent --port 6881", "the files lie beside the .torrent file"],
  ],
  load: async () => (await import("./seed.ts")).seed,
};
