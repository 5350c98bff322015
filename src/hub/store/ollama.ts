/**
 * Ollama's store, read in place: manifests/HOST/NAMESPACE/NAME/TAG is JSON whose layer of type "image.model" names a
 * GGUF file by its SHA-256: blobs/sha256-DIGEST.
 */
import { platform } from "#platform";
import { FileError } from "../../base/errors.ts";
import { isSafeName } from "../safe-names.ts";

export interface OllamaModel {
  readonly name: string;
  readonly tag: string;
  readonly path: string;
  readonly byteLength: number;
  readonly sha256: string;
  readonly modified: number;
}

const HOST = "registry.ollama.ai";
const NAMESPACE = "library";
const MODEL_LAYER = "application/vnd.ollama.image.model";
const MAX_MANIFEST_BYTES = 1 << 20;
const MAX_DEPTH = 4;

/** "llama3.2" is library/llama3.2 of Ollama's own registry; two and three parts name more. */
function manifestParts(name: string): string[] {
  const parts = name.split("/");
  return [...[HOST, NAMESPACE].slice(0, Math.max(0, 3 - parts.length)), ...parts];
}

export async function findOllama(
  folder: string,
  name: string,
  tag: string,
): Promise<OllamaModel | undefined> {
  return readManifest(folder, [...manifestParts(name), tag]);
}

/** @throws FileError if Ollama's store does not have the model. */
export async function requireOllama(folder: string, name: string, tag: string): Promise<OllamaModel> {
  const found = await findOllama(folder, name, tag);
  if (found !== undefined) return found;
  throw new FileError({
    doing: `open "ollama:${name}:${tag}"`,
    expected: `a model in Ollama's store "${folder}"`,
    found: "none of this name",
    fix: "cria list shows the models that are there",
  });
}

export async function listOllama(folder: string): Promise<OllamaModel[]> {
  return modelsIn(folder, []);
}

async function modelsIn(folder: string, parts: readonly string[]): Promise<OllamaModel[]> {
  const models: OllamaModel[] = [];
  for (const { name, kind } of await platform.disk.list(platform.join(folder, "manifests", ...parts))) {
    const inner = [...parts, name];
    if (kind === "folder" && inner.length < MAX_DEPTH) models.push(...(await modelsIn(folder, inner)));
    if (kind !== "file") continue;
    const model = await readManifest(folder, inner);
    if (model !== undefined) models.push(model);
  }
  return models;
}

async function readManifest(folder: string, parts: readonly string[]): Promise<OllamaModel | undefined> {
  if (parts.length !== 4 || !isSafeName(parts.join("/"))) return undefined;
  const path = platform.join(folder, "manifests", ...parts);
  const text = await platform.disk.readText(path, MAX_MANIFEST_BYTES);
  const sha256 = text === undefined ? undefined : modelDigest(text);
  if (sha256 === undefined) return undefined;
  const blob = platform.join(folder, "blobs", `sha256-${sha256}`);
  const found = await platform.disk.entry(blob);
  if (found?.kind !== "file") return undefined;
  const [host, namespace, name, tag] = parts;
  const short =
    host !== HOST ? `${host}/${namespace}/${name}` : namespace !== NAMESPACE ? `${namespace}/${name}` : name;
  return { name: short, tag, path: blob, byteLength: found.byteLength, sha256, modified: found.modified };
}

function modelDigest(manifest: string): string | undefined {
  try {
    const { layers } = JSON.parse(manifest);
    if (!Array.isArray(layers)) return undefined;
    const layer = layers.find((candidate) => candidate?.mediaType === MODEL_LAYER);
    return /^sha256:([0-9a-f]{64})$/.exec(layer?.digest)?.[1];
  } catch {
    return undefined;
  }
}
