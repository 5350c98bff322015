/** Prompts for samples: the questions of the first conversations, so that texts before and after can be compared. */
import type { ReadConversations } from "../data/index.ts";

const COUNT = 3;
const MAX_LENGTH = 2000;

export function samplePrompts({ examples }: ReadConversations): string[] {
  const prompts = examples.flatMap(({ content }) => {
    if (content.kind !== "chat") return [];
    const first = content.messages.find(({ role }) => role === "user");
    if (first === undefined) return [];
    const text = first.input === undefined ? first.content : `${first.content}\n\n${first.input}`;
    return text.length <= MAX_LENGTH ? [text] : [];
  });
  return [...new Set(prompts)].slice(0, COUNT);
}
