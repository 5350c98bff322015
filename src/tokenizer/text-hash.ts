/** A hash of texts that is continued over parts of texts, without making strings of them. */

/** The hash of no text. Random, so that no file can be made whose strings all have one hash. */
export const HASH_SEED = Math.floor(Math.random() * 2 ** 32) | 0;

/** The hash of what comes before, continued by the UTF-16 units [from, to) of the text. */
export function continueHash(before: number, text: string, from: number, to: number): number {
  let hash = before;
  for (let i = from; i < to; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

/** Whether the UTF-16 units [from, to) of the text are in `whole`, from `at` on. */
export function isTextAt(whole: string, at: number, text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (whole.charCodeAt(at + i - from) !== text.charCodeAt(i)) return false;
  return true;
}

/** Slots of a hash table for this many entries: a power of two, at most half of them used. */
export function slotsFor(entries: number): number {
  return 2 ** Math.ceil(Math.log2(2 * entries + 16));
}
