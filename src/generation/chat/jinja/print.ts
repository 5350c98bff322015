/** Converts values to text: as Python prints them, and as its json.dumps writes them. */
import type { Budget } from "./budget.ts";
import { Text } from "./text.ts";
import { type Callable, Dict, Float, floatRepr, isList, Namespace, order, type Value } from "./values.ts";

/** Python's str(): what `{{ value }}` prints. */
export function toText(value: Value, budget: Budget): Text {
  if (value instanceof Text) return value;
  if (value === undefined) return Text.of("");
  return repr(value, budget);
}

/** Python's repr(): strings in quotes. */
export function repr(value: Value, budget: Budget): Text {
  budget.step();
  if (value instanceof Text) return reprString(value, budget);
  if (isList(value))
    return bracket(
      "[",
      value.map((item) => repr(item, budget)),
      "]",
      budget,
    );
  if (value instanceof Dict) {
    const items = Array.from(value.entries.values(), ([key, item]) =>
      Text.concat([repr(key, budget), Text.of(": "), repr(item, budget)]),
    );
    return bracket("{", items, "}", budget);
  }
  return Text.of(plain(value));
}

function plain(value: undefined | null | boolean | number | Float | Namespace | Callable): string {
  if (value === undefined) return "Undefined";
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return String(value);
  if (value instanceof Float) return floatRepr(value.value);
  return value instanceof Namespace ? "<Namespace>" : `<function ${value.name}>`;
}

function bracket(open: string, items: readonly Text[], close: string, budget: Budget): Text {
  const parts: Text[] = [Text.of(open)];
  items.forEach((item, i) => {
    budget.spend(item.length + 16);
    budget.elements(item.runs.length);
    if (i > 0) parts.push(Text.of(", "));
    parts.push(item);
  });
  return Text.concat([...parts, Text.of(close)]);
}

const REPR_ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Uses single quotes, unless the text contains single but no double quotes. */
function reprString(text: Text, budget: Budget): Text {
  budget.look(text);
  const quote = text.value.includes("'") && !text.value.includes('"') ? '"' : "'";
  const escaped = text.map((run) =>
    run.replace(/[\\\p{Cc}\u00a0\u00ad']/gu, (c) => {
      if (c === "'") return quote === "'" ? "\\'" : c;
      return REPR_ESCAPES[c] ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`;
    }),
  );
  return Text.concat([Text.of(quote), escaped, Text.of(quote)]);
}

export interface JsonStyle {
  /** Spaces per level; undefined for one line. */
  readonly indent?: number | undefined;
  readonly itemSeparator: string;
  readonly keySeparator: string;
  readonly sortKeys: boolean;
  readonly ensureAscii: boolean;
}

/** json.dumps with ensure_ascii off, as tojson of chat templates. @throws Error for values that JSON lacks. */
export function toJson(value: Value, style: JsonStyle, budget: Budget): Text {
  const parts: Text[] = [];
  const put = (text: Text): void => {
    budget.spend(text.length + 16);
    parts.push(text);
  };
  const newline = (level: number): void => {
    if (style.indent !== undefined) put(Text.of(`\n${" ".repeat(style.indent * level)}`));
  };
  const putString = (text: Text): void => {
    put(Text.of('"'));
    budget.look(text);
    put(text.map((run) => escapeJson(run, style.ensureAscii)));
    put(Text.of('"'));
  };
  const putAll = <T>(
    brackets: string,
    items: readonly T[],
    level: number,
    putItem: (item: T) => void,
  ): void => {
    put(Text.of(brackets[0]));
    items.forEach((item, i) => {
      if (i > 0) put(Text.of(style.itemSeparator));
      newline(level + 1);
      putItem(item);
    });
    if (items.length > 0) newline(level);
    put(Text.of(brackets[1]));
  };
  const write = (item: Value, level: number): void => {
    budget.step();
    if (item instanceof Text) putString(item);
    else if (isList(item)) putAll("[]", item, level, (x) => write(x, level + 1));
    else if (item instanceof Dict) {
      const pairs = [...item.entries.values()];
      if (style.sortKeys) pairs.sort(([a], [b]) => order(a, b, budget.step));
      putAll("{}", pairs, level, ([key, x]) => {
        putString(key instanceof Text ? key : Text.of(jsonScalar(key)));
        put(Text.of(style.keySeparator));
        write(x, level + 1);
      });
    } else put(Text.of(jsonScalar(item)));
  };
  write(value, 0);
  return Text.concat(parts);
}

function jsonScalar(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  if (value instanceof Float) {
    if (Number.isFinite(value.value)) return floatRepr(value.value);
    return Number.isNaN(value.value) ? "NaN" : value.value > 0 ? "Infinity" : "-Infinity";
  }
  throw new Error(
    value === undefined ? "undefined cannot be written as JSON" : "this value cannot be written as JSON",
  );
}

function escapeJson(text: string, ensureAscii: boolean): string {
  const escaped = JSON.stringify(text).slice(1, -1);
  if (!ensureAscii) return escaped;
  return escaped.replace(/[\u007f-\uffff]/g, (c) =>
    c === "\u007f" ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
