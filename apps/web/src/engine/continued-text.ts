/**
 * Models without a chat template were trained to continue texts, not to answer. For them a conversation is one text: what
 * the person wrote begins it, and what the model wrote goes on.
 */
import type { PromptSegment, Turn } from "./engine.ts";

/** The text of a conversation, in parts. */
export function continuedSegments(turns: readonly Turn[]): PromptSegment[] {
  return turns.map(({ role, content }, message) => {
    const isOwn = role === "assistant" || message === 0;
    return { text: isOwn ? content : `\n\n${content}`, special: false, message };
  });
}

export const continuedText = (turns: readonly Turn[]): string =>
  continuedSegments(turns)
    .map(({ text }) => text)
    .join("");
