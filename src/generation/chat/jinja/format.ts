/**
 * Python's string formatting: str.format and the operator %. Covers the forms that chat templates use: fill,
 * alignment, sign, width, precision and type; names and positions. Sources: the Python library reference, "Format String
 * Syntax" and "printf-style String Formatting".
 */
import type { Budget } from "./budget.ts";
import { repr, toText } from "./print.ts";
import { Text } from "./text.ts";
import { type CallArguments, Dict, isList, numberOf, typeName, type Value } from "./values.ts";

/** The format of one value. */
interface Form {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly alternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

const MAX_WIDTH = 10_000;

function widthOf(digits: string | undefined): number {
  const width = Number(digits ?? 0);
  if (width > MAX_WIDTH) throw new Error(`a width of ${width} is more than ${MAX_WIDTH}`);
  return width;
}

/** `[[fill]align][sign][#][0][width][,][.precision][type]`. */
function readForm(spec: string): Form {
  const match = /^(?:(.)?([<>^=]))?([+\- ])?(#)?(0)?(\d{1,9})?([,_])?(?:\.(\d{1,9}))?([a-zA-Z%])?$/su.exec(
    spec,
  );
  if (match === null) throw new Error(`"${spec.slice(0, 40)}" is not a format`);
  const [, fill, align, sign = "-", alternate, zero, width, grouping = "", precision, type = ""] = match;
  return {
    fill: fill ?? (zero === undefined ? " " : "0"),
    align: align ?? (zero === undefined ? "" : "="),
    sign,
    alternate: alternate !== undefined,
    width: widthOf(width),
    grouping,
    precision: precision === undefined ? undefined : widthOf(precision),
    type,
  };
}

const RADIX: Readonly<Record<string, number>> = { d: 10, i: 10, b: 2, o: 8, x: 16, X: 16 };
const PREFIX: Readonly<Record<string, string>> = { b: "0b", o: "0o", x: "0x", X: "0X" };

/** Like Number.toFixed, but halves round to even, as in Python. */
export function toFixed(size: number, places: number): string {
  const exact = size.toFixed(Math.min(100, places + 60));
  const point = exact.indexOf(".");
  const cut = exact.slice(0, places === 0 ? point : point + 1 + places);
  const isHalf = /^\.?50*$/.test(exact.slice(cut.length));
  return isHalf && /[02468]$/.test(cut) ? cut : size.toFixed(places);
}

/** Digits of a number without its sign. */
function digitsOf(size: number, { type, precision, alternate }: Form): string {
  if (type in RADIX) {
    const digits = `${alternate ? (PREFIX[type] ?? "") : ""}${size.toString(RADIX[type])}`;
    return type === "X" ? digits.toUpperCase() : digits;
  }
  const places = Math.min(100, precision ?? 6);
  switch (type) {
    case "f":
    case "F":
      return toFixed(size, places);
    case "%":
      return `${toFixed(size * 100, places)}%`;
    case "e":
    case "E": {
      const digits = size.toExponential(places).replace(/e([+-])(\d)$/, "e$10$2");
      return type === "E" ? digits.toUpperCase() : digits;
    }
    default: {
      const digits = size.toPrecision(Math.max(1, places)).replace(/e([+-])(\d)$/, "e$10$2");
      return digits.includes(".") ? digits.replace(/\.?0+($|e)/, "$1") : digits;
    }
  }
}

const grouped = (digits: string, mark: string): string =>
  mark === "" ? digits : digits.replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, mark));

function pad(body: Text, { fill, align, width }: Form, sign: string, standard: string, budget: Budget): Text {
  const missing = width - [...body.value].length - sign.length;
  const put = (before: number, after: number, inner = 0): Text => {
    budget.spend(width);
    const times = (count: number): Text => Text.of(fill.repeat(Math.max(0, count)));
    return Text.concat([times(before), Text.of(sign), times(inner), body, times(after)]);
  };
  if (missing <= 0) return put(0, 0);
  const way = align === "" ? standard : align;
  if (way === "<") return put(0, missing);
  if (way === "^") return put(Math.floor(missing / 2), Math.ceil(missing / 2));
  return way === "=" ? put(0, 0, missing) : put(missing, 0);
}

function write(value: Value, form: Form, budget: Budget): Text {
  const number = numberOf(value);
  const asNumber = form.type !== "" && form.type !== "s";
  if (asNumber && number === undefined) throw new Error(`cannot write ${typeName(value)} as a number`);
  const plain = !asNumber && form.precision === undefined && form.grouping === "";
  if (number === undefined || typeof value === "boolean" || (plain && form.type === "s")) {
    if (!asNumber) {
      const text = toText(value, budget);
      return pad(form.precision === undefined ? text : text.slice(0, form.precision), form, "", "<", budget);
    }
  }
  const size = Math.abs(number ?? 0);
  const digits =
    asNumber || form.precision !== undefined ? undefined : toText(value, budget).value.replace(/^-/, "");
  const type = form.type === "" && form.precision !== undefined ? "g" : form.type;
  const body = grouped(
    digits ?? digitsOf(type in RADIX ? Math.trunc(size) : size, { ...form, type }),
    form.grouping,
  );
  const isNegative = (number ?? 0) < 0;
  return pad(Text.of(body), form, isNegative ? "-" : form.sign === "-" ? "" : form.sign, ">", budget);
}

/** `{}`, `{0}`, `{name}`, `{a.b}`, `{a[0]}`, with `!r` and `:form`; `{{` and `}}` are braces. */
const FIELD = /\{\{|\}\}|\{([^{}!:]*)(?:!([rs]))?(?::([^{}]*))?\}|[{}]/gu;

/** str.format. @throws Error for a field without a value or an invalid format. */
export function formatText(self: Text, call: CallArguments, budget: Budget): Value {
  const parts: Text[] = [];
  let from = 0;
  let next = 0;
  for (const match of self.value.matchAll(FIELD)) {
    const [field, path = "", conversion, spec = ""] = match;
    parts.push(self.slice(from, match.index));
    from = match.index + field.length;
    budget.spend(field.length + 16);
    if (field === "{{" || field === "}}") parts.push(self.slice(from - 1, from));
    else if (field.length === 1) throw new Error(`a single "${field}" in a format`);
    else {
      const found = valueAt(path === "" || /^[.[]/.test(path) ? `${next++}${path}` : path, call);
      const value = conversion === "r" ? repr(found, budget) : found;
      parts.push(write(value, readForm(spec), budget));
    }
    budget.spend(parts[parts.length - 1].length);
  }
  parts.push(self.slice(from));
  return Text.concat(parts);
}

function valueAt(path: string, call: CallArguments): Value {
  const [first, ...rest] = path.split(/[.[\]]+/).filter((part) => part !== "");
  const found = /^\d+$/.test(first) ? call.args[Number(first)] : call.named.get(first);
  const value = rest.reduce<Value>((at, part) => {
    if (at instanceof Dict) return at.get(part) ?? at.get(Number(part));
    return isList(at) ? at[Number(part)] : undefined;
  }, found);
  if (value === undefined) throw new Error(`there is no value for the field "${path.slice(0, 40)}"`);
  return value;
}

/** `%[(name)][flags][width][.precision]type`; `%%` is a percent sign. */
const PERCENT = /%(?:\(([^)]*)\))?([-+ 0#]*)(\d{1,9}|\*)?(?:\.(\d{1,9}))?([a-zA-Z%])?/gu;

/** The operator %. Its right side is a value, a tuple of values, or a dict. */
export function percentText(self: Text, values: Value, budget: Budget): Text {
  const given = isList(values) ? values : [values];
  const parts: Text[] = [];
  let from = 0;
  let used = 0;
  for (const match of self.value.matchAll(PERCENT)) {
    const [field, name, flags, width, precision, type] = match;
    parts.push(self.slice(from, match.index));
    from = match.index + field.length;
    budget.spend(field.length + 16);
    if (type === "%") {
      parts.push(Text.of("%"));
      continue;
    }
    if (type === undefined || !"sdifFeEgGxXor".includes(type))
      throw new Error(`"${field.slice(0, 40)}" is not a format`);
    const value = name === undefined ? given[used++] : values instanceof Dict ? values.get(name) : undefined;
    if (value === undefined) throw new Error("not enough values for the format");
    const isText = "sr".includes(type);
    const form: Form = {
      fill: flags.includes("0") && !isText ? "0" : " ",
      align: flags.includes("-") ? "<" : flags.includes("0") && !isText ? "=" : ">",
      sign: flags.includes("+") ? "+" : flags.includes(" ") ? " " : "-",
      alternate: flags.includes("#"),
      width: widthOf(width),
      grouping: "",
      precision: precision === undefined ? undefined : widthOf(precision),
      type: type === "r" ? "s" : type,
    };
    parts.push(write(type === "r" ? repr(value, budget) : value, form, budget));
    budget.spend(parts[parts.length - 1].length);
  }
  if (!(values instanceof Dict) && used < given.length)
    throw new Error("not all values were used by the format");
  parts.push(self.slice(from));
  return Text.concat(parts);
}
