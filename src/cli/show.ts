/** `cria show`: describes a model from its headers. */
import { inspectModel, type ModelDescription } from "../library/inspect.ts";
import { type Colors, colorsFor } from "./colors.ts";
import { EXIT } from "./exit-codes.ts";
import { resolveModel } from "./model-argument.ts";
import {
  memoryRows,
  metadataRows,
  modelRows,
  type Rows,
  tensorRows,
  tokenizerRows,
  typeRows,
} from "./show-rows.ts";
import { columns } from "./table.ts";
import { jsonLine, printable } from "./text.ts";
import type { OptionValues, VerbAction } from "./values.ts";

export const show: VerbAction = async ([name], values) => {
  const { tokenizer, context } = values;
  const path = await resolveModel(name, values);
  const model = await inspectModel(path, { tokenizer, context });
  process.stdout.write(values.json === true ? jsonText(model) : report(model, values));
  return EXIT.ok;
};

/** Maps as objects, typed arrays as arrays, and 64-bit integers as decimal text if a number would round. */
function jsonText(model: ModelDescription): string {
  return jsonLine(model, (_key, value) => {
    if (value instanceof Map) return Object.fromEntries(value);
    if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number | bigint>) : value;
  });
}

function report(model: ModelDescription, { tensors }: OptionValues): string {
  const colors = colorsFor(process.stdout);
  const parts = [
    section(colors, "Model", modelRows(model)),
    section(colors, "Memory", memoryRows(model), ["left", "right"]),
    section(colors, "Types", typeRows(model), ["left", "right", "right", "right"]),
    section(colors, "Tokenizer", tokenizerRows(model)),
    section(colors, "Metadata", metadataRows(model)),
    tensors === true ? section(colors, "Tensors", tensorRows(model), ["left", "left", "left", "right"]) : "",
    section(colors, "Warnings", warningRows(model)),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function warningRows({ warnings, problem }: ModelDescription): Rows {
  const first = problem === undefined ? [] : [`It cannot run here. ${problem}`];
  return [...first, ...warnings].map((text) => [printable(text)]);
}

function section(colors: Colors, title: string, rows: Rows, alignments: ("left" | "right")[] = []): string {
  if (rows.length === 0) return "";
  const body = columns(rows, alignments).replaceAll(/^/gm, "  ");
  return `${colors.bold(title)}\n${body}`;
}
