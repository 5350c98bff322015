/** The rows of `cria show`, one function per table. Empty tables are omitted. */

import type { ModelConfig, RopeScaling } from "../config/config.ts";
import type { ModelDescription } from "../library/inspect.ts";
import { formatBytes, formatCount, formatParameters, shorten, threeDigits } from "./text.ts";

export type Rows = readonly (readonly string[])[];

/** Drops rows without a value. */
function known(rows: readonly (readonly [name: string, value: string | undefined])[]): Rows {
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

export function modelRows(model: ModelDescription): Rows {
  const { config, parameterCount, bitsPerWeight, name, license } = model;
  const chosen = (text: string | undefined) => (text === undefined ? undefined : shorten(text, 100));
  return known([
    ["file", shorten(model.path, 100)],
    ["format", `${model.format}, ${formatBytes(model.byteLength)}`],
    ["name", chosen(name)],
    ["licence", chosen(license) ?? "not stated"],
    ...(model.obligations ?? []).map((line): [string, string] => ["", line]),
    ["architecture", config?.architecture ?? chosen(architectureOf(model))],
    [
      "parameters",
      parameterCount === undefined
        ? undefined
        : `${formatParameters(parameterCount)} (${formatCount(parameterCount)})`,
    ],
    ["bits per weight", bitsPerWeight === undefined ? undefined : threeDigits(bitsPerWeight)],
    ["tensors", formatCount(model.tensors.length)],
    ...(config === undefined ? [] : shapeRows(config)),
    ["chat template", chatTemplateNote(model)],
    ["sampling", samplingNote(model)],
    ...model.ignored.map((text): [string, string] => ["not used", shorten(text, 160)]),
    ["unknown", model.unused.length === 0 ? undefined : `${model.unused.length} tensors`],
  ]);
}

function architectureOf({ metadata }: ModelDescription): string | undefined {
  const value = metadata.get("general.architecture");
  return typeof value === "string" ? value : undefined;
}

function chatTemplateNote({ chatTemplate }: ModelDescription): string {
  return chatTemplate === undefined ? "none" : `${formatCount(chatTemplate.length)} characters`;
}

/** Under the names of the options of `run` and `chat`. */
function samplingNote({ sampling }: ModelDescription): string | undefined {
  if (sampling === undefined) return undefined;
  const parts = Object.entries(sampling).map(
    ([name, value]) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)} ${value}`,
  );
  return `${parts.join(" ")}, unless overridden (generation_config.json)`;
}

function shapeRows(config: ModelConfig): (readonly [string, string | undefined])[] {
  const { nHeads, nKvHeads, headDim, slidingWindow, biases } = config;
  const biased = Object.entries(biases).flatMap(([name, present]) => (present ? [name] : []));
  return [
    ["context", `${formatCount(config.maxSeqLen)} tokens`],
    ["width", `${config.dim}, feed-forward ${config.ffnDim}`],
    ["layers", String(config.nLayers)],
    ["heads", `${nHeads} of ${headDim}, ${nKvHeads} for keys and values`],
    ["vocabulary", formatCount(config.vocabSize)],
    ["rotation", rotation(config)],
    ["window", slidingWindow === undefined ? undefined : `${formatCount(slidingWindow)} tokens`],
    ["biases", biased.length === 0 ? undefined : biased.join(", ")],
    ["output", config.tied ? "tied to the embedding" : "separate matrix"],
  ];
}

function rotation({ ropeTheta, ropePairing, rotaryDim, headDim, ropeScaling }: ModelConfig): string {
  const part = rotaryDim === headDim ? "" : `, ${rotaryDim} of ${headDim}`;
  return `base ${ropeTheta}, ${ropePairing}${part}${scalingNote(ropeScaling)}`;
}

function scalingNote(scaling: RopeScaling): string {
  if (scaling.kind === "none") return "";
  const factor = "factor" in scaling && scaling.factor !== undefined ? ` × ${scaling.factor}` : "";
  return `, scaled: ${scaling.kind}${factor}`;
}

export function memoryRows({ memory }: ModelDescription): Rows {
  if (memory === undefined) return [];
  const { weights, cache, context, total } = memory;
  return [
    ["weights", formatBytes(weights)],
    [`cache of ${formatCount(context)} tokens`, formatBytes(cache)],
    ["total", formatBytes(total)],
  ];
}

export function typeRows({ types }: ModelDescription): Rows {
  return types.map(({ dtype, tensorCount, valueCount, byteLength }) => [
    dtype,
    `${formatCount(tensorCount)} tensors`,
    `${formatParameters(valueCount)} values`,
    formatBytes(byteLength),
  ]);
}

export function tokenizerRows({ tokenizer }: ModelDescription): Rows {
  if (tokenizer === undefined) return [];
  const { kind, pieceCount, pre, source, bosId, ends, addBos } = tokenizer;
  return known([
    ["kind", kind],
    ["pieces", formatCount(pieceCount)],
    ["pre-tokenizer", pre],
    ["found", shorten(source, 100)],
    ["BOS", bosId === undefined ? "none" : `${bosId}${addBos ? ", prepended to prompts" : ""}`],
    ["end tokens", ends.length === 0 ? "none" : ends.join(", ")],
  ]);
}

const SHOWN_ITEMS = 5;
const SHOWN_LENGTH = 80;

export function metadataRows({ metadata }: ModelDescription): Rows {
  return [...metadata].map(([key, value]) => [shorten(key, 60), shorten(valueText(value), SHOWN_LENGTH)]);
}

/** Arrays by their first items and length. */
function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return String(value);
  const isList = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
  if (!isList) return JSON.stringify(value) ?? "";
  const list = value as ArrayLike<unknown>;
  const items = Array.from({ length: Math.min(SHOWN_ITEMS, list.length) }, (_, i) => itemText(list[i]));
  return `[${items.join(", ")}${list.length > SHOWN_ITEMS ? ", …" : ""}] (${formatCount(list.length)})`;
}

function itemText(item: unknown): string {
  if (typeof item === "string") return JSON.stringify(item.slice(0, 20));
  return typeof item === "object" && item !== null ? "…" : String(item);
}

export function tensorRows({ tensors }: ModelDescription): Rows {
  return tensors.map(({ name, dtype, shape, byteLength }) => [
    shorten(name, 80),
    dtype,
    `[${shape.join(", ")}]`,
    formatBytes(byteLength),
  ]);
}
