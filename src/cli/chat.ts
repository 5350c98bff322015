/** `cria chat`: a conversation in the terminal, or over a pipe, where only answers are printed. */
import { RequestError } from "../base/errors.ts";
import { sameTemplate } from "../generation/chat/index.ts";
import { type ChatMessage, TEMPLATE_NAMES } from "../generation/index.ts";
import type { ChatSession } from "../library/index.ts";
import { talk } from "./chat-terminal.ts";
import { colorsFor } from "./colors.ts";
import { EXIT } from "./exit-codes.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { modelAndText, shippedModel } from "./model-argument.ts";
import { pipedMessages } from "./piped-messages.ts";
import { openSession, type Session, warn } from "./session.ts";
import { statisticsLine, statisticsObject } from "./statistics.ts";
import { streamGeneration } from "./stream.ts";
import { structureOptions } from "./structure.ts";
import { readTemplate } from "./template-option.ts";
import { jsonLine } from "./text.ts";
import { generateOptions, type OptionValues, type VerbAction } from "./values.ts";

export const chat: VerbAction = async (args, values) => {
  const { path, text } = modelAndText(args, values, await shippedModel());
  await using session = await openSession(path, values);
  const conversation = session.model.startChat({
    ...generateOptions(values),
    ...structureOptions(values),
    contextShift: true,
    template: chosenTemplate(session, values),
    system: values.system,
    onDrop: (messages) => tellDropped(messages, values),
  });
  const answer: Answerer = (start, signal) => answerTurn(session, values, start, signal);
  if (process.stdin.isTTY) return await talk(session, values, conversation, answer, text);
  return await readTurns(conversation, values, answer, text);
};

/** Prints an answer; false if Ctrl-C ended it. */
export type Answerer = (
  start: (signal: AbortSignal) => ReturnType<ChatSession["send"]>,
  signal: AbortSignal,
) => Promise<boolean>;

/** The template's name or a file's text; by default the model's own. */
function chosenTemplate({ model, path }: Session, { template }: OptionValues): string {
  const { chatTemplate } = model;
  if (template === undefined) {
    if (chatTemplate !== undefined) return chatTemplate;
    throw new RequestError({
      doing: `chat with "${path}"`,
      found: "a model without a chat template (perhaps it was not trained for chat)",
      fix: `choose one with --template: ${TEMPLATE_NAMES.join(", ")}, or a Jinja file`,
    });
  }
  const chosen = readTemplate(template);
  if (chatTemplate !== undefined && !sameTemplate(chatTemplate, chosen))
    warn(`--template ${template} is not the template that the model was trained with; answers may be worse`);
  return chosen;
}

function tellDropped(messages: readonly ChatMessage[], { quiet, json }: OptionValues): void {
  if (quiet === true || json === true) return;
  const count = `the oldest ${messages.length === 1 ? "message" : `${messages.length} messages`}`;
  const line = `the context is full: the model no longer sees ${count}`;
  process.stderr.write(`${colorsFor(process.stderr).dim(line)}\n`);
}

async function answerTurn(
  { model }: Session,
  values: OptionValues,
  start: Parameters<Answerer>[0],
  signal: AbortSignal,
): Promise<boolean> {
  const silent = values.json === true;
  const { text, result } = await streamGeneration(start(signal), {
    signal,
    ...(silent ? { write: () => {} } : {}),
    note: values.quiet !== true,
  });
  if (silent) {
    const account = result === undefined ? {} : statisticsObject(result);
    const finish = result?.finish ?? { reason: "interrupted" };
    process.stdout.write(jsonLine({ text, finish, ...account }));
    return result !== undefined;
  }
  if (!text.endsWith("\n")) process.stdout.write("\n");
  if (result !== undefined && values.quiet !== true && process.stdin.isTTY) {
    const line = statisticsLine(result, model.backend.name, process.stderr.columns);
    process.stderr.write(`${colorsFor(process.stderr).dim(line)}\n`);
  }
  return result !== undefined;
}

/** Piped input: a message is all input until the pipe ends or pauses, or one line with --each-line. */
async function readTurns(
  conversation: ChatSession,
  { eachLine }: OptionValues,
  answer: Answerer,
  first: string | undefined,
): Promise<number> {
  const turn = async (message: string): Promise<boolean> => {
    using interrupt = listenForInterrupt();
    return await answer((signal) => conversation.send(message, { signal }), interrupt.signal);
  };
  if (first !== undefined && !(await turn(first))) return EXIT.interrupted;
  for await (const message of pipedMessages(process.stdin, { eachLine: eachLine === true })) {
    if (!(await turn(message))) return EXIT.interrupted;
  }
  return EXIT.ok;
}
