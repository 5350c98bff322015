/** `cria pull`: fetches models into the store, or shows what fetching would take. */

import { RequestError } from "../base/errors.ts";
import {
  hubSettings,
  type PulledModel,
  parseReference,
  planRepository,
  pull as pullModel,
  type QuantisationTable,
  quantisationTable,
} from "../hub/index.ts";
import { platform } from "../platform/node.ts";
import { colorsFor } from "./colors.ts";
import { EXIT } from "./exit-codes.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { licenceAnswer } from "./licence-prompt.ts";
import { choiceText, pulledText } from "./model-argument.ts";
import { columns } from "./table.ts";
import { formatBytes, formatCount, jsonLine, printable } from "./text.ts";
import { transferBar } from "./transfer-bar.ts";
import type { OptionValues, VerbAction } from "./values.ts";

export const pull: VerbAction = async (names, values) => {
  for (const name of names) {
    if (values.dryRun === true) await dryRun(name, values);
    else await fetchOne(name, values);
  }
  return EXIT.ok;
};

async function fetchOne(name: string, values: OptionValues): Promise<void> {
  using interrupt = listenForInterrupt();
  const bar = transferBar(values);
  const isJson = values.json === true;
  try {
    const pulled: PulledModel = await pullModel(name, {
      signal: interrupt.signal,
      acceptLicence: licenceAnswer(values),
      connections: values.connections,
      allowLocal: values.allowLocal,
      onPlan: (plan) => {
        if (!isJson && values.quiet !== true) process.stderr.write(`${printable(choiceText(plan))}\n`);
      },
      onProgress: (progress) => {
        bar.update(progress);
        if (isJson) process.stdout.write(jsonLine({ event: "progress", ...progress }));
      },
    });
    bar.stop();
    process.stdout.write(
      isJson
        ? jsonLine({ event: "result", ...pulled })
        : `${printable(values.quiet === true ? pulled.path : pulledText(pulled))}\n`,
    );
  } finally {
    bar.stop();
  }
}

async function dryRun(name: string, values: OptionValues): Promise<void> {
  const settings = await hubSettings();
  const reference = parseReference(name, settings.endpoint);
  if (reference.kind !== "hub") {
    throw new RequestError({ doing: "use --dry-run", expected: "a reference with hf:", found: `"${name}"` });
  }
  const plan = await planRepository(reference, settings);
  const table = await quantisationTable(plan, settings, { context: values.context });
  const freeBytes = await platform.disk.freeBytes(settings.cacheFolder);
  const { info, selection } = plan;
  const { memoryBytes } = platform;
  process.stdout.write(
    values.json === true
      ? jsonLine({
          id: info.id,
          commit: info.commit,
          license: info.license,
          ...table,
          memoryBytes,
          freeBytes,
        })
      : `${printable(`${info.id} at ${info.commit.slice(0, 12)}`)}\n${tableText(table)}\n` +
          `Taken: ${printable(`${selection.label}, ${selection.reason}`)}. Licence: ${printable(info.license ?? "not stated")}.\n` +
          `This machine: ${formatBytes(memoryBytes ?? 0)} of memory, ${formatBytes(freeBytes ?? 0)} free on the disk.\n`,
  );
}

function tableText({ rows, context }: QuantisationTable): string {
  const { green, yellow, bold } = colorsFor(process.stdout);
  const cache = context === undefined ? "memory" : `memory at ${formatCount(context)} tokens`;
  const head = ["", "type", "size", "files", cache, ""].map((text) => bold(text));
  const lines = rows.map(({ label, byteLength, fileCount, memoryBytes, fits, chosen }) => [
    chosen ? "›" : "",
    printable(label),
    formatBytes(byteLength),
    String(fileCount),
    formatBytes(memoryBytes),
    fits ? green("fits") : yellow("does not fit"),
  ]);
  return columns([head, ...lines], ["left", "left", "right", "right", "right", "left"]);
}
