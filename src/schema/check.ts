/** Validates options against their schema. An error is one sentence; for an unknown name it suggests a known one. */
import type * as z from "zod/mini";
import { RequestError } from "../base/errors.ts";
import { nearest } from "./nearest.ts";
import { show } from "./numbers.ts";

type Shape = Readonly<Record<string, unknown>>;
interface ObjectSchema {
  readonly shape: Shape;
  safeParse(value: unknown): { readonly success: boolean; readonly error?: z.core.$ZodError | undefined };
}

/**
 * @param doing the operation that takes the options: "generate".
 * @throws RequestError that names the option, its valid values, and the value found.
 */
export function checkOptions(schema: ObjectSchema, options: unknown, doing: string): void {
  const { error } = schema.safeParse(options);
  const issues = error?.issues ?? [];
  // A misspelt required name also causes a "missing" issue; the misspelling is the real cause.
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  if (issue !== undefined) throw refusal(schema, options, issue, doing);
}

function refusal(
  schema: ObjectSchema,
  options: unknown,
  issue: z.core.$ZodIssue,
  doing: string,
): RequestError {
  if (issue.code === "unrecognized_keys") {
    const [unknown] = issue.keys;
    const suggestion = nearest(unknown, knownAt(schema, issue.path));
    return new RequestError({
      doing,
      expected: issue.path.length === 0 ? "options that exist" : `options that "${pathOf(issue)}" has`,
      found: JSON.stringify(unknown.slice(0, 60)),
      ...(suggestion === undefined ? {} : { fix: `did you mean "${suggestion}"?` }),
    });
  }
  if (issue.path.length === 0) {
    return new RequestError({ doing, expected: "an object of options", found: show(options) });
  }
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], options);
  return new RequestError({
    doing: `use the option "${pathOf(issue)}"`,
    expected: expectation(issue),
    found: show(value),
  });
}

const pathOf = ({ path }: z.core.$ZodIssue): string => path.join(".");

/** The part of a schema definition that is read. */
interface Definition {
  readonly shape?: Shape;
  readonly innerType?: Inside;
  readonly element?: Inside;
  readonly options?: readonly Inside[];
}
interface Inside {
  readonly _zod: { readonly def: Definition };
}

/** Names of the options of the object at a path. */
function knownAt(schema: ObjectSchema, path: readonly PropertyKey[]): string[] {
  let inside: readonly Definition[] = [{ shape: schema.shape }];
  for (const key of path) {
    inside = inside.flatMap(unwrapped).flatMap(({ shape, element }) => {
      const found = element ?? (shape?.[String(key)] as Inside | undefined);
      return found === undefined ? [] : [found._zod.def];
    });
  }
  return inside.flatMap(unwrapped).flatMap(({ shape }) => Object.keys(shape ?? {}));
}

/** A definition without its wrappers, such as "optional" and "union". */
function unwrapped(definition: Definition): Definition[] {
  const { innerType, options } = definition;
  if (innerType !== undefined) return unwrapped(innerType._zod.def);
  return options === undefined ? [definition] : options.flatMap(({ _zod }) => unwrapped(_zod.def));
}

/** The expectation of zod's issue, in words. */
function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return NOUNS[issue.expected] ?? issue.expected;
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${UNITS[issue.origin] ?? ""}`;
    case "too_big":
      return `at most ${issue.maximum}${UNITS[issue.origin] ?? ""}`;
    case "invalid_value":
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    default:
      return issue.message === "Invalid input" ? "a value of another type" : issue.message;
  }
}

/** What a length counts. */
const UNITS: Readonly<Record<string, string>> = { string: " characters", array: " entries" };

const NOUNS: Readonly<Record<string, string>> = {
  number: "a finite number",
  int: "an integer",
  string: "a string",
  boolean: "true or false",
  array: "an array",
  object: "an object",
};
