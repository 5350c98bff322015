/**
 * The layouts of records, one row each: which fields a record has, and what it means. A file has one layout, which its
 * first record decides; the order of the rows matters where fields are shared.
 */
import type { Message, RecordContent } from "./conversation.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface Layout {
  /** For people: "Alpaca (instruction, input, output)". */
  readonly name: string;
  readonly fits: (record: Fields) => boolean;
  /** The content, or what is wrong with it. */
  readonly read: (record: Fields) => RecordContent | Wrong;
}

/** Why a record cannot be used. */
export interface Wrong {
  readonly expected: string;
  readonly found: string;
}

export const isWrong = (value: RecordContent | Wrong): value is Wrong => "found" in value;

/** Names of roles in published sets, and the role that templates know. */
const ROLES: Readonly<Record<string, string>> = {
  human: "user",
  prompter: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  bing: "assistant",
  bard: "assistant",
  model: "assistant",
  bot: "assistant",
};
const roleOf = (name: string): string => (Object.hasOwn(ROLES, name) ? ROLES[name] : name);

const has =
  (...names: readonly string[]) =>
  (record: Fields): boolean =>
    names.every((name) => Object.hasOwn(record, name));

function brief(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 60);
}

/** The first of the fields that is a string; optional fields may be missing or null. */
function textOf(record: Fields, names: readonly string[]): string | Wrong {
  const name = names.find((each) => record[each] !== undefined && record[each] !== null);
  const value = name === undefined ? undefined : record[name];
  if (typeof value === "string") return value;
  return { expected: `text in "${name ?? names.join('" or "')}"`, found: brief(value) };
}

/** A question, optionally with an input, and its answer. */
function turnOf(record: Fields, question: string, input: string, answers: readonly string[]) {
  const texts = [textOf(record, [question]), textOf(record, answers)] as const;
  const wrong = texts.find((text) => typeof text !== "string");
  if (wrong !== undefined) return wrong as Wrong;
  const extra = record[input] ?? "";
  if (typeof extra !== "string") return { expected: `text in "${input}"`, found: brief(extra) };
  const [content, answer] = texts as readonly [string, string];
  const system = systemOf(record);
  const user: Message = { role: "user", content, ...(extra === "" ? {} : { input: extra }) };
  return { kind: "chat", messages: [...system, user, { role: "assistant", content: answer }] } as const;
}

function systemOf({ system }: Fields): Message[] {
  return typeof system === "string" && system !== "" ? [{ role: "system", content: system }] : [];
}

/** A list of turns whose role and text are in these fields. */
function listOf(list: unknown, roleField: string, textField: string): Message[] | Wrong {
  if (!Array.isArray(list)) return { expected: "a list of messages", found: brief(list) };
  const messages: Message[] = [];
  for (const [i, turn] of list.entries()) {
    const { [roleField]: role, [textField]: content, weight } = (turn ?? {}) as Fields;
    if (typeof role !== "string" || typeof content !== "string") {
      const expected = `"${roleField}" and "${textField}" with text in message ${i + 1}`;
      return { expected, found: brief(turn) };
    }
    messages.push({ role: roleOf(role), content, ...(weight === 0 ? { learnt: false } : {}) });
  }
  return messages;
}

function chatOf(record: Fields, list: Message[] | Wrong): RecordContent | Wrong {
  if (!Array.isArray(list)) return list;
  const system = list[0]?.role === "system" ? [] : systemOf(record);
  return { kind: "chat", messages: [...system, ...list] };
}

function pairOf(prompt: string | Wrong, completion: string | Wrong): RecordContent | Wrong {
  if (typeof prompt !== "string") return prompt;
  if (typeof completion !== "string") return completion;
  return { kind: "pair", prompt, completion };
}

const COMPLETIONS = ["completion", "response", "output", "answer"] as const;

export const LAYOUTS: readonly Layout[] = [
  {
    name: "OpenAI (messages)",
    fits: has("messages"),
    read: (record) => chatOf(record, listOf(record.messages, "role", "content")),
  },
  {
    name: "ShareGPT (conversations)",
    fits: has("conversations"),
    read: (record) => chatOf(record, listOf(record.conversations, "from", "value")),
  },
  {
    name: "Alpaca (instruction, input, output)",
    fits: has("instruction", "output"),
    read: (record) => turnOf(record, "instruction", "input", ["output"]),
  },
  {
    name: "Dolly (instruction, context, response)",
    fits: has("instruction", "response"),
    read: (record) => turnOf(record, "instruction", "context", ["response"]),
  },
  {
    name: "questions (question, answer)",
    fits: has("question", "answer"),
    read: (record) => turnOf(record, "question", "context", ["answer"]),
  },
  {
    name: "pairs (prompt, completion)",
    fits: (record) => has("prompt")(record) && COMPLETIONS.some((name) => has(name)(record)),
    read: (record) => pairOf(textOf(record, ["prompt"]), textOf(record, COMPLETIONS)),
  },
  {
    name: "turns (user first)",
    fits: has("turns"),
    read: ({ turns }) => {
      const isList = Array.isArray(turns) && turns.every((turn) => typeof turn === "string");
      if (!isList) return { expected: "a list of texts", found: brief(turns) };
      const role = (i: number): string => (i % 2 === 0 ? "user" : "assistant");
      return {
        kind: "chat",
        messages: (turns as string[]).map((content, i) => ({ role: role(i), content })),
      };
    },
  },
  {
    name: "text (text)",
    fits: has("text"),
    read: (record) => {
      const text = textOf(record, ["text"]);
      return typeof text === "string" ? { kind: "text", text } : text;
    },
  },
];

/** The layout of a record, or undefined. */
export function layoutOf(record: unknown): Layout | undefined {
  if (typeof record !== "object" || record === null || Array.isArray(record)) return undefined;
  return LAYOUTS.find(({ fits }) => fits(record as Fields));
}
