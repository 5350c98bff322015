/**
 * Keeps the items of the frozen test set (test/chat) out of training text. Greetings and questions about Cria itself are
 * short and few, so any list of them has common ones; of all other kinds no item may occur word by word.
 */
import { ITEMS } from "../../../test/chat/items/index.ts";
import { sharedGrams } from "../../../test/chat/overlap.ts";
import type { Message } from "./conversation.ts";

const COMMON: ReadonlySet<string> = new Set(["greetings", "identity"]);

const wordsOf = (text: string): string => (text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []).join(" ");

/** Items of a single message: asked alone, they are the whole item. */
const ASKED: ReadonlySet<string> = new Set(
  Object.entries(ITEMS)
    .filter(([kind]) => !COMMON.has(kind))
    .flatMap(([, items]) => items.filter(({ turns }) => turns.length === 1))
    .map(({ turns }) => wordsOf(turns[0])),
);
const ALL = Object.values(ITEMS).flat();

/** Whether a conversation asks an item, or shares eight words in a row with one. */
export function touchesFrozen(messages: readonly Message[]): boolean {
  const texts = messages.map(({ content }) => content);
  return texts.some((text) => ASKED.has(wordsOf(text))) || sharedGrams(ALL, texts.join("\n")).length > 0;
}
