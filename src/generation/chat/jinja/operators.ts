/** Operators and subscripts of templates. */
import type { Budget } from "./budget.ts";
import { percentText } from "./format.ts";
import { toText } from "./print.ts";
import { Text } from "./text.ts";
import {
  Dict,
  dictKey,
  Float,
  isEqual,
  isList,
  Namespace,
  numberOf,
  order,
  typeName,
  type Value,
} from "./values.ts";

/** `item in container`. */
export function contains(container: Value, item: Value, budget: Budget): boolean {
  if (container === undefined) return false;
  if (container instanceof Text) {
    if (!(item instanceof Text)) throw new Error(`expected a string to look for, got ${typeName(item)}`);
    budget.look(container);
    return container.value.includes(item.value);
  }
  if (isList(container)) return container.some((member) => isEqual(member, item, budget.step));
  if (container instanceof Dict) {
    const key = dictKey(item);
    return key !== undefined && container.entries.has(key);
  }
  throw new Error(`cannot look for something in ${typeName(container)}`);
}

/** Joins strings; the length is bounded, and the characters are joined only when read. */
export function concat(a: Text, b: Text, budget: Budget): Text {
  if (a.length + b.length > budget.limits.outputLength) {
    throw budget.exceeded(`${budget.limits.outputLength} characters in a string`);
  }
  budget.elements(a.runs.length + b.runs.length);
  return Text.concat([a, b]);
}

type Operator = (a: Value, b: Value, budget: Budget) => Value;

const OPERATORS: Readonly<Record<string, Operator>> = {
  "==": (a, b, budget) => isEqual(a, b, budget.step),
  "!=": (a, b, budget) => !isEqual(a, b, budget.step),
  "<": (a, b, budget) => order(a, b, budget.step) < 0,
  "<=": (a, b, budget) => order(a, b, budget.step) <= 0,
  ">": (a, b, budget) => order(a, b, budget.step) > 0,
  ">=": (a, b, budget) => order(a, b, budget.step) >= 0,
  in: (a, b, budget) => contains(b, a, budget),
  "not in": (a, b, budget) => !contains(b, a, budget),
  "~": (a, b, budget) => concat(toText(a, budget), toText(b, budget), budget),
  "+": add,
  "-": arithmetic("-", (x, y) => x - y),
  "*": multiply,
  "/": arithmetic("/", (x, y) => x / y, true),
  "//": arithmetic("//", (x, y) => Math.floor(x / y)),
  "%": (a, b, budget) => (a instanceof Text ? percentText(a, b, budget) : remainder(a, b, budget)),
  "**": arithmetic("**", (x, y) => x ** y),
};

export function applyOperator(name: string, a: Value, b: Value, budget: Budget): Value {
  if (!Object.hasOwn(OPERATORS, name)) throw new Error(`there is no operator "${name}"`);
  return OPERATORS[name](a, b, budget);
}

function arithmetic(name: string, compute: (x: number, y: number) => number, always = false): Operator {
  return (a, b) => {
    const x = numberOf(a);
    const y = numberOf(b);
    if (x === undefined || y === undefined) {
      throw new Error(`cannot compute ${typeName(a)} ${name} ${typeName(b)}`);
    }
    if (y === 0 && ["/", "//", "%"].includes(name)) throw new Error("division by zero");
    const result = compute(x, y);
    if (always || a instanceof Float || b instanceof Float || !Number.isInteger(result))
      return new Float(result);
    if (!Number.isSafeInteger(result)) throw new Error(`the integer ${x} ${name} ${y} is too large`);
    return result;
  };
}

const remainder = arithmetic("%", (x, y) => x - y * Math.floor(x / y));
const addNumbers = arithmetic("+", (x, y) => x + y);
const multiplyNumbers = arithmetic("*", (x, y) => x * y);

function add(a: Value, b: Value, budget: Budget): Value {
  if (a instanceof Text && b instanceof Text) return concat(a, b, budget);
  if (isList(a) && isList(b)) {
    budget.elements(a.length + b.length);
    return [...a, ...b];
  }
  return addNumbers(a, b, budget);
}

function multiply(a: Value, b: Value, budget: Budget): Value {
  if (typeof a === "number" && (b instanceof Text || isList(b))) return multiply(b, a, budget);
  if ((a instanceof Text || isList(a)) && typeof b === "number") {
    const times = Math.max(0, b);
    const units = a instanceof Text ? a.runs.length : a.length;
    budget.spend((a.length + 1) * times);
    budget.elements(units * times);
    if (a instanceof Text) return Text.concat(new Array<Text>(times).fill(a));
    return new Array<readonly Value[]>(times).fill(a).flat();
  }
  return multiplyNumbers(a, b, budget);
}

/** Offsets of the code points of a string with surrogate pairs; undefined if they equal the UTF-16 offsets. */
function codePointOffsets(text: Text, budget: Budget): number[] | undefined {
  if (!text.isMeasured) budget.look(text);
  if (!text.hasPairs) return undefined;
  budget.spend(text.length * 4);
  const offsets: number[] = [];
  for (let i = 0; i < text.length; i += text.value.codePointAt(i)! > 0xffff ? 2 : 1) offsets.push(i);
  return offsets;
}

/** Length in characters, as Python counts them. */
export function textLength(text: Text, budget: Budget): number {
  return codePointOffsets(text, budget)?.length ?? text.length;
}

/** The characters of a string, one Text each. */
export function characters(text: Text, budget: Budget): Text[] {
  const offsets = codePointOffsets(text, budget) ?? Array.from({ length: text.length }, (_, i) => i);
  budget.strings(text.length);
  return offsets.map((offset, i) => text.slice(offset, offsets[i + 1] ?? text.length));
}

/** Python's slice of a list or string: negative bounds count from the end, bounds beyond it are clamped. */
export function slice(
  value: Value,
  start: number | undefined,
  stop: number | undefined,
  step: number,
  budget: Budget,
): Value {
  if (!(value instanceof Text || isList(value))) throw new Error(`cannot slice ${typeName(value)}`);
  if (step === 0) throw new Error("a slice's step cannot be zero");
  if (value instanceof Text && step === 1) {
    const offsets = codePointOffsets(value, budget);
    if (value.runs.length > 1) budget.look(value);
    const n = offsets?.length ?? value.length;
    const at = (i: number): number =>
      offsets === undefined || i >= n ? Math.min(i, value.length) : offsets[i];
    const end = bound(stop ?? n, n, 0, n);
    return value.slice(at(bound(start ?? 0, n, 0, n)), end >= n ? value.length : at(end));
  }
  const items: readonly Value[] = value instanceof Text ? characters(value, budget) : value;
  const n = items.length;
  budget.elements(n);
  const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
  const from = start === undefined ? (step > 0 ? low : high) : bound(start, n, low, high);
  const to = stop === undefined ? (step > 0 ? high : low) : bound(stop, n, low, high);
  const kept: Value[] = [];
  for (let i = from; step > 0 ? i < to : i > to; i += step) kept.push(items[i]);
  return value instanceof Text ? Text.concat(kept as Text[]) : kept;
}

function bound(index: number, length: number, low: number, high: number): number {
  return Math.min(Math.max(index < 0 ? index + length : index, low), high);
}

/** `value[key]`: an item, or undefined. */
export function item(value: Value, key: Value, budget: Budget): Value {
  if (value instanceof Dict) {
    const name = dictKey(key);
    return name === undefined ? undefined : value.get(name);
  }
  if (value instanceof Namespace) return key instanceof Text ? value.attributes.get(key.value) : undefined;
  if (typeof key !== "number" || !Number.isInteger(key)) return undefined;
  if (isList(value)) return value[key < 0 ? key + value.length : key];
  if (!(value instanceof Text)) return undefined;
  const offsets = codePointOffsets(value, budget);
  const n = offsets?.length ?? value.length;
  const index = key < 0 ? key + n : key;
  if (index < 0 || index >= n) return undefined;
  return offsets === undefined
    ? value.slice(index, index + 1)
    : value.slice(offsets[index], offsets[index + 1]);
}
