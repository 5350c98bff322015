/** Options that a verb cannot do without. */
import { RequestError } from "../base/errors.ts";

/** @throws RequestError if the option was not given. */
export function needOption<T>(value: T | undefined, doing: string, expected: string): T {
  if (value !== undefined) return value;
  throw new RequestError({ doing, expected, found: "none" });
}
