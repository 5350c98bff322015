/** Derives command-line options from the library's schemas: name, help, default, type and choices. */
import type * as z from "zod/mini";
import { OPTION_NOTES } from "../schema/schema.ts";
import { type OptionSpec, parseInteger, parseNumber } from "./options.ts";

type Shape = Readonly<Record<string, z.ZodMiniOptional<z.ZodMiniType>>>;

/** Additions of the command line to an option. */
export interface FlagChange {
  /** "t" for -t. */
  readonly short?: string;
  /** Placeholder of the value: "file". */
  readonly value?: string;
  readonly help?: string;
  readonly env?: string;
  readonly conflicts?: readonly string[];
}

/** The part of a schema definition that is read. */
interface Definition {
  readonly type: string;
  readonly innerType?: { readonly _zod: { readonly def: Definition } };
  readonly format?: string;
  readonly element?: { readonly _zod: { readonly def: Definition } };
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
}

/** The name of an option as a flag: "cache-type". */
export const kebab = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

type Form = Pick<OptionSpec, "parse" | "choices" | "repeatable"> & { readonly placeholder: string };

/** How to parse a value of the schema from a command line. */
function formOf({ type, format, entries, values }: Definition): Form {
  if (type === "boolean") return { placeholder: "" };
  if (type === "number")
    return format === "safeint"
      ? { placeholder: " <n>", parse: parseInteger }
      : { placeholder: " <x>", parse: parseNumber };
  if (type === "enum") return { placeholder: " <name>", choices: Object.values(entries ?? {}) };
  if (type === "literal") return { placeholder: " <name>", choices: (values ?? []).map(String) };
  if (type === "array") return { placeholder: " <text>", repeatable: true };
  return { placeholder: " <text>" };
}

function helpOf(schema: z.ZodMiniType, change: FlagChange): string {
  const note = OPTION_NOTES.get(schema);
  const help = change.help ?? note?.help ?? "";
  const standard = note?.default;
  if (standard === undefined) return help;
  return `${help} (default${typeof standard === "string" ? ":" : ""} ${standard})`;
}

/** One option of the shape as a flag. */
export function flagOf(shape: Shape, name: string, change: FlagChange = {}): OptionSpec {
  const schema = shape[name];
  const { innerType } = schema._zod.def as unknown as Definition;
  if (innerType === undefined) throw new Error(`Internal error: the option ${name} has no schema`);
  const { placeholder, ...form } = formOf(innerType._zod.def);
  const short = change.short === undefined ? "" : `-${change.short}, `;
  return {
    flags: `${short}--${kebab(name)}${change.value === undefined ? placeholder : ` <${change.value}>`}`,
    description: helpOf(schema, change),
    ...form,
    ...(change.env === undefined ? {} : { env: change.env }),
    ...(change.conflicts === undefined ? {} : { conflicts: change.conflicts }),
  };
}

/** Several options, in the order of the table. */
export function flagsOf(shape: Shape, changes: Readonly<Record<string, FlagChange>>): OptionSpec[] {
  return Object.entries(changes).map(([name, change]) => flagOf(shape, name, change));
}
