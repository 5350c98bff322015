/** What a text forgets when its context is full. */

/**
 * The tokens that go on of those that fill the context: fewer, in order, at least one less. What stays is computed anew
 * at its new positions. Undefined ends the text.
 */
export type Shorten = (tokens: readonly number[], context: number) => readonly number[] | undefined;

/** Keeps the first tokens and forgets the older half of the rest. */
export function forgetHalf(keep: number): Shorten {
  return (tokens) => {
    const kept = Math.min(keep, tokens.length - 2);
    const dropped = Math.max(1, Math.floor((tokens.length - kept) / 2));
    return [...tokens.slice(0, kept), ...tokens.slice(kept + dropped)];
  };
}

/** Length of the beginning that two texts share. */
export function sharedLength(a: readonly number[], b: readonly number[]): number {
  const limit = Math.min(a.length, b.length);
  let length = 0;
  while (length < limit && a[length] === b[length]) length++;
  return length;
}
