/** Continues a message that the assistant has begun ("prefill"): the rendered chat ends with the message's text. */
import { RequestError } from "../../base/errors.ts";
import type { ChatMessage, ChatSegment } from "./types.ts";

/** Whether the last message is the beginning of an answer. */
export function isBegun(messages: readonly ChatMessage[]): boolean {
  const last = messages.at(-1);
  return last?.role === "assistant" && typeof last.content === "string" && last.content !== "";
}

/**
 * Cuts everything after the text of the last message: the marks that a template puts after a complete answer.
 * @param last index of that message.
 * @throws RequestError if the template does not write the message's text.
 */
export function cutAfterLast(segments: readonly ChatSegment[], last: number): ChatSegment[] {
  const end = segments.findLastIndex(({ message }) => message === last);
  if (end >= 0) return segments.slice(0, end + 1);
  throw new RequestError({
    doing: "continue the assistant's message",
    expected: "a chat template that writes its text",
    found: "one that omits or changes it",
    fix: "end the conversation with a user message",
  });
}
