/** Files of conversations come from anywhere: what they hold is counted before it is kept. */

export const LIMITS = {
  fileBytes: 256 * 2 ** 20,
  conversations: 20_000,
  messages: 10_000,
  text: 8 * 2 ** 20,
  title: 200,
} as const;

export class ExchangeError extends Error {
  override readonly name = "ExchangeError";
}

/** A text within the limit. @throws ExchangeError for anything else. */
export function readText(value: unknown, what: string): string {
  if (typeof value !== "string") throw new ExchangeError(`${what} is not a text`);
  if (value.length > LIMITS.text) throw new ExchangeError(`${what} is longer than ${LIMITS.text} characters`);
  return value;
}

export function readList(value: unknown, what: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new ExchangeError(`${what} is not a list`);
  if (value.length > most)
    throw new ExchangeError(`${what} has ${value.length} entries; at most ${most} are read`);
  return value;
}
