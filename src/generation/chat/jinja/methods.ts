/** Methods of strings, dicts and lists that chat templates call. Methods that would change a value do not exist. */
import { argument, checkArguments, intArgument, textArgument } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { joinTexts, partition, partsOf, replaceText, rsplit, split, splitlines } from "./cutting.ts";
import { formatText } from "./format.ts";
import { textLength } from "./operators.ts";
import { Text } from "./text.ts";
import {
  type CallArguments,
  Callable,
  Dict,
  dictKey,
  isEqual,
  isList,
  typeName,
  type Value,
} from "./values.ts";

type Method<T> = (self: T, call: CallArguments, budget: Budget) => Value;

const strip =
  (left: boolean, right: boolean): Method<Text> =>
  (self, call) => {
    const set = argument(call, 0, "chars");
    return self.strip(set instanceof Text ? set.value : undefined, left, right);
  };

/** A range of the string by Python's offsets, which count characters. */
function windowOf(
  self: Text,
  call: CallArguments,
  first: number,
): { from: number; to: number; base: number } {
  const points = self.hasPairs ? [...self.value] : undefined;
  const size = points?.length ?? self.length;
  const bound = (index: number): number => Math.min(Math.max(index < 0 ? index + size : index, 0), size);
  const at = (index: number): number => points?.slice(0, index).join("").length ?? index;
  const start = intArgument(call, first, "start", 0);
  const from = bound(start);
  const to = bound(intArgument(call, first + 1, "end", size));
  // After the end, Python finds nothing, not even the empty string.
  return start > size ? { from: 0, to: -1, base: 0 } : { from: at(from), to: at(to), base: from };
}

const search =
  (find: (text: string, part: string) => number): Method<Text> =>
  (self, call) => {
    const part = textArgument(call, 0, "sub").value;
    const { from, to, base } = windowOf(self, call, 1);
    if (to < from) return -1;
    const text = self.value.slice(from, to);
    const at = find(text, part);
    return at < 0 ? -1 : base + (self.hasPairs ? [...text.slice(0, at)].length : at);
  };

const ends =
  (test: (text: string, part: string) => boolean): Method<Text> =>
  (self, call) => {
    const parts = call.args[0];
    const all = isList(parts) ? parts : [parts];
    const { from, to } = windowOf(self, call, 1);
    const text = self.value.slice(from, Math.max(from, to));
    return all.some((part) => {
      if (!(part instanceof Text)) throw new Error(`expected a string, got ${typeName(part)}`);
      return to >= from && test(text, part.value);
    });
  };

const justify =
  (before: (missing: number, width: number) => number): Method<Text> =>
  (self, call, budget) => {
    const width = intArgument(call, 0, "width", 0);
    const fill = argument(call, 1, "fillchar");
    const char = fill instanceof Text ? fill : Text.of(" ");
    const missing = width - textLength(self, budget);
    if (missing <= 0) return self;
    budget.spend(width * 4);
    const left = before(missing, width);
    const times = (count: number): Text => Text.concat(new Array<Text>(count).fill(char));
    return Text.concat([times(left), self, times(missing - left)]);
  };

/** Pads with zeros on the left, after any sign. */
const zfill: Method<Text> = (self, call, budget) => {
  const missing = intArgument(call, 0, "width", 0) - textLength(self, budget);
  if (missing <= 0) return self;
  budget.spend(missing * 4);
  const sign = /^[+-]/.test(self.value) ? 1 : 0;
  return Text.concat([self.slice(0, sign), Text.of("0".repeat(missing)), self.slice(sign)]);
};

const isAll =
  (pattern: RegExp): Method<Text> =>
  (self) =>
    pattern.test(self.value);

export const titleCase = (text: Text): Text => {
  // Letters after letters become lower case; the first letter of a run depends on the run before.
  let inWord = false;
  return text.map((run) =>
    Array.from(run, (c) => {
      const isLetter = /\p{L}/u.test(c);
      const changed = !isLetter ? c : inWord ? c.toLowerCase() : c.toUpperCase();
      inWord = isLetter;
      return changed;
    }).join(""),
  );
};

const TITLE_BREAK = /[-\s({[<]/;

/** The filter title: a word begins after white space, a hyphen or an opening bracket, not after an apostrophe. */
export const titleFilter = (text: Text): Text => {
  let inWord = false;
  return text.map((run) =>
    Array.from(run, (c) => {
      const changed = inWord ? c.toLowerCase() : c.toUpperCase();
      inWord = !TITLE_BREAK.test(c);
      return changed;
    }).join(""),
  );
};

export const capitalize = (text: Text): Text => {
  const first = text.value.codePointAt(0) ?? 0;
  const size = first > 0xffff ? 2 : 1;
  const head = text.slice(0, Math.min(size, text.length)).map((run) => run.toUpperCase());
  return Text.concat([head, text.slice(Math.min(size, text.length)).map((run) => run.toLowerCase())]);
};

const STRING_METHODS: Readonly<Record<string, Method<Text>>> = {
  strip: strip(true, true),
  lstrip: strip(true, false),
  rstrip: strip(false, true),
  upper: (self) => self.map((run) => run.toUpperCase()),
  lower: (self) => self.map((run) => run.toLowerCase()),
  title: titleCase,
  capitalize,
  startswith: ends((text, part) => text.startsWith(part)),
  endswith: ends((text, part) => text.endsWith(part)),
  split,
  rsplit,
  splitlines,
  partition: partition(true),
  rpartition: partition(false),
  zfill,
  ljust: justify(() => 0),
  rjust: justify((missing) => missing),
  center: justify((missing, width) => Math.floor(missing / 2) + (missing & width & 1)),
  replace: replaceText,
  format: formatText,
  join: (self, call, budget) => {
    const items = call.args[0];
    if (!isList(items)) throw new Error(`expected a list to join, got ${typeName(items)}`);
    const texts = items.map((item) => {
      if (item instanceof Text) return item;
      throw new Error(`expected strings to join, got ${typeName(item)}`);
    });
    return joinTexts(texts, self, budget);
  },
  find: search((text, part) => text.indexOf(part)),
  rfind: search((text, part) => text.lastIndexOf(part)),
  count: (self, call, budget) => {
    const part = textArgument(call, 0, "sub").value;
    const { from, to } = windowOf(self, call, 1);
    if (to < from) return 0;
    const stretch = self.slice(from, to);
    return part === ""
      ? textLength(stretch, budget) + 1
      : partsOf(stretch, part, Number.POSITIVE_INFINITY, budget).length - 1;
  },
  removeprefix: (self, call) => {
    const part = textArgument(call, 0, "prefix");
    return self.value.startsWith(part.value) ? self.slice(part.length) : self;
  },
  removesuffix: (self, call) => {
    const part = textArgument(call, 0, "suffix");
    return part.length > 0 && self.value.endsWith(part.value)
      ? self.slice(0, self.length - part.length)
      : self;
  },
  isdigit: isAll(/^\p{Nd}+$/u),
  isalpha: isAll(/^\p{L}+$/u),
  isalnum: isAll(/^[\p{L}\p{N}]+$/u),
  isspace: isAll(/^\s+$/),
  isupper: (self) => self.value === self.value.toUpperCase() && self.value !== self.value.toLowerCase(),
  islower: (self) => self.value === self.value.toLowerCase() && self.value !== self.value.toUpperCase(),
};

export const pairs = (dict: Dict): Value => Array.from(dict.entries.values(), ([key, value]) => [key, value]);

const DICT_METHODS: Readonly<Record<string, Method<Dict>>> = {
  items: pairs,
  keys: (self) => Array.from(self.entries.values(), ([key]) => key),
  values: (self) => Array.from(self.entries.values(), ([, value]) => value),
  get: (self, call) => {
    const key = dictKey(call.args[0]);
    const found = key === undefined ? undefined : self.get(key);
    return found !== undefined ? found : (argument(call, 1, "default") ?? null);
  },
  copy: (self) => self,
};

const LIST_METHODS: Readonly<Record<string, Method<readonly Value[]>>> = {
  index: (self, call, budget) => {
    const at = self.findIndex((item) => isEqual(item, call.args[0], budget.step));
    if (at < 0) throw new Error("the value is not in the list");
    return at;
  },
  count: (self, call, budget) => self.filter((item) => isEqual(item, call.args[0], budget.step)).length,
};

/** Parameters of the methods that have any. */
const PARAMETERS: Readonly<Record<string, string>> = {
  strip: "chars",
  lstrip: "chars",
  rstrip: "chars",
  startswith: "prefix start end",
  endswith: "suffix start end",
  split: "sep maxsplit",
  rsplit: "sep maxsplit",
  partition: "sep",
  rpartition: "sep",
  splitlines: "keepends",
  replace: "old new count",
  format: "*",
  join: "iterable",
  find: "sub start end",
  rfind: "sub start end",
  count: "sub start end",
  index: "value",
  removeprefix: "prefix",
  removesuffix: "suffix",
  zfill: "width",
  ljust: "width fillchar",
  rjust: "width fillchar",
  center: "width fillchar",
  get: "key default",
};

function bind<T>(methods: Readonly<Record<string, Method<T>>>, self: T, name: string, budget: Budget): Value {
  if (!Object.hasOwn(methods, name)) return undefined;
  const parameters = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : "";
  return new Callable(name, (call) => {
    checkArguments(`"${name}"`, parameters, call);
    return methods[name](self, call, budget);
  });
}

/** The method of that name, bound to the value; undefined if there is none. */
export function methodOf(value: Value, name: string, budget: Budget): Value {
  if (value instanceof Text) {
    if (!Object.hasOwn(STRING_METHODS, name)) return undefined;
    budget.look(value);
    return bind(STRING_METHODS, value, name, budget);
  }
  if (value instanceof Dict) {
    if (!Object.hasOwn(DICT_METHODS, name)) return undefined;
    if (name !== "get") budget.elements(value.entries.size * 4);
    return bind(DICT_METHODS, value, name, budget);
  }
  return isList(value) ? bind(LIST_METHODS, value, name, budget) : undefined;
}
