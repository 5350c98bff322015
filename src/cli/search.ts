/** `cria search`: repositories of the hub that have GGUF files. */
import { type FoundRepository, HubClient, hubSettings } from "../hub/index.ts";
import { EXIT } from "./exit-codes.ts";
import { columns } from "./table.ts";
import { formatCount, jsonLine, printable } from "./text.ts";
import type { VerbAction } from "./values.ts";

const LIMIT = 20;

export const search: VerbAction = async (words, values) => {
  const hub = new HubClient(await hubSettings());
  const found = await hub.search(words.join(" "), values.limit ?? LIMIT);
  if (values.json === true) process.stdout.write(jsonLine({ repositories: found }));
  else if (found.length === 0) process.stderr.write("nothing found\n");
  else process.stdout.write(`${columns(found.map(rowOf), ["left", "right", "left", "left"])}\n`);
  return EXIT.ok;
};

function rowOf({ id, downloads, modified, gated }: FoundRepository): string[] {
  const day = modified?.slice(0, 10) ?? "";
  return [printable(`hf:${id}`), `${formatCount(downloads)} downloads`, printable(day), gated ? "gated" : ""];
}
