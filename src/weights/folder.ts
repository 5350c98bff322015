/** Finds the weights in a folder: Hugging Face's layout, Meta's, or a single file. */

import type { ByteSource } from "../base/bytes.ts";
import { FileError, UnsupportedError } from "../base/errors.ts";
import { parseShardName } from "../formats/gguf/shard-name.ts";
import { describeHfFolder } from "../formats/hf/folder.ts";
import type { TensorFile } from "../formats/tensor-file.ts";
import type { Platform } from "../platform/platform.ts";
import { findFile, readJsonFile } from "./sidecars.ts";

type OtherFormats = typeof import("./other-formats.ts");

export type WeightFiles =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "index"; readonly path: string }
  | { readonly kind: "meta"; readonly folder: string; readonly files: readonly string[] };

export const META_SHARD = /^consolidated\.\d{2}\.pth$/;
const HF_WEIGHTS =
  /^(model\.safetensors|pytorch_model\.bin|adapter_model\.(safetensors|bin))(\.index\.json)?$/;
const WEIGHTS = /\.(gguf|safetensors|pth|pt|bin)$/i;
/** Files with the extension of weights that are not weights. */
const NOT_WEIGHTS =
  /^(tokenizer|tok\d+|training_args|optimizer|scheduler|rng_state|vocab).*\.(bin|pt|pth)$|^(imatrix|mmproj).*\.gguf$/i;
const MAX_INDEX_BYTES = 64 * 1024 * 1024;

/**
 * @param only "meta": use Meta's shards even if there are other weights next to them.
 * @throws FileError if there are no weights, or several models.
 */
export function findWeights(folder: string, platform: Platform, only?: "meta"): WeightFiles {
  const names = platform.list(folder);
  const shards = names.filter((name) => META_SHARD.test(name));
  const meta: WeightFiles = { kind: "meta", folder, files: shards };
  if (only === "meta" && shards.length > 0) return meta;
  if (names.some((name) => HF_WEIGHTS.test(name))) {
    const { index, files, isAdapter } = describeHfFolder(names);
    if (isAdapter) {
      throw new UnsupportedError({
        doing: `open "${folder}" as a model`,
        found: "an adapter, which contains changes to a model's weights",
        fix: "open its base model, and apply the adapter to it",
      });
    }
    return index === undefined
      ? { kind: "file", path: platform.join(folder, files[0]) }
      : { kind: "index", path: platform.join(folder, index) };
  }
  if (shards.length > 0) return meta;
  return { kind: "file", path: platform.join(folder, singleWeights(folder, names)) };
}

/** Hidden files do not count: macOS stores "._NAME" next to files on foreign disks. */
function isWeights(name: string): boolean {
  return !name.startsWith(".") && WEIGHTS.test(name) && !NOT_WEIGHTS.test(name);
}

/** The one file that may be weights; of a split GGUF model, its first. */
function singleWeights(folder: string, names: readonly string[]): string {
  const candidates = names.filter((name) => isWeights(name));
  const models = candidates.filter((name) => (parseShardName(name)?.index ?? 0) === 0);
  const [only] = models;
  if (models.length === 1) return only;
  const shown = models.slice(0, 8).map((name) => `"${name}"`);
  throw new FileError({
    doing: `open the folder "${folder}"`,
    expected:
      "model.safetensors or pytorch_model.bin (or an index of shards), consolidated.00.pth, or one file of " +
      ".gguf, .safetensors, .pth, .pt or .bin",
    found:
      models.length === 0 ? "none of them" : `several: ${shown.join(", ")}${models.length > 8 ? ", …" : ""}`,
    fix: models.length === 0 ? "check the path" : "give the path of the intended one",
  });
}

/** Opens Meta's shards as one; params.json gives the width of the model. */
export function openMetaShards(
  { folder, files }: Extract<WeightFiles, { kind: "meta" }>,
  platform: Platform,
  others: () => Pick<OtherFormats, "openMetaFolder">,
): TensorFile {
  const params = platform.join(folder, "params.json");
  if (platform.status(params)?.kind !== "file") {
    throw new FileError({
      doing: `open "${platform.join(folder, files[0])}"`,
      expected: "params.json next to it",
      found: "no such file",
      fix: "put the model's params.json into the folder",
    });
  }
  const { dim } = readJsonFile(platform, params);
  const sources: ByteSource[] = [];
  try {
    for (const file of files) sources.push(platform.open(platform.join(folder, file)));
    return others().openMetaFolder(sources, { dim: typeof dim === "number" ? dim : Number.NaN });
  } catch (error) {
    for (const source of sources) source.dispose();
    throw error;
  }
}

const HF_SHARD = /^(.+)-\d{5}-of-\d{5}\.(safetensors|bin)$/;

/** The index next to a shard that was given alone: any shard opens all of them. */
export function indexOfShard(path: string, platform: Platform): string | undefined {
  const [, stem, extension] = HF_SHARD.exec(platform.baseName(path)) ?? [];
  if (stem === undefined) return undefined;
  return findFile(platform, platform.folderOf(path), `${stem}.${extension}.index.json`);
}

/** Opens the shards that a Hugging Face index names. */
export function openIndexedFile(
  path: string,
  platform: Platform,
  others: () => Pick<OtherFormats, "openShardedPth" | "openShardedSafetensors">,
): { format: "safetensors" | "pth"; file: TensorFile } {
  const folder = platform.folderOf(path);
  const text = platform.readText(path, MAX_INDEX_BYTES);
  const format = path.endsWith(".safetensors.index.json") ? "safetensors" : "pth";
  const { openShardedPth, openShardedSafetensors } = others();
  const open = format === "safetensors" ? openShardedSafetensors : openShardedPth;
  return { format, file: open(text, path, (name) => platform.open(platform.join(folder, name))) };
}
