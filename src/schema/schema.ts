/**
 * Descriptions of options: one zod schema per call of the library, from which checks, command-line flags and request
 * schemas derive. Each option has a help text, and a range from the same tables that the implementation checks.
 */
import * as z from "zod/mini";
import type { NumberRange } from "./numbers.ts";

/** Documentation of an option. */
export interface OptionNote {
  /** One line, without a full stop: "keep the n most likely; 0 keeps all". */
  readonly help: string;
  /** The default, shown in the help. */
  readonly default?: string | number | boolean | undefined;
}

export const OPTION_NOTES = z.registry<OptionNote>();

/** An option with its note. Every option is optional. */
export function option<Schema extends z.ZodMiniType>(
  schema: Schema,
  help: string,
  standard?: OptionNote["default"],
): z.ZodMiniOptional<Schema> {
  const optional = z.optional(schema);
  OPTION_NOTES.add(optional, { help, default: standard });
  return optional;
}

export function numberIn(range: NumberRange): z.ZodMiniNumber {
  const number = range.integer === true ? z.int() : z.number();
  return number.check(range.above === true ? z.gt(range.min) : z.gte(range.min), z.lte(range.max));
}

export const integerFrom = (min: number, max: number): z.ZodMiniNumber =>
  numberIn({ min, max, integer: true });

export const abortSignal = z.custom<AbortSignal>(
  (value) => typeof value === "object" && value !== null && "aborted" in value && "addEventListener" in value,
);

export function callback<F>(): z.ZodMiniCustom<F, F> {
  return z.custom<F>((value) => typeof value === "function");
}
