/** What a user can type into a chat instead of a message. */
import { writeFileSync } from "node:fs";
import type { ChatMessage } from "../generation/index.ts";

/** What a conversation consists of; commands change it. */
export interface Conversation {
  system: string | undefined;
  turns: ChatMessage[];
}

export const CHAT_HELP = "/help lists commands; Ctrl-C stops an answer";

interface ChatCommand {
  readonly usage: string;
  readonly what: string;
  readonly run: (rest: string, conversation: Conversation, say: (text: string) => void) => "exit" | undefined;
}

const COMMANDS: Readonly<Record<string, ChatCommand>> = {
  help: {
    usage: "/help",
    what: "this list",
    run(_rest, _conversation, say) {
      const rows = Object.values(COMMANDS).map(({ usage, what }) => `${usage.padEnd(16)}${what}`);
      say([...rows, "A line that ends with \\ goes on in the next one."].join("\n"));
      return undefined;
    },
  },
  reset: {
    usage: "/reset",
    what: "forget the conversation, keep the system message",
    run(_rest, conversation, say) {
      conversation.turns = [];
      say("A new conversation.");
      return undefined;
    },
  },
  system: {
    usage: "/system TEXT",
    what: "start anew with this system message (without TEXT: with none)",
    run(rest, conversation, say) {
      conversation.system = rest === "" ? undefined : rest;
      conversation.turns = [];
      say(
        rest === ""
          ? "No system message; a new conversation."
          : "A new conversation with this system message.",
      );
      return undefined;
    },
  },
  save: {
    usage: "/save FILE",
    what: "write the messages as JSON; FILE must not exist yet",
    run(rest, { system, turns }, say) {
      const messages = system === undefined ? turns : [{ role: "system", content: system }, ...turns];
      try {
        writeFileSync(rest, `${JSON.stringify(messages, null, 2)}\n`, { flag: "wx" });
        say(`${messages.length} messages written to ${rest}`);
      } catch (error) {
        say(`Cannot write "${rest}": ${error instanceof Error ? error.message : error}`);
      }
      return undefined;
    },
  },
  exit: { usage: "/exit", what: "end the chat (also Ctrl-D)", run: () => "exit" },
};

/** Runs a line that starts with "/". */
export function runChatCommand(
  line: string,
  conversation: Conversation,
  say: (text: string) => void,
): "exit" | undefined {
  const [, name, rest] = /^\/(\S*)\s*(.*)$/s.exec(line) ?? [];
  if (name !== undefined && Object.hasOwn(COMMANDS, name)) {
    return COMMANDS[name].run(rest.trim(), conversation, say);
  }
  say(`There is no command /${name}; /help lists them.`);
  return undefined;
}
