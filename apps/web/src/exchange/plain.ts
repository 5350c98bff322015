/** Conversations as lists of messages: the forms of OpenAI's API and of ShareGPT. */
import { newId } from "../base/ids.ts";
import { titleOf } from "../conversations/title.ts";
import type { Conversation, Message, Role } from "../conversations/types.ts";
import { DEFAULT_SETTINGS, fieldsOf } from "../settings/chat-settings.ts";
import { ExchangeError, LIMITS, readList, readText } from "./limits.ts";

export interface Imported {
  readonly conversation: Conversation;
  readonly messages: readonly Message[];
}

interface Line {
  readonly role: string;
  readonly text: string;
}

const ROLES: ReadonlyMap<string, Role | "system"> = new Map([
  ["system", "system"],
  ["developer", "system"],
  ["user", "user"],
  ["human", "user"],
  ["assistant", "assistant"],
  ["gpt", "assistant"],
  ["chatgpt", "assistant"],
  ["model", "assistant"],
  ["tool", "tool"],
  ["function", "tool"],
]);

/** OpenAI's `content`: a text, or a list of parts. */
function contentText(content: unknown, what: string): string {
  if (content === null || content === undefined) return "";
  if (!Array.isArray(content)) return readText(content, what);
  return content
    .map((part) => fieldsOf(part).get("text"))
    .filter((text): text is string => typeof text === "string")
    .join("\n");
}

function linesOf(list: readonly unknown[], roleKey: string, textKey: string): Line[] {
  return list.map((entry, i) => {
    const fields = fieldsOf(entry);
    const role = fields.get(roleKey);
    if (typeof role !== "string") throw new ExchangeError(`Message ${i + 1} has no "${roleKey}"`);
    return { role: role.toLowerCase(), text: contentText(fields.get(textKey), `Message ${i + 1}`) };
  });
}

/** `[{role, content}]`. */
export const fromOpenAi = (messages: unknown): Imported =>
  fromLines(linesOf(readList(messages, '"messages"', LIMITS.messages), "role", "content"));

/** `[{from, value}]`. */
export const fromShareGpt = (messages: unknown): Imported =>
  fromLines(linesOf(readList(messages, '"conversations"', LIMITS.messages), "from", "value"));

function fromLines(lines: readonly Line[]): Imported {
  const now = Date.now();
  const id = newId();
  const messages: Message[] = [];
  const system: string[] = [];
  for (const { role: given, text } of lines) {
    const role = ROLES.get(given);
    if (role === undefined)
      throw new ExchangeError(`The role ${JSON.stringify(given.slice(0, 40))} is not known`);
    if (role === "system") {
      system.push(text);
      continue;
    }
    const parent = messages.at(-1)?.id;
    messages.push({
      id: newId(),
      conversation: id,
      ...(parent === undefined ? {} : { parent }),
      role,
      created: now + messages.length,
      text,
      state: "whole",
    });
  }
  const head = messages.at(-1)?.id;
  return {
    conversation: {
      id,
      title: titleOf(messages.find(({ role }) => role === "user")?.text ?? ""),
      isPinned: false,
      created: now,
      updated: now,
      ...(head === undefined ? {} : { head }),
      settings: { ...DEFAULT_SETTINGS, system: system.join("\n\n") },
    },
    messages,
  };
}

const SHAREGPT: Readonly<Record<Role, string>> = { user: "human", assistant: "gpt", tool: "tool" };

/** The path that is shown, in OpenAI's form. */
export function toOpenAi({ settings }: Conversation, path: readonly Message[]): object {
  const system = settings.system === "" ? [] : [{ role: "system", content: settings.system }];
  return { messages: [...system, ...path.map(({ role, text }) => ({ role, content: text }))] };
}

/** The path that is shown, in ShareGPT's form. */
export function toShareGpt({ id, settings }: Conversation, path: readonly Message[]): object {
  const system = settings.system === "" ? [] : [{ from: "system", value: settings.system }];
  return {
    id,
    conversations: [...system, ...path.map(({ role, text }) => ({ from: SHAREGPT[role], value: text }))],
  };
}
