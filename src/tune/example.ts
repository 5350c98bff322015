/**
 * One example as a model sees it: tokens, and which of them are learnt. The text is cut where an answer begins and where
 * it ends, and each part is encoded separately, so no token lies on both sides of a border: the tokens of a prompt
 * are those that the model gets at inference, and the learnt tokens are exactly those that it must generate.
 */

import { CriaError, type Problem, RequestError } from "../base/errors.ts";
import type { Example, Message } from "../data/index.ts";
import {
  type AnswerSpan,
  answerSpans,
  type ChatMessage,
  type ChatSegment,
  type ChatTemplate,
  compileTemplate,
  isOwnText,
  markTexts,
  renderChat,
} from "../generation/chat/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { Learnt } from "./choices.ts";

export interface EncodeSettings {
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  readonly learnt: Learnt;
}

/** A part of the text, for people. */
export interface Part {
  readonly text: string;
  /** Role of the message whose text it is; undefined for the template's own text. */
  readonly role: string | undefined;
  readonly learnt: boolean;
}

export interface EncodedExample {
  readonly tokens: readonly number[];
  /** 1 for each token that is learnt, else 0. */
  readonly learnt: Uint8Array;
}

/** A run of characters that is learnt or not. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly learnt: boolean;
}

/** A text with its origin, and what is learnt of it. */
interface Rendered {
  readonly segments: readonly ChatSegment[];
  readonly stretches: readonly Stretch[];
  /** Whether EOS follows the text and is learnt. */
  readonly addsEos: boolean;
  readonly roles: readonly string[];
}

function refuse(expected: string, found: string, fix?: string): never {
  throw new RequestError({
    doing: "use the example",
    expected,
    found,
    ...(fix === undefined ? {} : { fix }),
  });
}

/** Messages in the form that a template reads: only Alpaca's separates an instruction from its input. */
function forTemplate(messages: readonly Message[], takesInput: boolean): ChatMessage[] {
  return messages.map(({ role, content, input }) => {
    if (input === undefined) return { role, content };
    return takesInput ? { role, content, input } : { role, content: `${content}\n\n${input}` };
  });
}

/** The learnt spans among all, in order. */
function chosenSpans(
  spans: readonly AnswerSpan[],
  messages: readonly Message[],
  learnt: Learnt,
): readonly AnswerSpan[] {
  const wanted = learnt === "last" ? spans.slice(-1) : spans;
  return wanted.filter(({ message }) => messages[message].learnt !== false);
}

/** The whole text, cut at the borders of the spans. */
function stretchesOf(spans: readonly AnswerSpan[], chosen: readonly AnswerSpan[], length: number): Stretch[] {
  const stretches: Stretch[] = [];
  let at = 0;
  const add = (to: number, learnt: boolean): void => {
    if (to > at) stretches.push({ from: at, to, learnt });
    at = Math.max(at, to);
  };
  for (const span of spans) {
    add(span.from, false);
    add(span.to, chosen.includes(span));
  }
  add(length, false);
  return stretches;
}

function renderedChat(messages: readonly Message[], settings: EncodeSettings): Rendered {
  const { template, tokenizer, learnt } = settings;
  const answers = messages.filter(({ role }) => role === "assistant");
  if (answers.length === 0) refuse("an answer of the assistant", "a conversation without one");
  if (answers.some(({ content }) => content.trim() === "")) refuse("answers with text", "an empty answer");
  const { stop, name } = compileTemplate(template);
  const input = {
    messages: forTemplate(messages, name === "alpaca"),
    addGenerationPrompt: false,
    marksMessages: true,
    ...markTexts(tokenizer),
  };
  const chat = renderChat(template, input);
  const marks = [...tokenizer.eogIds.map((id) => tokenizer.piece(id)), ...stop];
  const spans = answerSpans(template, input, chat, marks);
  if (spans.length === 0)
    refuse("a template that writes the answers", `"${name}", which writes none of them`);
  const chosen = learnt === "all" ? spans : chosenSpans(spans, messages, learnt);
  if (chosen.length === 0) refuse("an answer that is learnt", "none");
  const stretches = stretchesOf(spans, chosen, chat.text.length);
  const last = spans[spans.length - 1];
  return {
    segments: chat.segments,
    stretches: learnt === "all" ? stretches.map((stretch) => ({ ...stretch, learnt: true })) : stretches,
    addsEos: !last.ends && chosen.includes(last),
    roles: messages.map(({ role }) => role),
  };
}

/** Texts without a template: all of them are learnt, or what follows the prompt. */
function renderedTexts(parts: readonly { readonly text: string; readonly learnt: boolean }[]): Rendered {
  const stretches: Stretch[] = [];
  let at = 0;
  for (const { text, learnt } of parts) {
    if (text !== "") stretches.push({ from: at, to: at + text.length, learnt });
    at += text.length;
  }
  const segments = parts.map(({ text }, message) => ({ text, special: false, message }));
  return {
    segments,
    stretches,
    addsEos: true,
    roles: parts.map(({ learnt }) => (learnt ? "text" : "prompt")),
  };
}

function rendered({ content }: Example, settings: EncodeSettings): Rendered {
  switch (content.kind) {
    case "chat":
      return renderedChat(content.messages, settings);
    case "text":
      return renderedTexts([{ text: content.text, learnt: true }]);
    case "pair": {
      const { prompt, completion } = content;
      if (completion.trim() === "") refuse("a completion with text", "an empty completion");
      return renderedTexts([
        { text: prompt, learnt: settings.learnt === "all" },
        { text: completion, learnt: true },
      ]);
    }
  }
}

/** Tokens up to the last learnt one: what follows has no part in the loss. */
function encoded({ segments, stretches, addsEos }: Rendered, { tokenizer }: EncodeSettings): EncodedExample {
  const text = segments.map((segment) => segment.text).join("");
  const parts = tokenizer.encodeParts(
    stretches.map(({ from, to }) => text.slice(from, to)),
    isOwnText(segments),
  );
  const tokens: number[] = [];
  const learnt: number[] = [];
  const add = (ids: readonly number[], isLearnt: boolean): void => {
    for (const id of ids) {
      tokens.push(id);
      learnt.push(Number(isLearnt));
    }
  };
  const { bosId, eosId } = tokenizer;
  if (tokenizer.addBos && bosId !== undefined && parts[0]?.[0] !== bosId) add([bosId], false);
  for (const [i, ids] of parts.entries()) add(ids, stretches[i].learnt);
  if (addsEos && eosId !== undefined && tokens.at(-1) !== eosId) add([eosId], true);
  const length = learnt.lastIndexOf(1) + 1;
  return { tokens: tokens.slice(0, length), learnt: Uint8Array.from(learnt.slice(0, length)) };
}

/**
 * The example as tokens, or why it cannot be used: a role order that the template cannot hold, an empty answer, nothing
 * that is learnt.
 */
export function encodeExample(example: Example, settings: EncodeSettings): EncodedExample | Problem {
  try {
    const found = encoded(rendered(example, settings), settings);
    return found.tokens.length > 1 ? found : refuse("at least two tokens", `${found.tokens.length}`);
  } catch (error) {
    if (!(error instanceof CriaError) || error.code === "TOKENIZER") throw error;
    return error.problem;
  }
}

/** The text in parts of one origin each, as `cria data check` prints it. @throws what makes the example unusable. */
export function explainExample(example: Example, settings: EncodeSettings): Part[] {
  const { segments, stretches, roles } = rendered(example, settings);
  const parts: Part[] = [];
  let start = 0;
  for (const { text, message } of segments) {
    const end = start + text.length;
    for (const { from, to, learnt } of stretches) {
      const [first, last] = [Math.max(from, start), Math.min(to, end)];
      const role = message === undefined ? undefined : roles[message];
      if (first < last) parts.push({ text: text.slice(first - start, last - start), role, learnt });
    }
    start = end;
  }
  return parts;
}
