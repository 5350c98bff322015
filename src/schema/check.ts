/** Holds options against their schema. What is wrong is one sentence; an unknown name comes with the nearest known one. */
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
 * @param doing what the options were given for: "generate".
 * @throws RequestError that names the option, what it may be, and what was found.
 */
export function checkOptions(schema: ObjectSchema, options: unknown, doing: string): void {
  const { error } = schema.safeParse(options);
  const [issue] = error?.issues ?? [];
  if (issue !== undefined) throw refusal(schema, options, issue, doing);
}

function refusal(
  schema: ObjectSchema,
  options: unknown,
  issue: z.core.$ZodIssue,
  doing: string,
): RequestError {
  const [name] = issue.path;
  if (issue.code === "unrecognized_keys" && name === undefined) {
    const [unknown] = issue.keys;
    const suggestion = nearest(unknown, Object.keys(schema.shape));
    return new RequestError({
      doing,
      expected: "options that exist",
      found: JSON.stringify(unknown.slice(0, 60)),
      ...(suggestion === undefined ? {} : { fix: `did you mean "${suggestion}"?` }),
    });
  }
  if (name === undefined) {
    return new RequestError({ doing, expected: "an object of options", found: show(options) });
  }
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], options);
  return new RequestError({
    doing: `use the option "${issue.path.join(".")}"`,
    expected: expectation(issue),
    found: show(value),
  });
}

/** What zod's issue says was expected, in words. */
function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return NOUNS[issue.expected] ?? issue.expected;
    case "too_small":
      return `at least ${issue.minimum}${issue.inclusive === false ? ", but not that itself" : ""}`;
    case "too_big":
      return `at most ${issue.maximum}`;
    case "invalid_value":
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    default:
      return issue.message === "Invalid input" ? "a value of another kind" : issue.message;
  }
}

const NOUNS: Readonly<Record<string, string>> = {
  number: "a finite number",
  int: "an integer",
  string: "a string",
  boolean: "true or false",
  array: "an array",
  object: "an object",
};
