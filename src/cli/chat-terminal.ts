/** The terminal of a chat: line editing, history, commands, Ctrl-C stops an answer, and twice at the prompt exits. */
import { createInterface, type Interface } from "node:readline";
import type { ChatSession } from "../library/index.ts";
import type { Answerer } from "./chat.ts";
import { CHAT_HELP, type ChatState, runChatCommand } from "./chat-commands.ts";
import { historyPath, readHistory, writeHistory } from "./chat-history.ts";
import { messagesOf } from "./chat-lines.ts";
import { colorsFor } from "./colors.ts";
import { EXIT, exitCodeOf, reportError } from "./exit-codes.ts";
import { type InterruptScope, listenForInterrupt } from "./interrupt.ts";
import { BREAK, KeyGate } from "./key-gate.ts";
import type { Session } from "./session.ts";
import type { OptionValues } from "./values.ts";

export async function talk(
  { model, path }: Session,
  values: OptionValues,
  session: ChatSession,
  answer: Answerer,
  first: string | undefined,
): Promise<number> {
  const colors = colorsFor(process.stdout);
  const say = (text: string) => process.stdout.write(`${colors.dim(text)}\n`);
  const state: ChatState = { session, context: model.context, say };
  if (!values.quiet) say(`${path}, context ${model.context} tokens. ${CHAT_HELP}`);

  let answering: InterruptScope | undefined;
  const keys = new KeyGate(process.stdin, {
    onInterrupt: () => answering?.interrupt(),
    onSuspend: suspend,
  });
  const history = historyPath();
  const input = createInterface({
    input: keys,
    output: process.stdout,
    terminal: true,
    prompt: colors.green("> "),
    history: readHistory(history),
    historySize: 1000,
    removeHistoryDuplicates: true,
  });
  input.on("history", (lines) => writeHistory(history, lines));
  input.on("SIGCONT", () => input.prompt(true)); // readline pauses itself when the program resumes
  endOnSecondInterrupt(input, say);
  keys.markPastes(true);

  const turn = async (start: Parameters<Answerer>[0]): Promise<void> => {
    using interrupt = listenForInterrupt();
    answering = interrupt;
    keys.hold();
    try {
      await tellErrors(() => answer(start, interrupt.signal));
    } finally {
      answering = undefined;
      keys.release();
    }
  };
  try {
    if (first !== undefined) await turn((signal) => session.send(first, { signal }));
    // Keys that were held are in the line already: the cursor stays behind them.
    input.prompt(true);
    for await (const message of messagesOf(input, { prompt: () => input.prompt(), break: BREAK })) {
      const result = message.startsWith("/")
        ? await tellErrors(() => runChatCommand(message, state))
        : undefined;
      if (result === "exit") break;
      if (result === "retry") await turn((signal) => session.retry({ signal }));
      else if (!message.startsWith("/")) await turn((signal) => session.send(message, { signal }));
      input.prompt(true);
    }
  } finally {
    keys.markPastes(false);
    input.close();
    keys.close();
  }
  return EXIT.ok;
}

/** The terminal is in raw mode while readline owns it: Ctrl-C is a key, and arrives here. */
function endOnSecondInterrupt(input: Interface, say: (text: string) => void): void {
  let armed = false;
  input.on("line", () => {
    armed = false;
  });
  input.on("SIGINT", () => {
    if (armed) return input.close();
    armed = true;
    process.stdout.write("\n");
    say("Ctrl-C again ends the chat");
    (input as Interface & { line: string }).line = "";
    input.prompt();
  });
}

/** Stops the program as Ctrl-Z does in a terminal that is not in raw mode; `fg` resumes it. */
function suspend(): void {
  if (process.platform === "win32") return;
  process.stdin.setRawMode(false);
  process.kill(process.pid, "SIGTSTP");
  setImmediate(() => process.stdin.setRawMode(true)); // runs when the program resumes, or if it was not stopped
}

/** Prints errors that the user can correct, so that they do not end the conversation. */
async function tellErrors<Result>(action: () => Result | Promise<Result>): Promise<Result | undefined> {
  try {
    return await action();
  } catch (error) {
    if (exitCodeOf(error) === EXIT.internal) throw error;
    reportError(error, { json: false });
    if (exitCodeOf(error) === EXIT.context) process.stderr.write("/reset starts a new conversation\n");
    return undefined;
  }
}
