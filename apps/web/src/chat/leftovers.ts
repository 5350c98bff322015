/**
 * Answers of a page that is leaving. A database may not finish a write then; this store is written at once. The next page
 * takes what is here.
 */
import type { Message } from "../conversations/types.ts";

const keyOf = (id: string): string => `cria-leftover:${id}`;

export const leftovers = {
  write(message: Message): void {
    try {
      localStorage.setItem(keyOf(message.id), JSON.stringify([message.text, message.reasoning ?? ""]));
    } catch {
      // Larger than the store; the last write to the database remains.
    }
  },

  /** The message with the text that a leaving page had, if that is longer. */
  take(message: Message): Message {
    const stored = localStorage.getItem(keyOf(message.id));
    if (stored === null) return message;
    localStorage.removeItem(keyOf(message.id));
    const [text, reasoning]: [string, string] = JSON.parse(stored);
    if (text.length + reasoning.length <= message.text.length + (message.reasoning ?? "").length)
      return message;
    return { ...message, text, ...(reasoning === "" ? {} : { reasoning }) };
  },
};
