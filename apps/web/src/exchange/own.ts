/** The page's own form, which keeps everything: branches, settings, statistics. */
import { newId } from "../base/ids.ts";
import type { Attachment, Call, Conversation, Message, MessageState, Role } from "../conversations/types.ts";
import { fieldsOf, readSettings } from "../settings/chat-settings.ts";
import { ExchangeError, LIMITS, readList, readText } from "./limits.ts";
import type { Imported } from "./plain.ts";

export const OWN_FORMAT = "cria-conversations";

export function toOwn(conversations: readonly Conversation[], messages: readonly Message[]): object {
  const byConversation = grouped(messages);
  return {
    format: OWN_FORMAT,
    version: 1,
    conversations: conversations.map((conversation) => ({
      ...conversation,
      messages: byConversation.get(conversation.id) ?? [],
    })),
  };
}

function grouped(messages: readonly Message[]): Map<string, Message[]> {
  const groups = new Map<string, Message[]>();
  for (const message of messages) {
    const known = groups.get(message.conversation);
    if (known === undefined) groups.set(message.conversation, [message]);
    else known.push(message);
  }
  return groups;
}

type Fields = ReadonlyMap<string, unknown>;
const text = (fields: Fields, name: string, otherwise = ""): string => {
  const value = fields.get(name);
  return value === undefined ? otherwise : readText(value, `"${name}"`);
};
const time = (fields: Fields, name: string): number => {
  const value = fields.get(name);
  return typeof value === "number" && value >= 0 && value < 1e14 ? value : Date.now();
};
const number = (fields: Fields, name: string): number | undefined => {
  const value = fields.get(name);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
};

/** @throws ExchangeError for what is not such a file. Identities are new, so that nothing that is there is replaced. */
export function fromOwn(file: unknown): Imported[] {
  const fields = fieldsOf(file);
  if (fields.get("version") !== 1) throw new ExchangeError("The file is of another version of Cria");
  return readList(fields.get("conversations"), '"conversations"', LIMITS.conversations).map(readConversation);
}

function readConversation(value: unknown): Imported {
  const fields = fieldsOf(value);
  const id = newId();
  const list = readList(fields.get("messages"), '"messages"', LIMITS.messages).map(fieldsOf);
  const ids = new Map(list.map((message) => [text(message, "id"), newId()]));
  const messages = list.map((message) => readMessage(message, id, ids));
  const head = ids.get(text(fields, "head")) ?? messages.at(-1)?.id;
  return {
    conversation: {
      id,
      title: text(fields, "title", "Imported chat").slice(0, LIMITS.title),
      isPinned: fields.get("isPinned") === true,
      created: time(fields, "created"),
      updated: time(fields, "updated"),
      ...(head === undefined ? {} : { head }),
      settings: readSettings(fields.get("settings")),
    },
    messages,
  };
}

const ROLES: ReadonlySet<unknown> = new Set<Role>(["user", "assistant", "tool"]);
const STATES: ReadonlySet<unknown> = new Set<MessageState>(["whole", "stopped", "failed", "interrupted"]);

function readMessage(fields: Fields, conversation: string, ids: ReadonlyMap<string, string>): Message {
  const role = fields.get("role");
  if (!ROLES.has(role)) throw new ExchangeError("A message has no known role");
  const state = fields.get("state");
  const parent = ids.get(text(fields, "parent"));
  const callId = fields.get("callId");
  const stats = readStats(fields.get("stats"));
  return {
    id: ids.get(text(fields, "id")) as string,
    conversation,
    ...(parent === undefined ? {} : { parent }),
    role: role as Role,
    created: time(fields, "created"),
    text: text(fields, "text"),
    state: STATES.has(state) ? (state as MessageState) : "whole",
    ...optional("reasoning", text(fields, "reasoning")),
    ...optional("error", text(fields, "error")),
    ...(typeof callId === "string" ? { callId } : {}),
    ...(stats === undefined ? {} : { stats }),
    ...many("attachments", fields, readAttachment),
    ...many("calls", fields, readCall),
  };
}

const optional = (name: string, value: string): object => (value === "" ? {} : { [name]: value });

function many(name: string, fields: Fields, read: (fields: Fields) => object): object {
  const value = fields.get(name);
  if (value === undefined) return {};
  return { [name]: readList(value, `"${name}"`, 100).map((each) => read(fieldsOf(each))) };
}

const readAttachment = (fields: Fields): Attachment => ({
  name: text(fields, "name").slice(0, LIMITS.title),
  type: text(fields, "type"),
  text: text(fields, "text"),
});
const readCall = (fields: Fields): Call => ({
  id: text(fields, "id"),
  name: text(fields, "name"),
  arguments: text(fields, "arguments"),
});

function readStats(value: unknown): Message["stats"] {
  const fields = fieldsOf(value);
  if (fields.size === 0) return undefined;
  const optionalNumbers = Object.fromEntries(
    (["promptTokens", "cachedTokens", "reasoningSeconds"] as const).flatMap((name) => {
      const found = number(fields, name);
      return found === undefined ? [] : [[name, found]];
    }),
  );
  return {
    model: text(fields, "model"),
    seed: number(fields, "seed") ?? 0,
    tokens: number(fields, "tokens") ?? 0,
    firstTokenSeconds: number(fields, "firstTokenSeconds") ?? 0,
    seconds: number(fields, "seconds") ?? 0,
    ...optionalNumbers,
  };
}
