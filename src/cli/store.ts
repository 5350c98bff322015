/** `cria list`, `rm`, `cp`, `verify`, `prune`: the models on this machine. */
import { resolve } from "node:path";
import {
  hubSettings,
  listStore,
  pruneStore,
  type Removal,
  removeFromStore,
  type StoredModel,
  setAlias,
  verifyStore,
} from "../hub/index.ts";
import { EXIT } from "./exit-codes.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { progressBar } from "./progress.ts";
import { columns } from "./table.ts";
import { formatBytes, formatCount, jsonLine, printable } from "./text.ts";
import type { OptionValues, VerbAction } from "./values.ts";

export const list: VerbAction = async (_args, values) => {
  const models = await listStore(await hubSettings());
  if (values.json === true) process.stdout.write(jsonLine({ models }));
  else if (models.length > 0)
    process.stdout.write(`${columns(models.map(rowOf), ["left", "right", "left", "left"])}\n`);
  else
    process.stderr.write(
      "no models yet: cria search WORDS finds some, cria pull hf:owner/repo fetches one\n",
    );
  return EXIT.ok;
};

function rowOf({ reference, byteLength, modified, aliases }: StoredModel): string[] {
  const day = new Date(modified).toISOString().slice(0, 10);
  return [printable(reference), formatBytes(byteLength), day, printable(aliases.join(", "))];
}

export const remove: VerbAction = async (names, values) => {
  const settings = await hubSettings();
  for (const name of names) tell(await removeFromStore(name, settings), values);
  return EXIT.ok;
};

export const prune: VerbAction = async (_args, values) => {
  tell(await pruneStore(await hubSettings()), values);
  return EXIT.ok;
};

function tell(removal: Removal, { json, quiet }: OptionValues): void {
  if (json === true) process.stdout.write(jsonLine(removal));
  else if (quiet !== true) {
    const lines = removal.removed.map((what) => `removed ${printable(what)}\n`);
    process.stdout.write(`${lines.join("")}${formatBytes(removal.freedBytes)} freed\n`);
  }
}

export const copy: VerbAction = async ([name, alias], values) => {
  const target = await setAlias(name, alias, await hubSettings(), resolve);
  const text =
    values.json === true ? jsonLine({ alias, target }) : `${alias} stands for ${printable(target)}\n`;
  process.stdout.write(text);
  return EXIT.ok;
};

export const verify: VerbAction = async ([only], values) => {
  using interrupt = listenForInterrupt();
  const bar = progressBar(values, "verifying ");
  const report = await verifyStore(await hubSettings(), {
    signal: interrupt.signal,
    only,
    onProgress: bar.update,
  }).finally(bar.stop);
  if (values.json === true) process.stdout.write(jsonLine(report));
  else {
    const lines = report.damaged.map(
      ({ name, path }) => `damaged: ${printable(name)} (${printable(path)}); remove it and fetch it again\n`,
    );
    const sum = `${formatCount(report.files)} files, ${formatBytes(report.byteLength)}: ${report.damaged.length} damaged\n`;
    process.stdout.write(lines.join("") + sum);
  }
  return report.damaged.length === 0 ? EXIT.ok : EXIT.file;
};
