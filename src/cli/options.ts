/**
 * How a command-line option is described and parsed. The library checks ranges; here a text only becomes
 * a number, or an error that names the option.
 */

import { type Command, Option } from "commander";
import { RequestError } from "../base/errors.ts";

export interface OptionSpec {
  readonly flags: string;
  readonly description: string;
  /** If absent: the text itself, or true for an option without a value. */
  readonly parse?: (text: string, flag: string) => unknown;
  /** May be given several times; the values are collected. */
  readonly repeatable?: boolean;
  readonly choices?: readonly string[];
  /** Environment variable that provides a default. */
  readonly env?: string;
  /** Attribute names of options that it excludes. */
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

/** Options for output. */
export const JSON_OUTPUT: OptionSpec = {
  flags: "--json",
  description: "print one JSON object and nothing else",
};
export const QUIET: OptionSpec = {
  flags: "-q, --quiet",
  description: "print only the result: no prompt, no statistics, no warnings",
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
