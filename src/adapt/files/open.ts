/** Opens an adapter of any format, recognised by its content, and binds it to a model. */
import { platform as thePlatform } from "#platform";
import { FileError } from "../../base/errors.ts";
import type { ModelConfig } from "../../config/config.ts";
import { ggufArchitecture } from "../../config/gguf.ts";
import { rotaryHeads } from "../../config/rotary-heads.ts";
import type { Platform } from "../../platform/platform.ts";
import { type Pairing, permuteRows } from "../../weights/index.ts";
import { type Adapter, type AdapterLayer, checkAdapter, linearLayers } from "../adapter.ts";
import { isGgla, readGgla } from "./ggla.ts";
import { readGgufAdapter } from "./gguf.ts";
import { isPeftFolder, PEFT_CONFIG, PEFT_WEIGHTS, readPeft } from "./peft.ts";
import type { RawAdapter } from "./raw.ts";

/**
 * Reads an adapter: a PEFT folder or its weights, a GGUF file, a GGLA file. All of it is in memory afterwards.
 * @throws FileError for a missing path, FormatError for a damaged file, UnsupportedError for other kinds of adapters.
 */
export function readAdapter(path: string, platform: Platform = thePlatform): RawAdapter {
  const status = platform.status(path);
  if (status === undefined) {
    throw new FileError({
      doing: `open the adapter "${path}"`,
      found: "there is no such file or folder",
      fix: "check the path",
    });
  }
  if (status.kind === "folder") return fromFolder(path, platform);
  if ((PEFT_WEIGHTS as readonly string[]).includes(platform.baseName(path))) {
    const folder = platform.folderOf(path);
    if (isPeftFolder(folder, platform)) return readPeft(folder, platform);
  }
  using source = platform.open(path);
  return isGgla(source) ? readGgla(source) : readGgufAdapter(source);
}

function fromFolder(folder: string, platform: Platform): RawAdapter {
  if (isPeftFolder(folder, platform)) return readPeft(folder, platform);
  const inner = platform.join(folder, "adapter");
  if (platform.status(inner)?.kind === "folder" && isPeftFolder(inner, platform))
    return readPeft(inner, platform);
  throw new FileError({
    doing: `open the adapter "${folder}"`,
    expected: `a folder with ${PEFT_CONFIG}`,
    found: "none in it",
    fix: "name the adapter's folder or file",
  });
}

/** B with its rows in another order of rotary pairs. */
export function withRows(
  layer: string,
  of: AdapterLayer,
  config: ModelConfig,
  from: Pairing,
  to: Pairing,
): AdapterLayer {
  const heads = rotaryHeads(layer, config);
  if (heads === undefined || from === to) return of;
  const bytes = permuteRows(new Uint8Array(of.b.buffer, of.b.byteOffset, of.b.byteLength), heads, to);
  return { ...of, b: new Float32Array(bytes.buffer as ArrayBuffer) };
}

/** The adapter in the model's order of layers and rows. @throws ConfigError, ShapeError if it belongs to another model. */
export function bindAdapter(raw: RawAdapter, config: ModelConfig): Adapter {
  checkAdapter(raw, config, raw.path);
  const from = raw.rows === "gguf" ? ggufArchitecture(config).pairing : raw.rows;
  const layers = [...linearLayers(config).keys()].flatMap((layer) => {
    const of = raw.layers.get(layer);
    return of === undefined ? [] : [[layer, withRows(layer, of, config, from, config.ropePairing)] as const];
  });
  return { info: raw.info, layers: new Map(layers) };
}
