/** The filters of chat templates: `value | name(arguments)`. */
import type { Budget } from "./budget.ts";
import { percentText, toFixed } from "./format.ts";
import { argument, capitalize, intArgument, joinTexts, pairs, replaceText, titleCase } from "./methods.ts";
import { characters, item, textLength } from "./operators.ts";
import { type JsonStyle, toJson, toText } from "./print.ts";
import { runTest } from "./tests.ts";
import { Text } from "./text.ts";
import {
  type CallArguments,
  Dict,
  Float,
  isEqual,
  isList,
  isTrue,
  Namespace,
  numberOf,
  order,
  typeName,
  type Value,
} from "./values.ts";

type Filter = (value: Value, call: CallArguments, budget: Budget) => Value;

/** What `for x in value` goes over. @throws Error for what cannot be gone over. */
export function listOf(value: Value, budget: Budget): readonly Value[] {
  if (isList(value)) return value;
  if (value === undefined) return [];
  if (value instanceof Dict) return Array.from(value.entries.values(), ([key]) => key);
  if (value instanceof Text) return characters(value, budget);
  throw new Error(`expected a list, got ${typeName(value)}`);
}

const onText =
  (change: (text: Text) => Value): Filter =>
  (value, _call, budget) => {
    const text = toText(value, budget);
    budget.spend(text.length);
    return change(text);
  };

/** A value's attribute by a dotted path, as `map(attribute=…)` and `selectattr` take it. */
function byPath(value: Value, path: Value, budget: Budget): Value {
  if (typeof path === "number") return item(value, path, budget);
  if (!(path instanceof Text)) throw new Error(`expected the name of an attribute, got ${typeName(path)}`);
  let found = value;
  for (const part of path.split(".")) {
    budget.step();
    found = item(found, /^\d+$/.test(part.value) && isList(found) ? Number(part.value) : part, budget);
  }
  return found;
}

/** What select, reject and map go over: nothing where the value is false, as in jinja2 (`tools` is often none). */
const siftable = (value: Value, budget: Budget): readonly Value[] =>
  isTrue(value) ? listOf(value, budget) : [];

/** select, reject (of: the item) and selectattr, rejectattr (of: an attribute of it). */
const sift =
  (keep: boolean, byAttribute: boolean): Filter =>
  (value, call, budget) => {
    const [test, other] = call.args.slice(byAttribute ? 1 : 0);
    return siftable(value, budget).filter((element) => {
      budget.step();
      const subject = byAttribute ? byPath(element, call.args[0], budget) : element;
      const passes =
        test === undefined ? isTrue(subject) : runTest(toText(test, budget).value, subject, other, budget);
      return passes === keep;
    });
  };

const map: Filter = (value, call, budget) => {
  const attribute = call.named.get("attribute");
  const otherwise = call.named.get("default");
  return siftable(value, budget).map((element) => {
    budget.step();
    if (attribute !== undefined) return byPath(element, attribute, budget) ?? otherwise;
    const [name, ...args] = call.args;
    return applyFilter(toText(name, budget).value, element, { args, named: new Map() }, budget);
  });
};

/** The key that sort, unique, min and max compare: an attribute if asked, without case unless asked. */
function sortKey(call: CallArguments, budget: Budget): (element: Value) => Value {
  const attribute = call.named.get("attribute");
  const sensitive = isTrue(call.named.get("case_sensitive"));
  return (element) => {
    const key = attribute === undefined ? element : byPath(element, attribute, budget);
    if (key instanceof Text) budget.spend(key.length);
    return key instanceof Text && !sensitive ? key.map((run) => run.toLowerCase()) : key;
  };
}

const sort: Filter = (value, call, budget) => {
  const key = sortKey(call, budget);
  const sign = isTrue(argument(call, 0, "reverse")) ? -1 : 1;
  const keyed = listOf(value, budget).map((element) => [key(element), element] as const);
  keyed.sort(([a], [b]) => {
    budget.step();
    return sign * order(a, b, budget.step);
  });
  return keyed.map(([, element]) => element);
};

const extreme =
  (sign: number): Filter =>
  (value, call, budget) => {
    const key = sortKey(call, budget);
    const list = listOf(value, budget);
    return list.length === 0
      ? undefined
      : list.reduce((best, x) => (sign * order(key(x), key(best), budget.step) > 0 ? x : best));
  };

const unique: Filter = (value, call, budget) => {
  const key = sortKey(call, budget);
  const seen: Value[] = [];
  return listOf(value, budget).filter((element) => {
    const found = key(element);
    if (seen.some((other) => isEqual(found, other, budget.step))) return false;
    seen.push(found);
    return true;
  });
};

const join: Filter = (value, call, budget) => {
  const separator = toText(argument(call, 0, "d"), budget);
  const attribute = argument(call, 1, "attribute");
  const texts = listOf(value, budget).map((element) =>
    toText(attribute === undefined ? element : byPath(element, attribute, budget), budget),
  );
  return joinTexts(texts, separator, budget);
};

/** indent(width=4, first=False, blank=False): white space before every line but the first. */
const indent: Filter = (value, call, budget) => {
  const text = toText(value, budget);
  const width = argument(call, 0, "width") ?? 4;
  const padding =
    width instanceof Text ? width : Text.of(" ".repeat(Math.min(1000, intArgument(call, 0, "width", 4))));
  const first = isTrue(argument(call, 1, "first"));
  const blank = isTrue(argument(call, 2, "blank"));
  const lines = text.split("\n");
  budget.spend(text.length + lines.length * padding.length);
  const indented = lines.map((line, i) => {
    const wanted = i === 0 ? first : blank || line.length > 0;
    return wanted ? Text.concat([padding, line]) : line;
  });
  return joinTexts(indented, Text.of("\n"), budget);
};

const tojson: Filter = (value, call, budget) => {
  const indentBy = argument(call, 0, "indent") ?? call.named.get("indent");
  const separators = call.named.get("separators");
  const width = indentBy === undefined || indentBy === null ? undefined : intArgument(call, 0, "indent", 0);
  if (width !== undefined && (width < 0 || width > 64)) throw new Error("tojson can indent by 0 to 64");
  const [itemSeparator, keySeparator] = isList(separators)
    ? separators.map((part) => toText(part, budget).value)
    : [width === undefined ? ", " : ",", ": "];
  const style: JsonStyle = {
    indent: width,
    itemSeparator,
    keySeparator,
    sortKeys: isTrue(call.named.get("sort_keys")),
    ensureAscii: isTrue(call.named.get("ensure_ascii")),
  };
  return toJson(value, style, budget);
};

/** batch(linecount, fill_with): lists of so many items; slice(slices, fill_with): so many lists. */
const batch: Filter = (value, call, budget) => {
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

const slices: Filter = (value, call, budget) => {
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

/** round(precision, method): halves go to even, as in Python; an int stays one unless it is cut up or down. */
const round: Filter = (value, call) => {
  const number = numberOf(value);
  if (number === undefined) throw new Error(`expected a number, got ${typeName(value)}`);
  const places = Math.min(100, Math.max(0, intArgument(call, 0, "precision", 0)));
  const method = argument(call, 1, "method");
  const name = method instanceof Text ? method.value : "common";
  const scale = 10 ** places;
  if (name === "ceil") return new Float(Math.ceil(number * scale) / scale);
  if (name === "floor") return new Float(Math.floor(number * scale) / scale);
  if (!(value instanceof Float)) return number;
  return new Float(Math.sign(number) * Number(toFixed(Math.abs(number), places)));
};

const toInt: Filter = (value, call) => {
  const otherwise = argument(call, 0, "default") ?? 0;
  if (value instanceof Text)
    return /^\s*[+-]?\d{1,15}\s*$/.test(value.value) ? Number(value.value) : otherwise;
  const number = numberOf(value);
  return number === undefined || !Number.isSafeInteger(Math.trunc(number)) ? otherwise : Math.trunc(number);
};

const toFloat: Filter = (value, call) => {
  const otherwise = argument(call, 0, "default") ?? new Float(0);
  if (value instanceof Text) {
    const valid = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value.value);
    return valid ? new Float(Number(value.value)) : otherwise;
  }
  const number = numberOf(value);
  return number === undefined ? otherwise : new Float(number);
};

const length: Filter = (value, _call, budget) => {
  if (value instanceof Text) return textLength(value, budget);
  if (value instanceof Dict) return value.entries.size;
  if (value === undefined) return 0;
  if (isList(value)) return value.length;
  throw new Error(`${typeName(value)} has no length`);
};

const HTML: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

const defaultTo: Filter = (value, call) => {
  const missing = value === undefined || (isTrue(argument(call, 1, "boolean")) && !isTrue(value));
  if (!missing) return value;
  const otherwise = argument(call, 0, "default_value");
  return otherwise === undefined ? Text.of("") : otherwise;
};

const FILTERS: Readonly<Record<string, Filter>> = {
  tojson,
  trim: (value, call, budget) => {
    const set = argument(call, 0, "chars");
    const text = toText(value, budget);
    budget.spend(text.length);
    return text.strip(set instanceof Text ? set.value : undefined, true, true);
  },
  upper: onText((text) => text.map((run) => run.toUpperCase())),
  lower: onText((text) => text.map((run) => run.toLowerCase())),
  title: onText(titleCase),
  capitalize: onText(capitalize),
  string: (value, _call, budget) => toText(value, budget),
  escape: onText((text) => text.map((run) => run.replace(/[&<>"']/g, (c) => HTML[c]))),
  safe: (value) => value,
  int: toInt,
  float: toFloat,
  abs: (value) => {
    const number = numberOf(value);
    if (number === undefined) throw new Error(`expected a number, got ${typeName(value)}`);
    return value instanceof Float ? new Float(Math.abs(number)) : Math.abs(number);
  },
  length,
  count: length,
  default: defaultTo,
  d: defaultTo,
  first: (value, _call, budget) => listOf(value, budget)[0],
  last: (value, _call, budget) => listOf(value, budget).at(-1),
  list: (value, _call, budget) => listOf(value, budget),
  items: (value) => {
    if (value === undefined) return [];
    if (value instanceof Dict) return pairs(value);
    throw new Error(`expected a dict, got ${typeName(value)}`);
  },
  dictsort: (value, _call, budget) => {
    if (!(value instanceof Dict)) throw new Error(`expected a dict, got ${typeName(value)}`);
    const small = (key: Value): Value => (key instanceof Text ? key.map((run) => run.toLowerCase()) : key);
    const entries = [...value.entries.values()].map(([key, x]) => [small(key), [key, x]] as const);
    budget.spend(entries.length * 16);
    return entries.sort(([a], [b]) => order(a, b, budget.step)).map(([, pair]) => pair);
  },
  join,
  map,
  select: sift(true, false),
  reject: sift(false, false),
  selectattr: sift(true, true),
  rejectattr: sift(false, true),
  sort,
  unique,
  min: extreme(-1),
  max: extreme(1),
  sum: (value, _call, budget) => {
    const numbers = listOf(value, budget).map((x) => numberOf(x) ?? Number.NaN);
    const sum = numbers.reduce((a, b) => a + b, 0);
    return Number.isSafeInteger(sum) ? sum : new Float(sum);
  },
  reverse: (value, _call, budget) => {
    const reversed = [...listOf(value, budget)].reverse();
    return value instanceof Text ? Text.concat(reversed as Text[]) : reversed;
  },
  batch,
  slice: slices,
  round,
  attr: (value, call, budget) => item(value, argument(call, 0, "name"), budget),
  format: (value, call, budget) => percentText(toText(value, budget), call.args, budget),
  center: (value, call, budget) => {
    const text = toText(value, budget);
    const missing = Math.min(10_000, intArgument(call, 0, "width", 80)) - text.length;
    if (missing <= 0) return text;
    const before = Math.floor(missing / 2) + (missing % 2 === 1 && (text.length + missing) % 2 === 1 ? 1 : 0);
    budget.spend(text.length + missing);
    return Text.concat([Text.of(" ".repeat(before)), text, Text.of(" ".repeat(missing - before))]);
  },
  wordcount: onText((text) => text.value.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0),
  forceescape: onText((text) => text.map((run) => run.replace(/[&<>"']/g, (c) => HTML[c]))),
  replace: (value, call, budget) => replaceText(toText(value, budget), call, budget),
  indent,
};

/** @throws Error for an unknown filter, or a value that it does not take. */
export function applyFilter(name: string, value: Value, call: CallArguments, budget: Budget): Value {
  if (!Object.hasOwn(FILTERS, name)) throw new Error(`there is no filter "${name}"`);
  if (value instanceof Namespace) throw new Error(`cannot filter ${typeName(value)}`);
  const result = FILTERS[name](value, call, budget);
  if (isList(result)) budget.spend(result.length);
  return result;
}
