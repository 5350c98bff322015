/**
 * The sampling that a model's authors recommend, from generation_config.json (transformers, GenerationConfig) or GGUF's
 * `general.sampling.*`, which has the same names once it is read. It
 * overrides Cria's defaults; the caller's options override it. Invalid values are left out, with a warning.
 */
import * as z from "zod/mini";
import type { JsonObject } from "../formats/hf/json.ts";
import { SAMPLING_RANGES, type SamplingOptions } from "../generation/samplers/default-chain.ts";
import { numberIn } from "../schema/schema.ts";

type Name = keyof typeof SAMPLING_RANGES & keyof SamplingOptions;
const KEYS: readonly (readonly [key: string, name: Name])[] = [
  ["temperature", "temperature"],
  ["top_k", "topK"],
  ["top_p", "topP"],
  ["min_p", "minP"],
  ["typical_p", "typical"],
  ["repetition_penalty", "repeatPenalty"],
];

export interface SamplingAdvice {
  /** Under the names of the options of `generate`. */
  readonly options: SamplingOptions;
  /** Entries of the file that are not used, one sentence each. */
  readonly warnings: readonly string[];
}

function isIn(name: Name, value: unknown): value is number {
  return z.safeParse(numberIn(SAMPLING_RANGES[name]), value).success;
}

/** Reads the sampling options of generation_config.json; empty without any. */
export function samplingAdvice(generation: JsonObject | undefined): SamplingAdvice {
  const options: Partial<Record<Name, number>> = {};
  const warnings: string[] = [];
  for (const [key, name] of KEYS) {
    const value = generation?.[key];
    if (value === undefined || value === null) continue;
    if (isIn(name, value)) options[name] = value;
    else
      warnings.push(`${key} of the recommended sampling is not used: ${JSON.stringify(value).slice(0, 40)}`);
  }
  if (generation?.do_sample === false) return { options: { temperature: 0 }, warnings };
  // transformers penalises tokens of the whole text.
  if (options.repeatPenalty !== undefined) options.repeatLastN = -1;
  return { options, warnings };
}

/** The caller's options, completed with the authors'. */
export function withAdvice<T extends SamplingOptions & { readonly compat?: unknown }>(
  options: T,
  advice: SamplingAdvice,
): T {
  if (options.compat !== undefined) return options;
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...advice.options, ...given } as T;
}
