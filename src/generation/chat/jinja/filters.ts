/** The filters of chat templates: `value | name(arguments)`. */
import { argument, checkArguments, intArgument } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { joinTexts, partsOf, replaceText } from "./cutting.ts";
import { percentText, toFixed } from "./format.ts";
import {
  batch,
  byPath,
  dictsort,
  extreme,
  type Filter,
  groupby,
  listOf,
  slices,
  sort,
  sum,
  unique,
} from "./list-filters.ts";
import { capitalize, pairs, titleFilter } from "./methods.ts";
import { item, textLength } from "./operators.ts";
import { type JsonStyle, toJson, toText } from "./print.ts";
import { runTest } from "./tests.ts";
import { Text } from "./text.ts";
import { TEST_PREFIX } from "./tokens.ts";
import {
  type CallArguments,
  Dict,
  Float,
  isList,
  isTrue,
  Namespace,
  numberOf,
  typeName,
  type Value,
} from "./values.ts";

const onText =
  (change: (text: Text) => Value): Filter =>
  (value, _call, budget) => {
    const text = toText(value, budget);
    budget.look(text);
    return change(text);
  };

/** Items for select, reject and map: none if the value is false, as in jinja2 (`tools` is often none). */
const siftable = (value: Value, budget: Budget): readonly Value[] =>
  isTrue(value) ? listOf(value, budget) : [];

/** select and reject test the item; selectattr and rejectattr test one of its attributes. */
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
  const lines = partsOf(text, "\n", Number.POSITIVE_INFINITY, budget);
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

/** round(precision, method): halves round to even, as in Python; an int stays an int, except with ceil or floor. */
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

const FLOAT = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

/** int(default, base): parses an integer in the base, else truncates a float. */
const toInt: Filter = (value, call) => {
  const otherwise = argument(call, 0, "default") ?? 0;
  const base = intArgument(call, 1, "base", 10);
  if (base < 2 || base > 36) throw new Error("expected a base from 2 to 36");
  const number = value instanceof Text ? wholeNumber(value.value, base) : numberOf(value);
  return number === undefined || !Number.isSafeInteger(Math.trunc(number)) ? otherwise : Math.trunc(number);
};

const PREFIXES: Readonly<Record<number, RegExp>> = { 2: /^0b/i, 8: /^0o/i, 16: /^0x/i };

function wholeNumber(text: string, base: number): number | undefined {
  const [, sign, digits] = /^\s*([+-]?)([0-9a-z_]{1,64})\s*$/i.exec(text) ?? [];
  const bare = digits?.replace(PREFIXES[base] ?? /^$/, "").replace(/(?<=[0-9a-z])_(?=[0-9a-z])/gi, "") ?? "";
  const isWhole = bare !== "" && [...bare].every((digit) => Number.parseInt(digit, 36) < base);
  if (isWhole) return (sign === "-" ? -1 : 1) * Number.parseInt(bare, base);
  return FLOAT.test(text) ? Number(text) : undefined;
}

const toFloat: Filter = (value, call) => {
  const otherwise = argument(call, 0, "default") ?? new Float(0);
  if (value instanceof Text) {
    const valid = FLOAT.test(value.value);
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

const escapeHtml = onText((text) => text.map((run) => run.replace(/[&<>"']/g, (c) => HTML[c])));

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
    budget.look(text);
    return text.strip(set instanceof Text ? set.value : undefined, true, true);
  },
  upper: onText((text) => text.map((run) => run.toUpperCase())),
  lower: onText((text) => text.map((run) => run.toLowerCase())),
  title: onText(titleFilter),
  capitalize: onText(capitalize),
  string: (value, _call, budget) => toText(value, budget),
  escape: escapeHtml,
  e: escapeHtml,
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
  dictsort,
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
  sum,
  groupby,
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
  forceescape: escapeHtml,
  replace: (value, call, budget) => replaceText(toText(value, budget), call, budget),
  indent,
};

/** Parameters of the filters that have any. */
const PARAMETERS: Readonly<Record<string, string>> = {
  tojson: "indent separators sort_keys ensure_ascii",
  trim: "chars",
  int: "default base",
  float: "default",
  default: "default_value boolean",
  d: "default_value boolean",
  dictsort: "case_sensitive by reverse",
  join: "d attribute",
  map: "*",
  select: "*",
  reject: "*",
  selectattr: "*",
  rejectattr: "*",
  format: "*",
  sort: "reverse case_sensitive attribute",
  unique: "case_sensitive attribute",
  min: "case_sensitive attribute",
  max: "case_sensitive attribute",
  sum: "attribute start",
  groupby: "attribute default case_sensitive",
  batch: "linecount fill_with",
  slice: "slices fill_with",
  round: "precision method",
  attr: "name",
  center: "width",
  replace: "old new count",
  indent: "width first blank",
};

/** Applies a test written as a filter: tokens.ts rewrites tests with arguments to filters. */
function applyTest(name: string, value: Value, { args }: CallArguments, budget: Budget): boolean {
  const isNegated = name.startsWith(`${TEST_PREFIX}not `);
  const test = name.slice(TEST_PREFIX.length + (isNegated ? 4 : 0));
  if (args.length > 1) throw new Error(`the test "${test}" takes one argument`);
  return runTest(test, value, args[0], budget) !== isNegated;
}

/** @throws Error for an unknown filter, or for a value or argument that it does not accept. */
export function applyFilter(name: string, value: Value, call: CallArguments, budget: Budget): Value {
  if (name.startsWith(TEST_PREFIX)) return applyTest(name, value, call, budget);
  if (!Object.hasOwn(FILTERS, name)) throw new Error(`there is no filter "${name}"`);
  if (value instanceof Namespace) throw new Error(`cannot filter ${typeName(value)}`);
  checkArguments(`the filter "${name}"`, Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : "", call);
  const result = FILTERS[name](value, call, budget);
  if (isList(result)) budget.elements(result.length);
  return result;
}
