/** Chooses the tokens that a text drops when its context is full. */

/**
 * Chooses which of the tokens that fill the context to keep: in order, and at least one fewer. The kept tokens are
 * computed again at their new positions. Undefined ends the text.
 */
export type Shorten = (tokens: readonly number[], context: number) => readonly number[] | undefined;

/** Keeps the first tokens and drops the older half of the rest. */
export function forgetHalf(keep: number): Shorten {
  return (tokens) => {
    const kept = Math.min(keep, tokens.length - 2);
    const dropped = Math.max(1, Math.floor((tokens.length - kept) / 2));
    return [...tokens.slice(0, kept), ...tokens.slice(kept + dropped)];
  };
}

/** Length of the common prefix of two texts. */
export function sharedLength(a: readonly number[], b: readonly number[]): number {
  const limit = Math.min(a.length, b.length);
  let length = 0;
  while (length < limit && a[length] === b[length]) length++;
  return length;
}
