/** Checks numbers from callers: a table has each field's range, and the error names field, range and value. */
import { RequestError } from "../base/errors.ts";

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
  /** True if `min` itself is not allowed. */
  readonly above?: boolean;
}

export type FieldRanges = Readonly<Record<string, NumberRange>>;

export const PROBABILITY: NumberRange = { min: 0, max: 1 };
export const FINITE: NumberRange = { min: -3e38, max: 3e38 };
export const POSITIVE: NumberRange = { min: 0, max: 3e38, above: true };
export const NOT_NEGATIVE: NumberRange = { min: 0, max: 3e38 };
export const COUNT: NumberRange = { min: 0, max: 2 ** 31 - 1, integer: true };
export const COUNT_OR_ALL: NumberRange = { min: -1, max: 2 ** 31 - 1, integer: true };
export const SEED: NumberRange = { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true };

function describeRange({ min, max, integer, above }: NumberRange): string {
  const noun = integer ? "an integer" : "a finite number";
  if (min <= -3e38) return noun;
  const low = above ? `above ${min}` : `from ${min}`;
  return max >= 2 ** 31 - 1 ? `${noun} ${low}` : `${noun} ${low} to ${max}`;
}

/** Describes a caller's value briefly, without trusting it. */
export function show(value: unknown): string {
  if (typeof value === "string") return `the string ${JSON.stringify(value.slice(0, 60))}`;
  if (value === null || typeof value !== "object") return String(value);
  return Array.isArray(value) ? `an array of ${value.length}` : "an object";
}

/** @throws RequestError unless `value` is a number in range. */
export function checkNumber(name: string, value: unknown, range: NumberRange): asserts value is number {
  const fits =
    typeof value === "number" &&
    (range.above ? value > range.min : value >= range.min) &&
    value <= range.max &&
    (!range.integer || Number.isInteger(value));
  if (!fits) throw badOption(name, describeRange(range), show(value));
}

/** Checks every listed field of `values`; `required` fields must be present. */
export function checkFields(
  prefix: string,
  values: object,
  ranges: FieldRanges,
  required: readonly string[],
): void {
  const fields = values as Record<string, unknown>;
  for (const [name, range] of Object.entries(ranges)) {
    if (fields[name] === undefined && !required.includes(name)) continue;
    checkNumber(prefix + name, fields[name], range);
  }
}

/** @throws RequestError unless `token` is an id of the vocabulary. */
export function checkToken(name: string, token: unknown, vocabSize: number): asserts token is number {
  checkNumber(name, token, { min: 0, max: vocabSize - 1, integer: true });
}

export function badOption(name: string, expected: string, found: string): RequestError {
  return new RequestError({ doing: `use the option "${name}"`, expected, found });
}
