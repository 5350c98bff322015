/**
 * `cria chat`: a conversation in the terminal, or over a pipe: there each line of input is a turn, and answers
 * are all that is printed.
 */
import { createInterface } from "node:readline";
import { RequestError } from "../base/errors.ts";
import { TEMPLATE_NAMES } from "../generation/index.ts";
import { platform } from "../platform/node.ts";
import { CHAT_HELP, type Conversation, runChatCommand } from "./chat-commands.ts";
import { colorsFor } from "./colors.ts";
import { EXIT, exitCodeOf, reportError } from "./exit-codes.ts";
import { type InterruptScope, listenForInterrupt } from "./interrupt.ts";
import { openSession, type Session } from "./session.ts";
import { statisticsLine, statisticsObject } from "./statistics.ts";
import { streamGeneration } from "./stream.ts";
import { jsonLine } from "./text.ts";
import { generateOptions, type OptionValues, type VerbAction } from "./values.ts";

export const chat: VerbAction = async ([path], values) => {
  await using session = await openSession(path, values);
  const template = chosenTemplate(session, values);
  const conversation: Conversation = { system: values.system, turns: [] };
  const answer: Answer = (line, interrupt) =>
    answerTurn(session, { ...values, template }, conversation, line, interrupt.signal);
  if (process.stdin.isTTY) return await talk(session, values, conversation, answer);
  return await readTurns(answer);
};

/** A name, or a file's text; without either the model's own. */
function chosenTemplate({ model, path }: Session, { template }: OptionValues): string {
  const names = TEMPLATE_NAMES.join(", ");
  if (template === undefined) {
    const { chatTemplate } = model.opened;
    if (chatTemplate !== undefined) return chatTemplate;
    throw new RequestError({
      doing: `chat with "${path}"`,
      found: "a model without a chat template (perhaps it was not trained for chat)",
      fix: `choose one with --template: ${names}, or a Jinja file`,
    });
  }
  if ((TEMPLATE_NAMES as readonly string[]).includes(template)) return template;
  if (platform.status(template)?.kind === "file") return platform.readText(template, 1 << 20);
  throw new RequestError({
    doing: "use --template",
    expected: `one of ${names}, or a Jinja file`,
    found: JSON.stringify(template.slice(0, 60)),
  });
}

/** Generates and prints one answer; false if Ctrl-C ended it. A failed turn leaves the conversation as it was. */
async function answerTurn(
  { model }: Session,
  values: OptionValues & { readonly template: string },
  conversation: Conversation,
  line: string,
  signal: AbortSignal,
): Promise<boolean> {
  const system = conversation.system === undefined ? [] : [{ role: "system", content: conversation.system }];
  const user = { role: "user", content: line };
  const messages = [...system, ...conversation.turns, user];
  const generation = model.chat(messages, {
    ...generateOptions(values),
    template: values.template,
    signal,
  });
  const silent = values.json === true;
  const { text, result } = await streamGeneration(generation, {
    signal,
    ...(silent ? { write: () => {} } : {}),
    note: values.quiet !== true,
  });
  conversation.turns.push(user, { role: "assistant", content: text });
  if (silent) {
    const account = result === undefined ? {} : statisticsObject(result);
    const finish = result?.finish ?? { reason: "interrupted" };
    process.stdout.write(jsonLine({ text, finish, ...account }));
    return result !== undefined;
  }
  if (!text.endsWith("\n")) process.stdout.write("\n");
  if (result !== undefined && values.quiet !== true && process.stdin.isTTY) {
    process.stderr.write(`${colorsFor(process.stderr).dim(statisticsLine(result, model.backend.name))}\n`);
  }
  return result !== undefined;
}

type Answer = (line: string, interrupt: InterruptScope) => Promise<boolean>;

/** Piped input: a turn per line that is not blank. */
async function readTurns(answer: Answer): Promise<number> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === "") continue;
    using interrupt = listenForInterrupt();
    if (!(await answer(line, interrupt))) return EXIT.interrupted;
  }
  return EXIT.ok;
}

/** The terminal: line editing, commands, Ctrl-C for an answer and twice at the prompt for the end. */
async function talk(
  { model, path }: Session,
  values: OptionValues,
  conversation: Conversation,
  answer: Answer,
): Promise<number> {
  const colors = colorsFor(process.stdout);
  const input = createInterface({ input: process.stdin, output: process.stdout, prompt: colors.green("> ") });
  const say = (text: string) => process.stdout.write(`${colors.dim(text)}\n`);
  if (!values.quiet) say(`${path}, context ${model.context} tokens. ${CHAT_HELP}`);
  let armed = false;
  let answering: InterruptScope | undefined;
  // The terminal is in raw mode while readline owns it: Ctrl-C is a key, and comes here.
  input.on("SIGINT", () => {
    if (answering !== undefined) return answering.interrupt();
    if (armed) return input.close();
    armed = true;
    process.stdout.write("\n");
    say("Ctrl-C again ends the chat");
    input.prompt();
  });
  input.prompt();
  for await (const line of continuedLines(input)) {
    armed = false;
    if (line.startsWith("/")) {
      if (runChatCommand(line, conversation, say) === "exit") break;
    } else if (line.trim() !== "") {
      using interrupt = listenForInterrupt();
      answering = interrupt;
      await tellErrors(() => answer(line, interrupt));
      answering = undefined;
    }
    input.prompt();
  }
  input.close();
  return EXIT.ok;
}

/** A line that ends with a backslash goes on in the next one. */
async function* continuedLines(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let begun = "";
  for await (const line of lines) {
    if (line.endsWith("\\")) begun += `${line.slice(0, -1)}\n`;
    else {
      yield begun + line;
      begun = "";
    }
  }
}

/** A turn that the user can mend is no reason to lose the conversation. */
async function tellErrors(turn: () => Promise<unknown>): Promise<void> {
  try {
    await turn();
  } catch (error) {
    if (exitCodeOf(error) === EXIT.internal) throw error;
    reportError(error, { json: false });
    if (exitCodeOf(error) === EXIT.context) process.stderr.write("/reset starts a new conversation\n");
  }
}
