/** The tests of `x is …`, `select("…")` and `selectattr("…", "…", y)`, with Python's answers. */
import type { Budget } from "./budget.ts";
import { contains } from "./operators.ts";
import { Text } from "./text.ts";
import { Callable, Dict, Float, isEqual, isList, numberOf, order, typeName, type Value } from "./values.ts";

type Test = (value: Value, other: Value, budget: Budget) => boolean;

const parity =
  (rest: number): Test =>
  (value) => {
    const number = numberOf(value);
    if (number === undefined) throw new Error(`expected a number, got ${typeName(value)}`);
    return Math.abs(number % 2) === rest;
  };

const compare =
  (decide: (order: number) => boolean): Test =>
  (value, other, budget) =>
    decide(order(value, other, budget.step));

const isCollection: Test = (value) => value instanceof Text || isList(value) || value instanceof Dict;
const equal: Test = (value, other, budget) => isEqual(value, other, budget.step);
const unequal: Test = (value, other, budget) => !isEqual(value, other, budget.step);

const TESTS: Readonly<Record<string, Test>> = {
  defined: (value) => value !== undefined,
  undefined: (value) => value === undefined,
  none: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  true: (value) => value === true,
  false: (value) => value === false,
  string: (value) => value instanceof Text,
  number: (value) => numberOf(value) !== undefined,
  integer: (value) => typeof value === "number",
  float: (value) => value instanceof Float,
  mapping: (value) => value instanceof Dict,
  iterable: (value) => value === undefined || isCollection(value, undefined, undefined as never),
  sequence: (value) => value === undefined || isCollection(value, undefined, undefined as never),
  callable: (value) => value instanceof Callable,
  odd: parity(1),
  even: parity(0),
  divisibleby: (value, other) => (numberOf(value) ?? Number.NaN) % (numberOf(other) ?? Number.NaN) === 0,
  lower: (value) => value instanceof Text && value.value === value.value.toLowerCase(),
  upper: (value) => value instanceof Text && value.value === value.value.toUpperCase(),
  sameas: (value, other) => value === other,
  in: (value, other, budget) => contains(other, value, budget),
  eq: equal,
  equalto: equal,
  "==": equal,
  ne: unequal,
  "!=": unequal,
  lt: compare((x) => x < 0),
  lessthan: compare((x) => x < 0),
  "<": compare((x) => x < 0),
  le: compare((x) => x <= 0),
  "<=": compare((x) => x <= 0),
  gt: compare((x) => x > 0),
  greaterthan: compare((x) => x > 0),
  ">": compare((x) => x > 0),
  ge: compare((x) => x >= 0),
  ">=": compare((x) => x >= 0),
};

/** @throws Error for an unknown test. */
export function runTest(name: string, value: Value, other: Value, budget: Budget): boolean {
  if (!Object.hasOwn(TESTS, name)) throw new Error(`there is no test "${name}"`);
  return TESTS[name](value, other, budget);
}
