/**
 * The values of templates, with Python's truth, equality and printing. They are made from plain data only: a template
 * can never reach a host object, function or prototype of JavaScript.
 */
import { Text } from "./text.ts";

/** A Python float; plain numbers are Python ints. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** The key under which a dict stores an entry: 1, 1.0 and True are one key, as in Python. Undefined if invalid. */
export function dictKey(value: Value): string | number | undefined {
  return value instanceof Text ? value.value : numberOf(value);
}

/** A dict, in insertion order; its keys are strings and numbers. Immutable to templates. */
export class Dict {
  readonly entries: ReadonlyMap<string | number, readonly [key: Value, value: Value]>;
  constructor(pairs: Iterable<readonly [key: Value, value: Value]>) {
    const entries = new Map<string | number, readonly [Value, Value]>();
    for (const [key, value] of pairs) {
      const name = dictKey(key);
      if (name === undefined)
        throw new Error(`a dict's key must be a string or a number, got ${typeName(key)}`);
      entries.set(name, [entries.get(name)?.[0] ?? key, value]);
    }
    this.entries = entries;
  }
  get(key: string | number): Value {
    return this.entries.get(key)?.[1];
  }
}

/** The result of namespace(), the only object whose attributes templates may set. Also `loop`. */
export class Namespace {
  readonly attributes: Map<string, Value>;
  constructor(attributes: Iterable<readonly [string, Value]>) {
    this.attributes = new Map(attributes);
  }
}

export interface CallArguments {
  readonly args: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

export class Callable {
  readonly name: string;
  readonly call: (call: CallArguments) => Value;
  constructor(name: string, call: (call: CallArguments) => Value) {
    this.name = name;
    this.call = call;
  }
}

/** `undefined` is Jinja's undefined, `null` Python's None. Tuples are lists. */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | Float
  | Text
  | readonly Value[]
  | Dict
  | Namespace
  | Callable;

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** The number of a value in arithmetic (booleans count), or undefined. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === "number") return value;
  if (value instanceof Float) return value.value;
  return typeof value === "boolean" ? Number(value) : undefined;
}

export function typeName(value: Value): string {
  if (value === undefined) return "undefined";
  if (value === null) return "none";
  if (isList(value)) return "list";
  if (value instanceof Text) return "string";
  if (value instanceof Dict) return "dict";
  if (value instanceof Float) return "float";
  if (value instanceof Namespace) return "namespace";
  if (value instanceof Callable) return "function";
  return typeof value === "number" ? "int" : "bool";
}

export function isTrue(value: Value): boolean {
  if (value === undefined || value === null) return false;
  if (value instanceof Text) return value.length > 0;
  if (isList(value)) return value.length > 0;
  if (value instanceof Dict) return value.entries.size > 0;
  const number = numberOf(value);
  return number === undefined || number !== 0;
}

/** Python's ==; `step` is called per comparison, so that comparing shared structures cannot run without limit. */
export function isEqual(a: Value, b: Value, step: (characters?: number) => void): boolean {
  step();
  if (a instanceof Text) {
    if (!(b instanceof Text) || a.length !== b.length) return false;
    step(a.length);
    return a.value === b.value;
  }
  const number = numberOf(a);
  if (number !== undefined) return number === numberOf(b);
  if (isList(a)) return isList(b) && a.length === b.length && a.every((x, i) => isEqual(x, b[i], step));
  if (a instanceof Dict) {
    if (!(b instanceof Dict) || a.entries.size !== b.entries.size) return false;
    for (const [key, [, value]] of a.entries) {
      if (!b.entries.has(key) || !isEqual(value, b.get(key), step)) return false;
    }
    return true;
  }
  return a === b;
}

/** Negative, zero or positive. @throws Error for values that have no order. */
export function order(a: Value, b: Value, step: (characters?: number) => void): number {
  if (a instanceof Text && b instanceof Text) step(Math.min(a.length, b.length));
  if (a instanceof Text && b instanceof Text) return a.value < b.value ? -1 : Number(a.value !== b.value);
  const x = numberOf(a);
  const y = numberOf(b);
  if (x === undefined || y === undefined) throw new Error(`cannot order ${typeName(a)} and ${typeName(b)}`);
  return x - y;
}

/** Python's repr of a float: shortest digits, exponent form below 1e-4 and from 1e16. */
export function floatRepr(x: number): string {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return x.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  if (Number.isInteger(x)) return (Object.is(x, -0) ? "-0" : BigInt(x).toString()) + ".0";
  return String(x);
}
