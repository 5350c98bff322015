/** A path of messages as the model gets it. */
import type { Attachment, Message } from "../conversations/types.ts";
import type { Turn } from "../engine/engine.ts";
import { splitAnswer } from "./answer-text.ts";

/** @param begun the last message is an answer that goes on, so it keeps its reasoning. */
export function turnsOf(path: readonly Message[], system: string, begun = false): Turn[] {
  const turns = path.map((message, i) => turnOf(message, begun && i === path.length - 1));
  return system.trim() === "" ? turns : [{ role: "system", content: system }, ...turns];
}

function turnOf({ role, text, attachments = [], calls = [], callId }: Message, isBegun: boolean): Turn {
  if (role === "user") return { role, content: withAttachments(text, attachments) };
  if (role === "tool")
    return { role, content: text, ...(callId === undefined ? {} : { tool_call_id: callId }) };
  const content = isBegun ? text : splitAnswer(text).text;
  if (calls.length === 0) return { role, content };
  return {
    role,
    content,
    tool_calls: calls.map((call) => ({
      id: call.id,
      type: "function",
      function: { name: call.name, arguments: call.arguments },
    })),
  };
}

/** Files come before the question, each with its name. */
export function withAttachments(text: string, attachments: readonly Attachment[]): string {
  const files = attachments.map(
    ({ name, text: content }) => `File "${name}":\n\n${content.trim()}\n\n---\n\n`,
  );
  return `${files.join("")}${text}`;
}
