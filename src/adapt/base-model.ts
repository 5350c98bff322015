/**
 * The model that an adapter was trained on: its fingerprint and its name, compared with the model that it is applied to.
 * Equal shapes say little, because all models of a size share them.
 */
import { platform } from "#platform";
import type { BoundTensor } from "../engine/graph/bindings.ts";
import type { AdapterInfo } from "./adapter.ts";

/** Bytes of each tensor that a fingerprint covers. */
const SAMPLE_BYTES = 4096;

/** Identifies weights without reading all of them: a hash of names, types, shapes and the first bytes of each tensor. */
export function fingerprint(params: ReadonlyMap<string, BoundTensor>): string {
  const hash = platform.hash("sha256");
  const utf8 = new TextEncoder();
  for (const [name, { dtype, shape, bytes }] of params) {
    hash.update(utf8.encode(JSON.stringify([name, dtype, shape])));
    hash.update(bytes.subarray(0, SAMPLE_BYTES));
  }
  return hash.digest();
}

/** The model that an adapter is applied to. */
export interface BaseModel {
  /** Its path, its name in its metadata: whatever names it. */
  readonly names: readonly string[];
  /** Its fingerprint; undefined if that would need all of its bytes. */
  readonly id: () => string | undefined;
}

/** Endings of names that say how weights are stored, not whose they are. */
const STORAGE = /[-_.](?:i?q\d\w*|[bf]?p?f?(?:16|32)|gguf|ggml|hf|bin|safetensors|[48]bit|gptq|awq)$/i;
/** Shorter names are no evidence. */
const SHORTEST = 3;

/** "meta-llama/Llama-2-7b-hf" and "models/llama-2-7b.Q4_0.gguf" are the same: "llama27b". */
export function modelName(name: string): string {
  let short = name.replace(/[\\/]+$/, "").replace(/^.*[\\/]/, "");
  while (STORAGE.test(short)) short = short.replace(STORAGE, "");
  return short.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

function isNamed(base: string, names: readonly string[]): boolean {
  const wanted = modelName(base);
  const known = names.map(modelName).filter((name) => name.length >= SHORTEST);
  if (wanted.length < SHORTEST || known.length === 0) return true;
  return known.some((name) => name.includes(wanted) || wanted.includes(name));
}

/** Why answers with this adapter may be bad, or undefined. A fingerprint decides; without one, the names do. */
export function otherBase(path: string, { base, baseId }: AdapterInfo, model: BaseModel): string | undefined {
  const id = baseId === undefined ? undefined : model.id();
  const named = base === undefined || isNamed(base, model.names);
  const trainedOn = `the adapter "${path}" was trained on ${base === undefined ? "another model" : `"${base}"`}`;
  if (id !== undefined && id !== baseId) {
    return named
      ? `${trainedOn}, and this model has other weights (another version or storage type): answers may be worse`
      : `${trainedOn}, not on this model: answers may be worse`;
  }
  if (id !== undefined || named) return undefined;
  return `${trainedOn}, and this model is called "${model.names[model.names.length - 1]}": answers may be worse if it is another`;
}
