/**
 * Chat templates of known model families, byte for byte. Each row has a function from messages to text and the strings
 * that end its answers. The functions keep the template's own text apart from the callers' text.
 */
import { RequestError } from "../../base/errors.ts";
import { plainText } from "./plain-text.ts";
import {
  type ChatInput,
  type ChatMessage,
  type ChatSegment,
  type CompiledTemplate,
  KNOWN_ROLES,
} from "./types.ts";

/** Collects segments. */
class Writer {
  readonly segments: { text: string; special: boolean; message?: number | undefined }[] = [];
  readonly #numbers: ReadonlyMap<ChatMessage, number>;

  constructor(messages: readonly ChatMessage[]) {
    this.#numbers = new Map(messages.map((message, i) => [message, i]));
  }

  /** The template's own text: special tokens in it are special. */
  own(text: string): this {
    return this.#add(text, true);
  }
  /** Text that a caller wrote in a message. */
  theirs(text: string, message: ChatMessage): this {
    return this.#add(text, false, this.#numbers.get(message));
  }
  /** A role's name; see KNOWN_ROLES. */
  role(role: string): this {
    return this.#add(role, KNOWN_ROLES.has(role));
  }
  #add(text: string, special: boolean, message?: number): this {
    const last = this.segments.at(-1);
    if (last?.special === special && last.message === message) last.text += text;
    else if (text !== "")
      this.segments.push({ text, special, ...(message === undefined ? {} : { message }) });
    return this;
  }
}

interface Chat {
  /** The system message, if the first message is one. */
  readonly system: ChatMessage | undefined;
  /** The messages after it. */
  readonly turns: readonly ChatMessage[];
  readonly messages: readonly ChatMessage[];
  readonly generate: boolean;
  readonly bos: string;
  readonly eos: string;
}

interface Row {
  readonly write: (out: Writer, chat: Chat, name: string) => void;
  readonly stop: readonly string[];
  /** Used if the caller gives none. */
  readonly eos?: string;
}

const VICUNA_SYSTEM = (who: string): string =>
  `A chat between a curious ${who} and an artificial intelligence assistant. ` +
  `The assistant gives helpful, detailed, and polite answers to the ${who}'s questions.`;

const ALPACA_HEAD = "Below is an instruction that describes a task";
const ALPACA_TAIL = "Write a response that appropriately completes the request.";

/** Requires alternating user and assistant messages, the user first. */
function requireTurns({ turns }: Chat, name: string): void {
  turns.forEach(({ role }, i) => {
    const expected = i % 2 === 0 ? "user" : "assistant";
    if (role === expected) return;
    throw new RequestError({
      doing: `render a chat with the template "${name}"`,
      expected: `the role "${expected}" for message ${i + 1} after the system message`,
      found: `"${role}"`,
      fix: "user and assistant must alternate, the user first; only one system message, at the start",
    });
  });
}

const LLAMA2_TAGS = ["[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"];

/** Llama 2 has no tokens for its tags, so text could forge them. Like Meta's code, this function refuses such text. */
function refuseTags({ messages }: Chat): void {
  for (const message of messages) {
    const tag = LLAMA2_TAGS.find((candidate) => plainText(message).includes(candidate));
    if (tag === undefined) continue;
    throw new RequestError({
      doing: `render a message of role "${message.role}" with the template "llama2"`,
      found: `the tag ${tag}. Error: special tags are not allowed as part of the prompt.`,
    });
  }
}

function llama2(out: Writer, chat: Chat, name: string): void {
  requireTurns(chat, name);
  refuseTags(chat);
  chat.turns.forEach((message, i) => {
    const text = plainText(message);
    if (message.role === "assistant") {
      out.own(" ").theirs(text.trim(), message).own(` ${chat.eos}`);
      return;
    }
    out.own(`${chat.bos}[INST] `);
    if (i > 0 || chat.system === undefined) out.theirs(text.trim(), message);
    else
      out
        .own("<<SYS>>\n")
        .theirs(plainText(chat.system), chat.system)
        .own("\n<</SYS>>\n\n")
        .theirs(text.trimEnd(), message);
    out.own(" [/INST]");
  });
}

function llama3(out: Writer, { messages, generate, bos }: Chat): void {
  const header = (role: () => void): void => {
    out.own("<|start_header_id|>");
    role();
    out.own("<|end_header_id|>\n\n");
  };
  out.own(bos);
  for (const message of messages) {
    header(() => out.role(message.role));
    out.theirs(plainText(message).trim(), message).own("<|eot_id|>");
  }
  if (generate) header(() => out.own("assistant"));
}

function chatml(out: Writer, { messages, generate }: Chat): void {
  for (const message of messages) {
    out
      .own("<|im_start|>")
      .role(message.role)
      .own("\n")
      .theirs(plainText(message), message)
      .own("<|im_end|>\n");
  }
  if (generate) out.own("<|im_start|>assistant\n");
}

function zephyr(out: Writer, { messages, generate, eos }: Chat): void {
  for (const message of messages) {
    out.own("<|").role(message.role).own("|>\n").theirs(plainText(message), message).own(`${eos}\n`);
  }
  if (generate) out.own("<|assistant|>\n");
}

function alpaca(out: Writer, chat: Chat, name: string): void {
  requireTurns(chat, name);
  const { system, turns, bos, eos } = chat;
  const hasInput = typeof turns[0]?.input === "string" && turns[0].input !== "";
  out.own(bos);
  if (system !== undefined) out.theirs(plainText(system), system);
  else if (hasInput)
    out.own(`${ALPACA_HEAD}, paired with an input that provides further context. ${ALPACA_TAIL}`);
  else out.own(`${ALPACA_HEAD}. ${ALPACA_TAIL}`);
  for (const message of turns) {
    if (message.role === "assistant") {
      out.theirs(plainText(message), message).own(eos);
      continue;
    }
    out.own("\n\n### Instruction:\n").theirs(plainText(message), message);
    if (typeof message.input === "string" && message.input !== "")
      out.own("\n\n### Input:\n").theirs(message.input, message);
    out.own("\n\n### Response:");
  }
}

function vicuna11(out: Writer, chat: Chat, name: string): void {
  requireTurns(chat, name);
  const { system, turns, generate, bos, eos } = chat;
  out.own(bos);
  if (system === undefined) out.own(VICUNA_SYSTEM("user"));
  else out.theirs(plainText(system), system);
  out.own(" ");
  for (const message of turns) {
    const isUser = message.role === "user";
    out
      .own(isUser ? "USER: " : "ASSISTANT: ")
      .theirs(plainText(message), message)
      .own(isUser ? " " : eos);
  }
  if (generate) out.own("ASSISTANT:");
}

function vicuna0(out: Writer, chat: Chat, name: string): void {
  requireTurns(chat, name);
  const { system, turns, generate, bos } = chat;
  out.own(bos);
  if (system === undefined) out.own(VICUNA_SYSTEM("human"));
  else out.theirs(plainText(system), system);
  out.own("\n");
  for (const message of turns) {
    out
      .own(message.role === "user" ? "### Human: " : "### Assistant: ")
      .theirs(plainText(message), message)
      .own("\n");
  }
  if (generate) out.own("### Assistant:");
}

/** Mistral's first three templates differ only in spaces: before tags, after them, and around answers. */
const mistral =
  (before: string, behind: string, trimsAnswers: boolean) =>
  (out: Writer, chat: Chat, name: string): void => {
    requireTurns(chat, name);
    const { system, turns, bos, eos } = chat;
    out.own(bos);
    turns.forEach((message, i) => {
      const text = plainText(message);
      if (message.role === "assistant") {
        out
          .own(behind)
          .theirs(trimsAnswers ? text.trim() : text, message)
          .own(eos);
        return;
      }
      out.own(`${before}[INST]${behind}`);
      if (i === 0 && system !== undefined) out.theirs(plainText(system), system).own("\n\n");
      out.theirs(text, message).own(`${before}[/INST]`);
    });
  };

function mistral7(out: Writer, chat: Chat, name: string): void {
  requireTurns(chat, name);
  const { system, turns, bos, eos } = chat;
  out.own(bos);
  if (system !== undefined)
    out.own("[SYSTEM_PROMPT] ").theirs(plainText(system), system).own("[/SYSTEM_PROMPT]");
  for (const message of turns) {
    if (message.role === "user") out.own("[INST] ").theirs(plainText(message), message).own("[/INST]");
    else out.own(" ").theirs(plainText(message), message).own(eos);
  }
}

const ROWS = {
  llama2: { write: llama2, stop: [], eos: "</s>" },
  llama3: { write: llama3, stop: ["<|eot_id|>", "<|end_of_text|>"] },
  alpaca: { write: alpaca, stop: ["### Instruction:"], eos: "</s>" },
  "vicuna-v1.1": { write: vicuna11, stop: ["</s>"], eos: "</s>" },
  "vicuna-v0": { write: vicuna0, stop: ["\n###"] },
  "mistral-v1": { write: mistral(" ", " ", false), stop: ["</s>"], eos: "</s>" },
  "mistral-v3": { write: mistral("", " ", true), stop: ["</s>"], eos: "</s>" },
  "mistral-v3-tekken": { write: mistral("", "", false), stop: ["</s>"], eos: "</s>" },
  "mistral-v7": { write: mistral7, stop: ["</s>"], eos: "</s>" },
  chatml: { write: chatml, stop: ["<|im_end|>"] },
  zephyr: { write: zephyr, stop: ["</s>"], eos: "</s>" },
} as const satisfies Record<string, Row>;

export type TemplateName = keyof typeof ROWS;
/** Names of the built-in templates. */
export const TEMPLATE_NAMES = Object.keys(ROWS) as readonly TemplateName[];

/** Short names of families: each maps to the version that most models of that name were trained with. */
const ALIASES: Readonly<Record<string, TemplateName>> = { vicuna: "vicuna-v1.1", mistral: "mistral-v1" };

/** The built-in template of this name or family, or undefined. */
export function findTemplateName(name: string): TemplateName | undefined {
  if (Object.hasOwn(ROWS, name)) return name as TemplateName;
  return Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
}

/** The built-in template of that name. */
export function builtinTemplate(name: TemplateName): CompiledTemplate {
  const row: Row = ROWS[name];
  const render = ({
    messages,
    addGenerationPrompt = true,
    bosToken = "",
    eosToken,
  }: ChatInput): ChatSegment[] => {
    const hasSystem = messages[0]?.role === "system";
    const out = new Writer(messages);
    const chat: Chat = {
      system: hasSystem ? messages[0] : undefined,
      turns: hasSystem ? messages.slice(1) : messages,
      messages,
      generate: addGenerationPrompt,
      bos: bosToken,
      eos: eosToken ?? row.eos ?? "",
    };
    row.write(out, chat, name);
    return out.segments;
  };
  return { name, stop: row.stop, render };
}
