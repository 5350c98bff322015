/** Commands that a user can type into a chat instead of a message. */
import type { ChatMessage, ChatSession } from "../index.ts";
import { readConversation, writeConversation } from "./chat-file.ts";

export const CHAT_HELP = "/help lists commands; Ctrl-C stops an answer";

/** The state that commands work on. */
export interface ChatState {
  readonly session: ChatSession;
  /** Tokens that the model can see at once. */
  readonly context: number;
  readonly say: (text: string) => void;
  /** The file that the conversation was last saved to or loaded from. */
  file?: string | undefined;
}

/** "exit" ends the chat; "retry" requests another answer to the last question. */
export type CommandResult = "exit" | "retry" | undefined;

interface ChatCommand {
  readonly usage: string;
  readonly what: string;
  readonly aliases?: readonly string[];
  readonly run: (rest: string, state: ChatState) => CommandResult;
}

/** Prints a text; the chat continues. */
const saying =
  (run: (rest: string, state: ChatState) => string): ChatCommand["run"] =>
  (rest, state) => {
    state.say(run(rest, state));
    return undefined;
  };

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const COMMANDS: Readonly<Record<string, ChatCommand>> = {
  help: { usage: "/help", what: "this list", run: saying(() => helpText()) },
  system: {
    usage: "/system TEXT",
    what: "change the system message, or remove it without TEXT; the conversation continues",
    run: saying((rest, { session }) => {
      session.system = rest === "" ? undefined : rest;
      return rest === "" ? "No system message." : "The system message was changed.";
    }),
  },
  undo: {
    usage: "/undo",
    what: "undo the last question and its answer",
    run: saying((_, { session }) => `Removed: ${plural(session.undo().length, "message")}.`),
  },
  retry: { usage: "/retry", what: "answer the last question again", run: () => "retry" },
  reset: {
    usage: "/reset",
    what: "drop the conversation, keep the system message",
    aliases: ["clear"],
    run: saying((_, { session }) => {
      session.reset();
      return "A new conversation.";
    }),
  },
  tokens: {
    usage: "/tokens",
    what: "show how full the context is",
    run: saying((_, { session, context }) => {
      const hidden =
        session.droppedCount === 0
          ? ""
          : `; the model no longer sees ${plural(session.droppedCount, "message")}`;
      return `${session.tokenCount} of ${context} tokens, ${plural(session.messages.length, "message")}${hidden}.`;
    }),
  },
  save: {
    usage: "/save [FILE]",
    what: "write the messages as JSON; without FILE, to the last file again",
    run: saying((rest, state) => {
      const path = rest === "" ? state.file : rest;
      if (path === undefined) return "Name a file: /save FILE";
      const { messages } = state.session;
      writeConversation(path, messages, { replace: path === state.file });
      state.file = path;
      return `${plural(messages.length, "message")} written to ${path}`;
    }),
  },
  load: {
    usage: "/load FILE",
    what: "continue a saved conversation",
    run: saying((rest, state) => {
      if (rest === "") return "Name a file: /load FILE";
      const messages = readConversation(rest);
      takeOver(state.session, messages);
      state.file = rest;
      return `${plural(messages.length, "message")} read from ${rest}`;
    }),
  },
  bye: { usage: "/bye", what: "end the chat (also Ctrl-D)", aliases: ["exit", "quit"], run: () => "exit" },
};

function takeOver(session: ChatSession, messages: readonly ChatMessage[]): void {
  const [first, ...rest] = messages;
  const hasSystem = first?.role === "system" && typeof first.content === "string";
  session.system = hasSystem ? (first.content as string) : undefined;
  session.reset(hasSystem ? rest : messages);
}

function helpText(): string {
  const rows = Object.values(COMMANDS).map(({ usage, what, aliases = [] }) => {
    const also = aliases.length === 0 ? "" : ` (also ${aliases.map((name) => `/${name}`).join(", ")})`;
    return `${usage.padEnd(16)}${what}${also}`;
  });
  return [
    ...rows,
    'A message of several lines: paste it, begin and end it with """, or end a line with \\.',
    "Ctrl-C stops an answer, Ctrl-Z suspends the program, Ctrl-D ends the chat.",
  ].join("\n");
}

/** Runs a line that starts with "/". @throws CriaError for a command that fails. */
export function runChatCommand(line: string, state: ChatState): CommandResult {
  const [, name = "", rest = ""] = /^\/(\S*)\s*(.*)$/s.exec(line) ?? [];
  const found = Object.entries(COMMANDS).find(
    ([own, { aliases }]) => own === name || aliases?.includes(name),
  );
  if (found !== undefined) return found[1].run(rest.trim(), state);
  state.say(`There is no command /${name}; /help lists them.`);
  return undefined;
}
