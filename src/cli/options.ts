/**
 * The options of all verbs, as tables. A group is shared by several verbs; what it reads into has the names of
 * the library's own options, so that no verb translates anything. Ranges are the library's to check: here a
 * text only becomes a number, or an error that names the option.
 */

import { type Command, Option } from "commander";
import { RequestError } from "../base/errors.ts";
import { CACHE_DTYPES } from "../model/graphs.ts";

export interface OptionSpec {
  readonly flags: string;
  readonly description: string;
  /** Absent: text as it is, or true for an option without a value. */
  readonly parse?: (text: string, flag: string) => unknown;
  /** May be given several times; the values are collected. */
  readonly repeatable?: boolean;
  readonly choices?: readonly string[];
  /** Environment variable that stands in for it. */
  readonly env?: string;
  /** Attribute names of options that it cannot stand beside. */
  readonly conflicts?: readonly string[];
}

function badNumber(flag: string, expected: string, text: string): RequestError {
  return new RequestError({ doing: `use ${flag}`, expected, found: JSON.stringify(text.slice(0, 60)) });
}

export function parseNumber(text: string, flag: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw badNumber(flag, "a number", text);
}

export function parseInteger(text: string, flag: string): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw badNumber(flag, "a whole number", text);
}

/** A whole number that must be at least 1. */
export function parsePositive(text: string, flag: string): number {
  const value = parseInteger(text, flag);
  if (value >= 1) return value;
  throw badNumber(flag, "a whole number from 1", text);
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/** "5GB", "512MiB", "1000". */
export function parseBytes(text: string, flag: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([KMG]i?B)?$/i.exec(text) ?? [];
  const value = Math.floor(Number(number) * BYTE_UNITS[(unit ?? "").toUpperCase()]);
  if (value >= 1 && Number.isSafeInteger(value)) return value;
  throw badNumber(flag, "a number of bytes, as 5GB or 512MiB", text);
}

/** What llama2.c's sampler has no place for. */
const NOT_OF_LLAMA2C = [
  "topK",
  "minP",
  "typical",
  "repeatPenalty",
  "repeatLastN",
  "presencePenalty",
  "frequencyPenalty",
  "ignoreEos",
];

/** How a token is chosen: SamplingOptions and the seed. */
export const SAMPLING: readonly OptionSpec[] = [
  {
    flags: "-t, --temperature <x>",
    description: "0 takes the most likely token (default 0.8)",
    parse: parseNumber,
  },
  {
    flags: "--top-k <n>",
    description: "keep the n most likely; 0 keeps all (default 40)",
    parse: parseInteger,
  },
  { flags: "--top-p <x>", description: "nucleus; 1 keeps all (default 0.95)", parse: parseNumber },
  {
    flags: "--min-p <x>",
    description: "keep what is at least x times the best; 0 keeps all (default 0.05)",
    parse: parseNumber,
  },
  { flags: "--typical <x>", description: "locally typical; 1 keeps all (default 1)", parse: parseNumber },
  { flags: "--repeat-penalty <x>", description: "1 is none (default 1)", parse: parseNumber },
  {
    flags: "--repeat-last-n <n>",
    description: "tokens that penalties look back on; -1 all (default 64)",
    parse: parseInteger,
  },
  { flags: "--presence-penalty <x>", description: "0 is none (default 0)", parse: parseNumber },
  { flags: "--frequency-penalty <x>", description: "0 is none (default 0)", parse: parseNumber },
  {
    flags: "-s, --seed <n>",
    description: "same seed, same text (default: a fresh one)",
    parse: parseInteger,
  },
  { flags: "--ignore-eos", description: "never end before --max-tokens or the context's end" },
  {
    flags: "--compat <program>",
    description: "choose tokens as that program does, random numbers included",
    choices: ["llama2.c"],
    conflicts: NOT_OF_LLAMA2C,
  },
];

/** When a text ends. */
export const ENDING: readonly OptionSpec[] = [
  {
    flags: "-n, --max-tokens <n>",
    description: "tokens to generate at most (default: until the model ends or the context is full)",
    parse: parseInteger,
  },
  { flags: "--stop <text>", description: "end before this text; may be repeated", repeatable: true },
  { flags: "--context-shift", description: "when the context is full, forget its older half and go on" },
  { flags: "--keep <n>", description: "tokens that a shift never forgets (default 0)", parse: parseInteger },
];

/** How a model is loaded: LoadOptions. */
export const LOADING: readonly OptionSpec[] = [
  { flags: "--tokenizer <file>", description: "a tokenizer's file, instead of the one found" },
  {
    flags: "-c, --context <n>",
    description: "tokens of prompt and answer together (default: the model's, at most 4096)",
    parse: parsePositive,
  },
  { flags: "--threads <n>", description: "threads to compute with", parse: parsePositive },
  { flags: "--backend <name>", description: "what computes; see cria doctor", env: "CRIA_BACKEND" },
  {
    flags: "--cache-type <type>",
    description: "what the cache is stored as (default: F16; F32 where the weights are)",
    choices: CACHE_DTYPES,
  },
];

/** What is printed. */
export const JSON_OUTPUT: OptionSpec = {
  flags: "--json",
  description: "print one JSON object and nothing else",
};
export const QUIET: OptionSpec = {
  flags: "-q, --quiet",
  description: "print the result only: no prompt, no statistics, no warnings",
};

/** Adds a table's options to a command. */
export function addOptions(command: Command, specs: readonly OptionSpec[]): void {
  for (const spec of specs) {
    const option = new Option(spec.flags, spec.description);
    const { parse, repeatable = false } = spec;
    if (parse !== undefined) option.argParser((text) => parse(text, option.long ?? spec.flags));
    if (repeatable) option.argParser((text, before: string[] | undefined) => [...(before ?? []), text]);
    if (spec.choices !== undefined) option.choices([...spec.choices]);
    if (spec.env !== undefined) option.env(spec.env);
    if (spec.conflicts !== undefined) option.conflicts([...spec.conflicts]);
    command.addOption(option);
  }
}
