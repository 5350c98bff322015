/** Arguments of functions, filters and methods. Unknown ones are refused, as nobody would notice a wrong prompt. */
import { Text } from "./text.ts";
import { type CallArguments, numberOf, typeName, type Value } from "./values.ts";

/** Argument by position or name. */
export function argument(call: CallArguments, index: number, name: string): Value {
  return index < call.args.length ? call.args[index] : call.named.get(name);
}

/** An argument that must be a string. @throws Error. */
export function textArgument(call: CallArguments, index: number, name: string): Text {
  const value = argument(call, index, name);
  if (value instanceof Text) return value;
  throw new Error(`expected a string for "${name}", got ${typeName(value)}`);
}

/** An argument that must be an integer, if given. @throws Error. */
export function intArgument(call: CallArguments, index: number, name: string, otherwise: number): number {
  const value = argument(call, index, name);
  if (value === undefined || value === null) return otherwise;
  const number = numberOf(value);
  if (number === undefined || !Number.isSafeInteger(number))
    throw new Error(`expected an integer for "${name}"`);
  return number;
}

/**
 * @param what name of the filter or method, for messages.
 * @param names parameters in order, separated by spaces; "*" accepts anything.
 * @throws Error that names an unknown argument.
 */
export function checkArguments(what: string, names: string, { args, named }: CallArguments): void {
  if (names === "*") return;
  const known = names === "" ? [] : names.split(" ");
  if (args.length > known.length) throw new Error(`${what} takes at most ${known.length} arguments`);
  for (const name of named.keys()) {
    if (!known.includes(name)) throw new Error(`${what} has no argument "${name.slice(0, 40)}"`);
  }
}
