/** Numbers in a range as texts, digit by digit. */
import { RequestError } from "../../../base/errors.ts";
import type { CodePoints } from "../code-points.ts";
import {
  characters,
  choice,
  EMPTY,
  type Expression,
  literal,
  NEVER,
  repeat,
  sequence,
} from "../expression.ts";
import { MAX_DIGITS } from "../json-text.ts";
import { GRAMMAR_LIMITS, tooComplex } from "../limits.ts";
import type { Dfa } from "../regex/regular.ts";

export interface NumberRange {
  readonly low: number;
  readonly high: number;
  /** The end itself is not in the range. */
  readonly aboveLow: boolean;
  readonly belowHigh: boolean;
}

const ZERO = 0x30;
const DIGIT: CodePoints = [ZERO, ZERO + 9];
const digitsUpTo = (max: number): Expression => repeat(characters(DIGIT), 0, max);
const digits = (from: number, to: number): Expression =>
  from > to ? NEVER : characters([ZERO + from, ZERO + to]);
/** Beyond these bounds not every integer has a double. */
const SAFE = BigInt(Number.MAX_SAFE_INTEGER);
/** Digits after the point in a range; more if the bounds have more. */
const FRACTION_DIGITS = 6;
/** Digits before the point where a range has no end. */
const OPEN_DIGITS = 9;

/** Integers of a range, at most 2^53 − 1 in size. */
export function integerText({ low, high, aboveLow, belowHigh }: NumberRange): Expression {
  const least = Number.isFinite(low)
    ? BigInt(Math.ceil(low)) + (aboveLow && Number.isInteger(low) ? 1n : 0n)
    : -SAFE;
  const most = Number.isFinite(high)
    ? BigInt(Math.floor(high)) - (belowHigh && Number.isInteger(high) ? 1n : 0n)
    : SAFE;
  return integersBetween(least < -SAFE ? -SAFE : least, most > SAFE ? SAFE : most);
}

function integersBetween(low: bigint, high: bigint): Expression {
  if (low > high) return NEVER;
  const negative = low < 0n ? sequence(literal("-"), naturals(high < 0n ? -high : 1n, -low)) : NEVER;
  return choice(high < 0n ? NEVER : naturals(low < 0n ? 0n : low, high), negative);
}

/** Integers from `low` ≥ 0 to `high`, by their number of digits. */
function naturals(low: bigint, high: bigint): Expression {
  if (low > high) return NEVER;
  const options: Expression[] = [];
  for (let length = `${low}`.length; length <= `${high}`.length; length++) {
    const least = length === 1 ? 0n : 10n ** BigInt(length - 1);
    const most = 10n ** BigInt(length) - 1n;
    options.push(sameLength(`${low > least ? low : least}`, `${high < most ? high : most}`));
  }
  return choice(...options);
}

/** Digit strings from `low` to `high`, which have the same length. */
function sameLength(low: string, high: string): Expression {
  if (low === high) return literal(low);
  const [a, b] = [Number(low[0]), Number(high[0])];
  const rest = low.length - 1;
  if (/^0*$/.test(low.slice(1)) && /^9*$/.test(high.slice(1)))
    return sequence(digits(a, b), repeat(characters(DIGIT), rest, rest));
  if (a === b) return sequence(literal(low[0]), sameLength(low.slice(1), high.slice(1)));
  return choice(
    sequence(literal(low[0]), sameLength(low.slice(1), "9".repeat(rest))),
    sequence(digits(a + 1, b - 1), repeat(characters(DIGIT), rest, rest)),
    sequence(literal(high[0]), sameLength("0".repeat(rest), high.slice(1))),
  );
}

/** A number that is not negative: digits before and after the point. */
interface Decimal {
  readonly whole: bigint;
  /** Without zeros at its end. */
  readonly fraction: string;
}

function decimalOf(value: number): Decimal {
  const [mantissa, exponent = "0"] = Math.abs(value).toString().split("e");
  const [before, after = ""] = mantissa.split(".");
  const shift = Number(exponent);
  const all =
    shift < 0
      ? "0".repeat(-shift) + before + after
      : before + after + "0".repeat(Math.max(0, shift - after.length));
  const point = shift < 0 ? before.length : before.length + shift;
  return { whole: BigInt(all.slice(0, point) || "0"), fraction: all.slice(point).replace(/0+$/, "") };
}

/**
 * Decimal numbers of a range, without exponents.
 * @param fractionDigits digits after the point; default 6, or more if the bounds have more.
 */
export function decimalText(range: NumberRange, fractionDigits?: number): Expression {
  const { low, high, aboveLow, belowHigh } = range;
  if (low > high || (low === high && (aboveLow || belowHigh))) return NEVER;
  const ends = [low, high].filter(Number.isFinite).map(decimalOf);
  const room =
    fractionDigits ?? Math.max(FRACTION_DIGITS, ...ends.map(({ fraction }) => fraction.length + 1));
  if (room > 4 * MAX_DIGITS) {
    throw new RequestError({
      doing: "use a range of numbers",
      expected: `bounds with at most ${4 * MAX_DIGITS} digits after the point`,
      found: `${low} to ${high}`,
    });
  }
  const sizes = ends.map(({ whole }) => whole);
  const open = 10n ** BigInt(Math.max(OPEN_DIGITS, ...sizes.map((size) => `${size}`.length)) + 1);
  const end = (value: number, excluded: boolean): End =>
    Number.isFinite(value)
      ? { ...decimalOf(value), excluded }
      : { whole: open, fraction: "", excluded: true };
  const zero = (excluded: boolean): End => ({ whole: 0n, fraction: "", excluded });
  const positive =
    high < 0 ? NEVER : between(low < 0 ? zero(false) : end(low, aboveLow), end(high, belowHigh), room);
  const negative =
    low >= 0
      ? NEVER
      : sequence(
          literal("-"),
          between(high >= 0 ? zero(true) : end(high, belowHigh), end(low, aboveLow), room),
        );
  return choice(positive, negative);
}

interface End extends Decimal {
  readonly excluded: boolean;
}

/** What may follow the point: whether nothing may, and one or more digits. */
interface Tail {
  readonly empty: boolean;
  readonly some: Expression;
}

function between(low: End, high: End, room: number): Expression {
  if (low.whole > high.whole) return NEVER;
  if (low.whole === high.whole)
    return withFraction(
      `${low.whole}`,
      tailBetween(low.fraction, high.fraction, low.excluded, high.excluded, room),
    );
  return choice(
    withFraction(`${low.whole}`, tailAtLeast(low.fraction, low.excluded, room)),
    sequence(naturals(low.whole + 1n, high.whole - 1n), fractionOf(tailAtLeast("", false, room))),
    withFraction(`${high.whole}`, tailAtMost(high.fraction, high.excluded, room)),
  );
}

const withFraction = (whole: string, tail: Tail): Expression => sequence(literal(whole), fractionOf(tail));

function fractionOf({ empty, some }: Tail): Expression {
  return choice(sequence(literal("."), some), empty ? EMPTY : NEVER);
}

/** A digit and what may follow it. */
const after = (digit: string, { empty, some }: Tail): Expression =>
  sequence(literal(digit), choice(some, empty ? EMPTY : NEVER));

/** Fractions of at least 0.`low`. */
function tailAtLeast(low: string, excluded: boolean, room: number): Tail {
  if (room === 0) return { empty: low === "" && !excluded, some: NEVER };
  const rest = digitsUpTo(room - 1);
  if (low === "") {
    const positive = sequence(repeat(literal("0"), 0, room - 1), digits(1, 9), rest);
    return { empty: !excluded, some: excluded ? positive : sequence(digits(0, 9), rest) };
  }
  const greater = sequence(digits(Number(low[0]) + 1, 9), rest);
  return {
    empty: false,
    some: choice(greater, after(low[0], tailAtLeast(low.slice(1), excluded, room - 1))),
  };
}

/** Fractions of at most 0.`high`. */
function tailAtMost(high: string, excluded: boolean, room: number): Tail {
  if (high === "" || room === 0) return { empty: high !== "" || !excluded, some: NEVER };
  const less = sequence(digits(0, Number(high[0]) - 1), digitsUpTo(room - 1));
  return { empty: true, some: choice(less, after(high[0], tailAtMost(high.slice(1), excluded, room - 1))) };
}

function tailBetween(low: string, high: string, aboveLow: boolean, belowHigh: boolean, room: number): Tail {
  if (low === "" && !aboveLow) return tailAtMost(high, belowHigh, room);
  if (high === "" || room === 0)
    return { empty: low === "" && !aboveLow && (high !== "" || !belowHigh), some: NEVER };
  const [a, b] = [Number(low[0] ?? 0), Number(high[0])];
  if (a > b) return { empty: false, some: NEVER };
  const lowRest = low.slice(1);
  const highRest = high.slice(1);
  if (a === b)
    return {
      empty: false,
      some: after(`${a}`, tailBetween(lowRest, highRest, aboveLow, belowHigh, room - 1)),
    };
  return {
    empty: false,
    some: choice(
      after(`${a}`, tailAtLeast(lowRest, aboveLow, room - 1)),
      sequence(digits(a + 1, b - 1), digitsUpTo(room - 1)),
      after(`${b}`, tailAtMost(highRest, belowHigh, room - 1)),
    ),
  };
}

/** Integers that are multiples of a factor above 1: by the remainder of the digits so far. */
export function multiplesOf(factor: number): Dfa {
  if (factor + 2 > GRAMMAR_LIMITS.regularStates)
    throw tooComplex("use multipleOf", "states", "regularStates");
  const [start, signed, remainders] = [0, 1, 2];
  const afterDigits = (remainder: number): number[] =>
    Array.from({ length: 10 }, (_, digit) => remainders + ((remainder * 10 + digit) % factor));
  const next: number[][] = [];
  next[start] = [signed, ...afterDigits(0)];
  next[signed] = [-1, ...afterDigits(0)];
  for (let remainder = 0; remainder < factor; remainder++)
    next[remainders + remainder] = [-1, ...afterDigits(remainder)];
  const minus = 0x2d;
  const sets = [[minus, minus], ...Array.from({ length: 10 }, (_, digit) => [ZERO + digit, ZERO + digit])];
  return { sets, next, accepts: next.map((_, state) => state === remainders) };
}
