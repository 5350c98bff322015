/** Common sequences of eight words of the frozen set and other text: training text may share none. */
import type { Item } from "./rules.ts";

const LENGTH = 8;

function* gramsOf(text: string): Generator<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
  for (let i = 0; i + LENGTH <= words.length; i++) yield words.slice(i, i + LENGTH).join(" ");
}

/** Sequences of items that were asked for before: training text is many texts. */
const known = new WeakMap<readonly Item[], ReadonlySet<string>>();

function gramsOfItems(items: readonly Item[]): ReadonlySet<string> {
  const own =
    known.get(items) ?? new Set(items.flatMap(({ turns }) => turns.flatMap((turn) => [...gramsOf(turn)])));
  known.set(items, own);
  return own;
}

/** Sequences of each text of the items, found in `text`. */
export function sharedGrams(items: readonly Item[], text: string): string[] {
  const own = gramsOfItems(items);
  return [...new Set([...gramsOf(text)].filter((gram) => own.has(gram)))];
}
