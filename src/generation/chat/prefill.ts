/** Going on with a message that an assistant has begun ("prefill"): the rendered chat ends where its text does. */
import { RequestError } from "../../base/errors.ts";
import { plainText } from "./plain-text.ts";
import type { ChatMessage, ChatSegment } from "./types.ts";

/** Whether the last message is the beginning of an answer. */
export function isBegun(messages: readonly ChatMessage[]): boolean {
  const last = messages.at(-1);
  return last?.role === "assistant" && typeof last.content === "string" && last.content !== "";
}

/**
 * Cuts what follows the text of the last message: the marks that a template puts behind a whole answer.
 * @throws RequestError where the template does not write the message's text.
 */
export function cutAfterLast(segments: readonly ChatSegment[], last: ChatMessage): ChatSegment[] {
  const content = plainText(last);
  for (const wanted of new Set([content, content.trimEnd(), content.trim()])) {
    for (let i = segments.length - 1; i >= 0 && wanted !== ""; i--) {
      const { text, special } = segments[i];
      const at = special ? -1 : text.lastIndexOf(wanted);
      if (at >= 0) return [...segments.slice(0, i), { text: text.slice(0, at + wanted.length), special }];
    }
  }
  throw new RequestError({
    doing: "go on with the assistant's message",
    expected: "a chat template that writes its text",
    found: "one that leaves it out or changes it",
    fix: "end the conversation with a message of the user",
  });
}
