/** Methods of strings, dicts and lists that chat templates call. Those that would change a value do not exist. */
import type { Budget } from "./budget.ts";
import { formatText } from "./format.ts";
import { characters } from "./operators.ts";
import { Text } from "./text.ts";
import {
  type CallArguments,
  Callable,
  Dict,
  dictKey,
  isEqual,
  isList,
  numberOf,
  typeName,
  type Value,
} from "./values.ts";

type Method<T> = (self: T, call: CallArguments, budget: Budget) => Value;

/** Argument by position or name. */
export function argument(call: CallArguments, index: number, name: string): Value {
  return index < call.args.length ? call.args[index] : call.named.get(name);
}

export function textArgument(call: CallArguments, index: number, name: string): Text {
  const value = argument(call, index, name);
  if (value instanceof Text) return value;
  throw new Error(`expected a string for "${name}", got ${typeName(value)}`);
}

export function intArgument(call: CallArguments, index: number, name: string, otherwise: number): number {
  const value = argument(call, index, name);
  if (value === undefined || value === null) return otherwise;
  const number = numberOf(value);
  if (number === undefined || !Number.isSafeInteger(number))
    throw new Error(`expected an integer for "${name}"`);
  return number;
}

const strip =
  (left: boolean, right: boolean): Method<Text> =>
  (self, call) => {
    const set = argument(call, 0, "chars");
    return self.strip(set instanceof Text ? set.value : undefined, left, right);
  };

const ends =
  (test: (text: string, part: string) => boolean): Method<Text> =>
  (self, call) => {
    const parts = call.args[0];
    const all = isList(parts) ? parts : [parts];
    return all.some((part) => {
      if (!(part instanceof Text)) throw new Error(`expected a string, got ${typeName(part)}`);
      return test(self.value, part.value);
    });
  };

const isAll =
  (pattern: RegExp): Method<Text> =>
  (self) =>
    pattern.test(self.value);

/** Runs that are not white space; after `limit` of them the rest in one piece. */
function splitWords(self: Text, limit: number): Text[] {
  const text = self.strip(undefined, true, false);
  const parts: Text[] = [];
  for (const match of text.value.matchAll(/\S+/g)) {
    if (parts.length >= limit) {
      parts.push(text.slice(match.index));
      break;
    }
    parts.push(text.slice(match.index, match.index + match[0].length));
  }
  return parts;
}

/** str.split: a list of parts; maxsplit −1 cuts everywhere. */
function split(self: Text, call: CallArguments, budget: Budget): Value {
  const separator = argument(call, 0, "sep");
  const limit = intArgument(call, 1, "maxsplit", -1);
  budget.spend(self.length * 8);
  if (!(separator instanceof Text)) return splitWords(self, limit < 0 ? Infinity : limit);
  if (separator.length === 0) throw new Error("empty separator");
  return self.split(separator.value, limit < 0 ? Infinity : limit);
}

function rsplit(self: Text, call: CallArguments, budget: Budget): Value {
  const separator = textArgument(call, 0, "sep");
  const limit = intArgument(call, 1, "maxsplit", -1);
  budget.spend(self.length * 8);
  if (separator.length === 0) throw new Error("empty separator");
  const parts: Text[] = [];
  let to = self.length;
  while (limit < 0 || parts.length < limit) {
    const at = to < separator.length ? -1 : self.value.lastIndexOf(separator.value, to - separator.length);
    if (at < 0) break;
    parts.unshift(self.slice(at + separator.length, to));
    to = at;
  }
  return [self.slice(0, to), ...parts];
}

export function replaceText(self: Text, call: CallArguments, budget: Budget): Value {
  const from = textArgument(call, 0, "old");
  const to = textArgument(call, 1, "new");
  const count = intArgument(call, 2, "count", -1);
  const limit = count < 0 ? Infinity : count;
  budget.spend(self.length * 8);
  const parts = from.length > 0 ? self.split(from.value, limit) : betweenCharacters(self, limit, budget);
  return joinTexts(parts, to, budget);
}

/** Python puts the new text for an empty one before every character and at the end. */
function betweenCharacters(self: Text, limit: number, budget: Budget): Text[] {
  const all = characters(self, budget);
  const cuts = Math.min(limit, all.length + 1);
  if (cuts === 0) return [self];
  return [Text.of(""), ...all.slice(0, cuts - 1), Text.concat(all.slice(cuts - 1))];
}

export function joinTexts(parts: readonly Text[], separator: Text, budget: Budget): Text {
  const joined: Text[] = [];
  parts.forEach((part, i) => {
    budget.spend(part.length + separator.length + part.runs.length + 8);
    if (i > 0) joined.push(separator);
    joined.push(part);
  });
  return Text.concat(joined);
}

export const titleCase = (text: Text): Text => {
  // Letters after letters become small; a run's first letter looks at the run before.
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
  splitlines: (self) => {
    const lines = self.value.split(/\r\n|\r|\n/);
    let at = 0;
    const parts = lines.map((line) => {
      const part = self.slice(at, at + line.length);
      at += line.length + (self.value.startsWith("\r\n", at + line.length) ? 2 : 1);
      return part;
    });
    return parts[parts.length - 1].length === 0 ? parts.slice(0, -1) : parts;
  },
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
  find: (self, call) => self.value.indexOf(textArgument(call, 0, "sub").value),
  rfind: (self, call) => self.value.lastIndexOf(textArgument(call, 0, "sub").value),
  count: (self, call) => {
    const part = textArgument(call, 0, "sub").value;
    return part === "" ? self.length + 1 : self.split(part).length - 1;
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

function bind<T>(methods: Readonly<Record<string, Method<T>>>, self: T, name: string, budget: Budget): Value {
  if (!Object.hasOwn(methods, name)) return undefined;
  return new Callable(name, (call) => methods[name](self, call, budget));
}

/** The method of that name, bound to the value; undefined where there is none. */
export function methodOf(value: Value, name: string, budget: Budget): Value {
  if (value instanceof Text) {
    budget.spend(value.length);
    return bind(STRING_METHODS, value, name, budget);
  }
  if (value instanceof Dict) return bind(DICT_METHODS, value, name, budget);
  return isList(value) ? bind(LIST_METHODS, value, name, budget) : undefined;
}
