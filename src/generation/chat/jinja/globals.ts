/** The functions available to every chat template. */

import { argument, intArgument, textArgument } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { toText } from "./print.ts";
import { Text } from "./text.ts";
import { type CallArguments, Callable, Dict, isList, Namespace, type Value } from "./values.ts";

/** Python's jinja2 sandbox has the same limit. */
const MAX_RANGE = 100_000;

/** A template's raise_exception: its own message about input that it rejects. */
export class Refusal extends Error {}

function range(call: CallArguments, budget: Budget): Value {
  const [first, second] = call.args.map((_, i) => intArgument(call, i, "range", 0));
  const [start, stop] = call.args.length > 1 ? [first, second] : [0, first ?? 0];
  const step = intArgument(call, 2, "step", 1);
  if (step === 0) throw new Error("range() needs a non-zero step");
  const count = Math.max(0, Math.ceil((stop - start) / step));
  if (count > MAX_RANGE) throw new Error(`range() of ${count} is larger than ${MAX_RANGE}`);
  budget.elements(count);
  return Array.from({ length: count }, (_, i) => start + i * step);
}

function namespace({ args, named }: CallArguments, budget: Budget): Value {
  const source = args[0];
  if (source instanceof Dict) budget.elements(4 * source.entries.size);
  const given: (readonly [string, Value])[] = [];
  if (source instanceof Dict) for (const [key, [, value]] of source.entries) given.push([String(key), value]);
  return new Namespace([...given, ...named]);
}

function dict({ args, named }: CallArguments, budget: Budget): Value {
  if (args[0] instanceof Dict) budget.elements(4 * args[0].entries.size);
  const given = args[0] instanceof Dict ? [...args[0].entries.values()] : [];
  if (args[0] !== undefined && !(args[0] instanceof Dict) && !isList(args[0]))
    throw new Error("dict() takes a dict");
  return new Dict([...given, ...Array.from(named, ([key, value]) => [Text.of(key), value] as const)]);
}

/** A function that returns "" the first time, then its separator. */
function joiner(call: CallArguments): Value {
  const separator = argument(call, 0, "sep") ?? Text.of(", ");
  let used = false;
  return new Callable("joiner", () => {
    const given = used ? separator : Text.of("");
    used = true;
    return given;
  });
}

/** An object whose `next()` returns its items in turn. */
function cycler({ args }: CallArguments): Value {
  if (args.length === 0) throw new Error("cycler() needs items");
  let at = 0;
  const cycle = new Namespace([["current", args[0]]]);
  const move = (to: number): void => {
    at = to % args.length;
    cycle.attributes.set("current", args[at]);
  };
  cycle.attributes.set(
    "next",
    new Callable("next", () => {
      const given = args[at];
      move(at + 1);
      return given;
    }),
  );
  cycle.attributes.set(
    "reset",
    new Callable("reset", () => {
      move(0);
      return null;
    }),
  );
  return cycle;
}

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
];
MONTHS.push("November", "December");
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const pad = (n: number, width = 2): string => String(n).padStart(width, "0");

/** strftime in the C locale and local time; unknown directives stay as they are. */
const DIRECTIVES: Readonly<Record<string, (t: Date) => string>> = {
  Y: (t) => String(t.getFullYear()),
  y: (t) => pad(t.getFullYear() % 100),
  m: (t) => pad(t.getMonth() + 1),
  d: (t) => pad(t.getDate()),
  e: (t) => String(t.getDate()).padStart(2),
  B: (t) => MONTHS[t.getMonth()],
  b: (t) => MONTHS[t.getMonth()].slice(0, 3),
  A: (t) => DAYS[t.getDay()],
  a: (t) => DAYS[t.getDay()].slice(0, 3),
  H: (t) => pad(t.getHours()),
  I: (t) => pad(t.getHours() % 12 || 12),
  M: (t) => pad(t.getMinutes()),
  S: (t) => pad(t.getSeconds()),
  p: (t) => (t.getHours() < 12 ? "AM" : "PM"),
  j: (t) =>
    pad(
      Math.round((new Date(t).setHours(12, 0, 0, 0) - new Date(t.getFullYear(), 0, 0, 12).getTime()) / 864e5),
      3,
    ),
  F: (t) => `${t.getFullYear()}-${pad(t.getMonth() + 1)}-${pad(t.getDate())}`,
  T: (t) => `${pad(t.getHours())}:${pad(t.getMinutes())}:${pad(t.getSeconds())}`,
  "%": () => "%",
};

export function strftime(time: Date, format: string): string {
  return format.replace(/%-?([A-Za-z%])/g, (whole, directive: string) => {
    if (!Object.hasOwn(DIRECTIVES, directive)) return whole;
    const text = DIRECTIVES[directive](time);
    return whole[1] === "-" ? text.replace(/^0+(?=\d)/, "") : text;
  });
}

export function globals(now: Date, budget: Budget): Map<string, Value> {
  const functions: Record<string, (call: CallArguments) => Value> = {
    range: (call) => range(call, budget),
    namespace: (call) => namespace(call, budget),
    dict: (call) => dict(call, budget),
    joiner,
    cycler,
    raise_exception: (call) => {
      throw new Refusal(toText(call.args[0], budget).value.slice(0, 1000));
    },
    strftime_now: (call) => {
      const format = textArgument(call, 0, "format").value;
      budget.spend(format.length * 64);
      return Text.of(strftime(now, format));
    },
  };
  const constants: [string, Value][] = [
    ["true", true],
    ["True", true],
    ["false", false],
    ["False", false],
    ["none", null],
    ["None", null],
  ];
  const named = Object.entries(functions).map(([name, call]): [string, Value] => [
    name,
    new Callable(name, call),
  ]);
  return new Map([...constants, ...named]);
}
