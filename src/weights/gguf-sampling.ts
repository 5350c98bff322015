/**
 * The sampling that a model's authors recommend, in GGUF: `general.sampling.*` (llama.cpp, `llama_model_meta_key`). In Cria
 * it has the names of generation_config.json.
 */
import type { GgufScalar, GgufValue } from "../formats/gguf/value.ts";
import { ggufValue } from "../formats/gguf/value.ts";
import type { JsonObject } from "../formats/hf/json.ts";

const PREFIX = "general.sampling.";
/** GGUF's name, that of generation_config.json, and the type in a file. */
const KEYS = [
  ["temp", "temperature", "f32"],
  ["top_k", "top_k", "i32"],
  ["top_p", "top_p", "f32"],
  ["min_p", "min_p", "f32"],
  ["penalty_repeat", "repetition_penalty", "f32"],
] as const;

/** 0.95 in f32 is 0.949999988…: the shortest decimal that rounds to it. Values that are no numbers stay as they are. */
function plainNumber({ type, value }: GgufScalar): number | string | boolean {
  if (typeof value === "bigint") return Number(value);
  return type === "f32" ? Number((value as number).toPrecision(7)) : value;
}

/** Entries of generation_config.json; undefined if the file recommends nothing. They are not checked. */
export function samplingOf(metadata: ReadonlyMap<string, GgufValue>): JsonObject | undefined {
  const found = KEYS.flatMap(([own, name]): [string, JsonObject[string]][] => {
    const value = metadata.get(PREFIX + own);
    if (value === undefined) return [];
    if (value.type === "array") return [[name, "an array"]];
    const plain = plainNumber(value);
    // Some files say -1 for "off".
    return [[name, own === "top_k" && plain === -1 ? 0 : plain]];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** The same as metadata, of what generation_config.json has as numbers. */
export function samplingEntries(generation: JsonObject | undefined): [string, GgufValue][] {
  if (generation === undefined) return [];
  const all = generation.do_sample === false ? { ...generation, temperature: 0 } : generation;
  return KEYS.flatMap(([own, name, type]): [string, GgufValue][] => {
    const value = all[name];
    if (typeof value !== "number" || !Number.isFinite(value)) return [];
    if (type === "i32" && !Number.isInteger(value)) return [];
    return [[PREFIX + own, type === "i32" ? ggufValue.i32(value) : ggufValue.f32(value)]];
  });
}
