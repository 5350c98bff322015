/** The filters of chat templates that sort, group and sum lists. */
import { argument, intArgument } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { characters, item } from "./operators.ts";
import { Text } from "./text.ts";
import {
  type CallArguments,
  Dict,
  Float,
  isEqual,
  isList,
  isTrue,
  numberOf,
  order,
  typeName,
  type Value,
} from "./values.ts";

/** `value | name(arguments)`. */
export type Filter = (value: Value, call: CallArguments, budget: Budget) => Value;

/** Items of `for x in value`. @throws Error if the value cannot be iterated. */
export function listOf(value: Value, budget: Budget): readonly Value[] {
  if (isList(value)) return value;
  if (value === undefined) return [];
  if (value instanceof Dict) {
    budget.elements(value.entries.size);
    return Array.from(value.entries.values(), ([key]) => key);
  }
  if (value instanceof Text) return characters(value, budget);
  throw new Error(`expected a list, got ${typeName(value)}`);
}

/** A value's attribute by a dotted path, as in `map(attribute=…)` and `selectattr`. */
export function byPath(value: Value, path: Value, budget: Budget): Value {
  if (typeof path === "number") return item(value, path, budget);
  if (!(path instanceof Text)) throw new Error(`expected the name of an attribute, got ${typeName(path)}`);
  let found = value;
  for (const part of path.split(".")) {
    budget.step();
    found = item(found, /^\d+$/.test(part.value) && isList(found) ? Number(part.value) : part, budget);
  }
  return found;
}

/** The key that sort, unique, min and max compare: an attribute if given; case-insensitive unless case_sensitive. */
function sortKey(call: CallArguments, first: number, budget: Budget): (element: Value) => Value {
  const attribute = argument(call, first + 1, "attribute") ?? undefined;
  const sensitive = isTrue(argument(call, first, "case_sensitive"));
  return (element) => {
    const key = attribute === undefined ? element : byPath(element, attribute, budget);
    if (key instanceof Text) budget.look(key);
    return key instanceof Text && !sensitive ? key.map((run) => run.toLowerCase()) : key;
  };
}

export const sort: Filter = (value, call, budget) => {
  const key = sortKey(call, 1, budget);
  const sign = isTrue(argument(call, 0, "reverse")) ? -1 : 1;
  const keyed = listOf(value, budget).map((element) => [key(element), element] as const);
  keyed.sort(([a], [b]) => {
    budget.step();
    return sign * order(a, b, budget.step);
  });
  return keyed.map(([, element]) => element);
};

export const extreme =
  (sign: number): Filter =>
  (value, call, budget) => {
    const key = sortKey(call, 0, budget);
    const list = listOf(value, budget);
    return list.length === 0
      ? undefined
      : list.reduce((best, x) => (sign * order(key(x), key(best), budget.step) > 0 ? x : best));
  };

export const unique: Filter = (value, call, budget) => {
  const key = sortKey(call, 0, budget);
  const seen: Value[] = [];
  return listOf(value, budget).filter((element) => {
    const found = key(element);
    if (seen.some((other) => isEqual(found, other, budget.step))) return false;
    seen.push(found);
    return true;
  });
};

/** batch(linecount, fill_with): lists of `linecount` items. slice(slices, fill_with): `slices` lists. */
export const batch: Filter = (value, call, budget) => {
  const size = intArgument(call, 0, "linecount", 1);
  const fill = argument(call, 1, "fill_with");
  if (size < 1) throw new Error("batch() needs a size of at least 1");
  const list = listOf(value, budget);
  const rows = Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );
  const last = rows.at(-1);
  if (last === undefined || fill === undefined || fill === null) return rows;
  budget.spend(size - last.length);
  return [...rows.slice(0, -1), [...last, ...new Array<Value>(size - last.length).fill(fill)]];
};

export const slices: Filter = (value, call, budget) => {
  const count = intArgument(call, 0, "slices", 1);
  const fill = argument(call, 1, "fill_with");
  if (count < 1) throw new Error("slice() needs at least 1 slice");
  const list = listOf(value, budget);
  budget.spend(count * 16);
  const [short, longer] = [Math.floor(list.length / count), list.length % count];
  let from = 0;
  return Array.from({ length: count }, (_, i) => {
    const part = list.slice(from, from + short + (i < longer ? 1 : 0));
    from += part.length;
    return fill !== undefined && fill !== null && i >= longer && longer > 0 ? [...part, fill] : part;
  });
};

/** dictsort(case_sensitive, by, reverse): pairs of a dict, by key or value. */
export const dictsort: Filter = (value, call, budget) => {
  if (!(value instanceof Dict)) throw new Error(`expected a dict, got ${typeName(value)}`);
  const by = argument(call, 1, "by");
  const name = by instanceof Text ? by.value : "key";
  if (name !== "key" && name !== "value") throw new Error('dictsort sorts by "key" or by "value"');
  const sensitive = isTrue(argument(call, 0, "case_sensitive"));
  const sign = isTrue(argument(call, 2, "reverse")) ? -1 : 1;
  budget.elements(value.entries.size * 4);
  const keyed = [...value.entries.values()].map(([key, x]) => {
    const chosen: Value = name === "key" ? key : x;
    if (chosen instanceof Text) budget.look(chosen);
    const small = chosen instanceof Text && !sensitive ? chosen.map((run) => run.toLowerCase()) : chosen;
    return [small, [key, x]] as const;
  });
  return keyed.sort(([a], [b]) => sign * order(a, b, budget.step)).map(([, pair]) => pair);
};

/** sum(attribute, start) of numbers. */
export const sum: Filter = (value, call, budget) => {
  const attribute = argument(call, 0, "attribute") ?? undefined;
  const elements = listOf(value, budget).map((x) =>
    attribute === undefined ? x : byPath(x, attribute, budget),
  );
  const all = [argument(call, 1, "start") ?? 0, ...elements];
  const numbers = all.map((x) => {
    const number = numberOf(x);
    if (number === undefined) throw new Error(`cannot add ${typeName(x)} to a number`);
    return number;
  });
  const total = numbers.reduce((a, b) => a + b, 0);
  return all.some((x) => x instanceof Float) || !Number.isSafeInteger(total) ? new Float(total) : total;
};

/** groupby(attribute, default, case_sensitive): pairs of a value and the list of items with it, sorted by value. */
export const groupby: Filter = (value, call, budget) => {
  const otherwise = argument(call, 1, "default");
  const sensitive = isTrue(argument(call, 2, "case_sensitive"));
  const groups: { key: Value; first: Value; members: Value[] }[] = [];
  const keyed = listOf(value, budget).map((element) => {
    const own = byPath(element, argument(call, 0, "attribute"), budget) ?? otherwise;
    if (own instanceof Text) budget.look(own);
    const key = own instanceof Text && !sensitive ? own.map((run) => run.toLowerCase()) : own;
    return { key, own, element };
  });
  keyed.sort((a, b) => {
    budget.step();
    return order(a.key, b.key, budget.step);
  });
  for (const { key, own, element } of keyed) {
    const last = groups.at(-1);
    if (last !== undefined && isEqual(last.key, key, budget.step)) last.members.push(element);
    else groups.push({ key, first: own, members: [element] });
  }
  budget.elements(keyed.length + 4 * groups.length);
  return groups.map(({ first, members }) => [first, members]);
};
