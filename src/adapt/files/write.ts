/** Writes adapters as PEFT folders and as GGUF files that llama.cpp loads. Everything appears whole or not at all. */
import { platform as thePlatform } from "#platform";
import type { ModelConfig } from "../../config/config.ts";
import { ggufArchitecture } from "../../config/gguf.ts";
import { type GgufValue, ggufValue, writeGguf } from "../../formats/gguf/index.ts";
import { writeSafetensors } from "../../formats/safetensors/index.ts";
import type { TensorEntry } from "../../formats/tensor-file.ts";
import type { FolderSink, Platform } from "../../platform/platform.ts";
import { encode } from "../../quant/index.ts";
import { translateName } from "../../weights/index.ts";
import type { Adapter, AdapterLayer } from "../adapter.ts";
import type { AdapterDType } from "./dtypes.ts";
import { GGUF_ADAPTER } from "./gguf.ts";
import { withRows } from "./open.ts";
import { PEFT_CONFIG, PEFT_METADATA, PEFT_WEIGHTS } from "./peft.ts";

export interface WriteAdapterOptions {
  /** Storage type of the matrices. Default F32. */
  readonly dtype?: AdapterDType | undefined;
  readonly overwrite?: boolean | undefined;
  /** Further files of a folder, and the names of files that the folder may have had before. */
  readonly more?: ((folder: FolderSink) => void) | undefined;
  readonly owns?: readonly string[] | undefined;
  readonly platform?: Platform | undefined;
}

const utf8 = new TextEncoder();

function entry(
  name: string,
  shape: readonly number[],
  values: Float32Array,
  dtype: AdapterDType,
): TensorEntry {
  const bytes =
    dtype === "F32"
      ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
      : encode(dtype, values, shape[1]);
  return { name, dtype, shape, byteLength: bytes.byteLength, bytes: () => bytes };
}

function entriesOf(
  layers: ReadonlyMap<string, AdapterLayer>,
  nameOf: (layer: string, matrix: "a" | "b") => string,
  dtype: AdapterDType,
): TensorEntry[] {
  return [...layers].flatMap(([layer, { rank, inDim, outDim, a, b }]) => [
    entry(nameOf(layer, "a"), [rank, inDim], a, dtype),
    entry(nameOf(layer, "b"), [outDim, rank], b, dtype),
  ]);
}

const moduleOf = (layer: string): string =>
  (translateName(`${layer}.weight`, "gguf", "hf") ?? layer).replace(/\.weight$/, "");
const leafOf = (module: string): string => module.slice(module.lastIndexOf(".") + 1);

/** Names of modules: short ones if every layer of that name is adapted, as PEFT expects them. */
function targetModules(layers: Iterable<string>, nLayers: number): string[] {
  const modules = [...layers].map(moduleOf);
  const leaves = [...new Set(modules.map(leafOf))];
  const isWhole = leaves.every(
    (leaf) => modules.filter((module) => leafOf(module) === leaf).length === nLayers,
  );
  return isWhole ? leaves : modules;
}

/** The most frequent value. */
function usual(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0][0];
}

/** The layers whose value is not the usual one, by module. */
function exceptions(layers: Adapter["layers"], common: number, of: (layer: AdapterLayer) => number) {
  const found = [...layers].filter(([, layer]) => of(layer) !== common);
  return Object.fromEntries(found.map(([name, layer]) => [moduleOf(name), of(layer)]));
}

/** The settings of PEFT from which it rebuilds the adapter. */
export function peftConfig({ layers, info }: Adapter, { nLayers }: ModelConfig): Record<string, unknown> {
  const rsLora = info.rsLora === true;
  const alphaOf = ({ scale, rank }: AdapterLayer): number => scale * (rsLora ? Math.sqrt(rank) : rank);
  const all = [...layers.values()];
  const rank = usual(all.map((layer) => layer.rank));
  // Alpha is usually a whole number; a scale in floats only nearly gives it back.
  const exact = (layer: AdapterLayer): number => Number(alphaOf(layer).toPrecision(12));
  const alpha = usual(all.map(exact));
  return {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: info.base ?? "",
    r: rank,
    lora_alpha: alpha,
    lora_dropout: info.dropout ?? 0,
    target_modules: targetModules(layers.keys(), nLayers),
    use_rslora: rsLora,
    use_dora: false,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    modules_to_save: null,
    rank_pattern: exceptions(layers, rank, (layer) => layer.rank),
    alpha_pattern: exceptions(layers, alpha, exact),
  };
}

function writeFile(folder: FolderSink, name: string, bytes: Uint8Array): void {
  using sink = folder.file(name);
  sink.write(bytes);
  sink.commit();
}

/** Writes a folder that PEFT loads. @throws FileError if it cannot be written; an existing folder stays. */
export function writePeft(
  path: string,
  adapter: Adapter,
  config: ModelConfig,
  options: WriteAdapterOptions = {},
): void {
  const { dtype = "F32", overwrite = false, more, owns = [], platform = thePlatform } = options;
  const known = [PEFT_CONFIG, ...PEFT_WEIGHTS, ...owns];
  using folder = platform.createFolder(path, { overwrite, replaces: (name) => known.includes(name) });
  writeFile(folder, PEFT_CONFIG, utf8.encode(`${JSON.stringify(peftConfig(adapter, config), null, 2)}\n`));
  const { name, template, baseId } = adapter.info;
  const texts = { name, template, baseId };
  const own = Object.entries(texts).flatMap(([key, value]) =>
    value === undefined ? [] : [[PEFT_METADATA[key as keyof typeof texts], value] as const],
  );
  const rows = inRows(adapter, config, "halves");
  const nameOf = (layer: string, matrix: "a" | "b"): string =>
    `base_model.model.${moduleOf(layer)}.lora_${matrix.toUpperCase()}.weight`;
  using weights = folder.file(PEFT_WEIGHTS[0]);
  writeSafetensors(weights, entriesOf(rows, nameOf, dtype), {
    metadata: { format: "pt", ...Object.fromEntries(own) },
  });
  weights.commit();
  more?.(folder);
  folder.commit();
}

function inRows(
  { layers }: Adapter,
  config: ModelConfig,
  to: "halves" | "interleaved",
): Map<string, AdapterLayer> {
  const moved = [...layers].map(
    ([layer, of]) => [layer, withRows(layer, of, config, config.ropePairing, to)] as const,
  );
  return new Map(moved);
}

/** GGUF has one alpha for all layers: where another scale is meant, B carries the difference. */
function withAlpha(layers: Map<string, AdapterLayer>, alpha: number): Map<string, AdapterLayer> {
  const scaled = [...layers].map(([name, layer]) => {
    const factor = (layer.scale * layer.rank) / alpha;
    const isSame = Math.abs(factor - 1) < 1e-12;
    return [name, isSame ? layer : { ...layer, b: layer.b.map((value) => value * factor) }] as const;
  });
  return new Map(scaled);
}

/** Writes a file that llama.cpp loads. @throws FileError if it cannot be written; an existing file stays. */
export function writeGgufAdapter(
  path: string,
  adapter: Adapter,
  config: ModelConfig,
  options: WriteAdapterOptions = {},
): void {
  const { dtype = "F32", overwrite = false, platform = thePlatform } = options;
  const { name: architecture, pairing } = ggufArchitecture(config);
  const { name, base, baseId, template } = adapter.info;
  const alpha = usual(
    [...adapter.layers.values()].map(({ scale, rank }) => Number((scale * rank).toPrecision(12))),
  );
  // Alpha 0 would mean "no alpha", a scale of 1.
  const stored = alpha === 0 ? 1 : alpha;
  const layers = withAlpha(inRows(adapter, config, pairing), Math.fround(stored));
  const texts: [string, string | undefined][] = [
    ["general.architecture", architecture],
    [GGUF_ADAPTER.type, "adapter"],
    [GGUF_ADAPTER.kind, "lora"],
    [GGUF_ADAPTER.name, name],
    [GGUF_ADAPTER.base, base],
    [GGUF_ADAPTER.baseId, baseId],
    [GGUF_ADAPTER.template, template],
  ];
  const metadata: [string, GgufValue][] = texts.flatMap(([key, value]) =>
    value === undefined ? [] : [[key, ggufValue.string(value)]],
  );
  metadata.push([GGUF_ADAPTER.alpha, ggufValue.f32(stored)]);
  using sink = platform.createFile(path, { overwrite });
  writeGguf(sink, {
    metadata,
    tensors: entriesOf(layers, (layer, matrix) => `${layer}.weight.lora_${matrix}`, dtype),
  });
  sink.commit();
}
