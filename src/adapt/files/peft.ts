/**
 * Adapters of PEFT: a folder with adapter_config.json and adapter_model.safetensors or .bin. Names are those of Hugging
 * Face's models with a prefix, and rows have Hugging Face's order:
 *
 *     base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight        [r, in]
 */
import { FileError, FormatError, UnsupportedError } from "../../base/errors.ts";
import { isJsonObject, type JsonObject, readJsonSource } from "../../formats/hf/index.ts";
import { openPth } from "../../formats/pth/index.ts";
import { openSafetensors } from "../../formats/safetensors/index.ts";
import type { TensorFile } from "../../formats/tensor-file.ts";
import type { Platform } from "../../platform/platform.ts";
import { translateName } from "../../weights/index.ts";
import { type AdapterInfo, scaleOf } from "../adapter.ts";
import { pairMatrices, type RawAdapter, type RawMatrix } from "./raw.ts";

export const PEFT_CONFIG = "adapter_config.json";
export const PEFT_WEIGHTS = ["adapter_model.safetensors", "adapter_model.bin"] as const;
/** Keys of safetensors' metadata in which Cria keeps what PEFT's settings have no place for. */
export const PEFT_METADATA = {
  name: "cria.name",
  template: "cria.chat_template",
  baseId: "cria.base_id",
} as const;
const MAX_CONFIG_BYTES = 1 << 24;

/** PEFT puts the adapter's name after lora_A if it was saved from a model with several. */
const NAME = /^(?:base_model\.model\.)?(.+)\.lora_([AB])(?:\.[^.]+)?\.weight$/;

export const isPeftFolder = (folder: string, platform: Platform): boolean =>
  platform.status(platform.join(folder, PEFT_CONFIG))?.kind === "file";

function unsupported(path: string, found: string): never {
  throw new UnsupportedError({
    doing: `read the adapter "${path}"`,
    expected: "a LoRA adapter of linear layers",
    found,
    fix: "merge it into its model with PEFT, and use the model",
  });
}

/** Settings with which a file means something else than its matrices alone. */
function checkSettings(path: string, config: JsonObject): void {
  const { peft_type, use_dora, bias, modules_to_save, fan_in_fan_out } = config;
  if (peft_type !== undefined && peft_type !== "LORA")
    unsupported(path, `the type ${JSON.stringify(peft_type)}`);
  if (use_dora === true) unsupported(path, "DoRA (use_dora)");
  if (bias !== undefined && bias !== "none" && bias !== null)
    unsupported(path, `trained biases (bias: ${bias})`);
  if (fan_in_fan_out === true) unsupported(path, "transposed layers (fan_in_fan_out)");
  if (Array.isArray(modules_to_save) && modules_to_save.length > 0)
    unsupported(path, `whole trained modules (modules_to_save: ${modules_to_save.join(", ").slice(0, 100)})`);
}

function numberOf(path: string, config: JsonObject, key: string): number {
  const value = config[key];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new FormatError({
    doing: `read ${PEFT_CONFIG} of "${path}"`,
    expected: `a number for ${key}`,
    found: JSON.stringify(value ?? null).slice(0, 60),
  });
}

/** Alpha of single layers: keys are ends of module names. Regular expressions of untrusted files are not run. */
function alphaPatterns(path: string, { alpha_pattern }: JsonObject): [string, number][] {
  if (!isJsonObject(alpha_pattern ?? null)) return [];
  return Object.entries(alpha_pattern as JsonObject).map(([key, value]) => {
    if (typeof value !== "number") unsupported(path, "an alpha_pattern without numbers");
    if (!/^[\w.]+$/.test(key))
      unsupported(path, `the pattern ${JSON.stringify(key.slice(0, 60))} in alpha_pattern`);
    return [key, value];
  });
}

function matricesOf(path: string, { tensors }: TensorFile): RawMatrix[] {
  return [...tensors.values()].map((entry): RawMatrix => {
    const [, module, letter] = NAME.exec(entry.name) ?? [];
    const canonical = module && translateName(`${module}.weight`, "hf", "gguf");
    if (!canonical?.startsWith("blk."))
      return unsupported(path, `the tensor ${JSON.stringify(entry.name.slice(0, 120))}`);
    const matrix = letter === "A" ? "a" : "b";
    return { layer: canonical.replace(/\.weight$/, ""), matrix, entry };
  });
}

function openWeights(
  folder: string,
  platform: Platform,
): { file: TensorFile; metadata: ReadonlyMap<string, string> } {
  for (const name of PEFT_WEIGHTS) {
    const path = platform.join(folder, name);
    if (platform.status(path)?.kind !== "file") continue;
    const source = platform.open(path);
    try {
      if (name.endsWith(".bin")) return { file: openPth(source), metadata: new Map() };
      const file = openSafetensors(source);
      return { file, metadata: file.metadata };
    } catch (error) {
      source.dispose();
      throw error;
    }
  }
  throw new FileError({
    doing: `read the adapter "${folder}"`,
    expected: PEFT_WEIGHTS.join(" or "),
    found: "neither",
  });
}

export function readPeft(folder: string, platform: Platform): RawAdapter {
  using source = platform.open(platform.join(folder, PEFT_CONFIG));
  const config = readJsonSource(source, { maxLength: MAX_CONFIG_BYTES });
  if (!isJsonObject(config)) throw new FormatError({ doing: `read "${source.name}"`, found: "no object" });
  checkSettings(folder, config);
  const alpha = numberOf(folder, config, "lora_alpha");
  const patterns = alphaPatterns(folder, config);
  const rsLora = config.use_rslora === true;
  const { file, metadata } = openWeights(folder, platform);
  try {
    const alphaOf = (layer: string): number => {
      const module = translateName(`${layer}.weight`, "gguf", "hf")?.replace(/\.weight$/, "") ?? "";
      return patterns.find(([key]) => module === key || module.endsWith(`.${key}`))?.[1] ?? alpha;
    };
    const layers = pairMatrices(folder, matricesOf(folder, file), (layer, rank) =>
      scaleOf(alphaOf(layer), rank, rsLora),
    );
    const { base_model_name_or_path: base, lora_dropout: dropout } = config;
    const info: AdapterInfo = {
      name: metadata.get(PEFT_METADATA.name),
      template: metadata.get(PEFT_METADATA.template),
      baseId: metadata.get(PEFT_METADATA.baseId),
      base: typeof base === "string" && base !== "" ? base : undefined,
      dropout: typeof dropout === "number" ? dropout : undefined,
      alpha,
      rsLora,
    };
    const entries = [...file.tensors.values()];
    return {
      path: folder,
      format: "peft",
      info,
      layers,
      rows: "halves",
      byteLength: entries.reduce((sum, { byteLength }) => sum + byteLength, 0),
      dtypes: [...new Set(entries.map(({ dtype }) => dtype))],
    };
  } finally {
    file.dispose();
  }
}
