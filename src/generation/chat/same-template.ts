/** Whether two templates write the same prompts: a model should see the template that trained it. */
import { CriaError } from "../../base/errors.ts";
import { type ChatTemplate, renderChat } from "./prompt.ts";
import type { ChatMessage } from "./types.ts";

/** Conversations in which templates differ. */
const PROBES: readonly (readonly ChatMessage[])[] = [
  [{ role: "user", content: "a" }],
  [
    { role: "user", content: "a" },
    { role: "assistant", content: "b" },
    { role: "user", content: "c" },
  ],
];

function written(template: ChatTemplate, messages: readonly ChatMessage[]): string {
  try {
    return renderChat(template, { messages, bosToken: "<s>", eosToken: "</s>" }).text;
  } catch (error) {
    if (error instanceof CriaError) return "";
    throw error;
  }
}

/** Compares what both write for short conversations, apart from BOS. */
export function sameTemplate(a: ChatTemplate, b: ChatTemplate): boolean {
  return PROBES.every((messages) => {
    const [one, other] = [a, b].map((template) => written(template, messages).replace(/^<s>/, ""));
    return one === other;
  });
}
