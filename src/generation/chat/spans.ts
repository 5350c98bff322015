/**
 * Which part of a rendered conversation each answer is, exactly as a model generates it: everything after the
 * generation prompt, up to and including the mark at which generation ends. A template often writes a space before an
 * answer that is not in its generation prompt; that space is then part of the answer. Nothing is found by searching
 * for an answer's text: segments know their message, and the generation prompt is a rendering of the earlier messages.
 */
import { type ChatTemplate, type RenderedChat, renderChat } from "./prompt.ts";
import type { ChatInput } from "./types.ts";

/** An assistant's message in a rendered conversation, in UTF-16 offsets of its text. */
export interface AnswerSpan {
  /** Index of the message. */
  readonly message: number;
  readonly from: number;
  readonly to: number;
  /** True if the span includes a mark at which generation ends. */
  readonly ends: boolean;
  /** False if the template writes earlier messages differently once an answer follows, so no prompt is equal. */
  readonly promptIsPrefix: boolean;
}

/** Offset after each segment. */
function endsOf({ segments }: RenderedChat): number[] {
  let at = 0;
  return segments.map(({ text }) => {
    at += text.length;
    return at;
  });
}

/** Length of the end mark at the start of the template's own text, with white space before it; 0 if there is none. */
function endMark(own: string, marks: readonly string[]): number {
  const space = own.length - own.trimStart().length;
  const lengths = marks.flatMap((mark) => {
    if (own.startsWith(mark)) return [mark.length];
    return own.startsWith(mark, space) ? [space + mark.length] : [];
  });
  return Math.max(0, ...lengths);
}

/**
 * The spans of all assistant messages, in order. Messages that the template leaves out have none.
 * @param chat the rendering of `input` without a generation prompt, with marked messages.
 * @param marks texts at which generation ends: of the vocabulary's end tokens, and the template's own.
 */
export function answerSpans(
  template: ChatTemplate,
  input: ChatInput,
  chat: RenderedChat,
  marks: readonly string[],
): AnswerSpan[] {
  const { messages } = input;
  const ends = endsOf(chat);
  const usable = marks.filter((mark) => mark !== "");
  return messages.flatMap(({ role }, message): AnswerSpan[] => {
    if (role !== "assistant") return [];
    const first = chat.segments.findIndex((segment) => segment.message === message);
    if (first < 0) return [];
    const last = chat.segments.findLastIndex((segment) => segment.message === message);
    const start = ends[first] - chat.segments[first].text.length;
    const next = chat.segments[last + 1];
    const mark = next?.special === true ? endMark(next.text, usable) : 0;
    const prompt = promptLength(template, input, message, chat.text, start);
    const [from, promptIsPrefix] = prompt === undefined ? [start, false] : [prompt, true];
    return [{ message, from, to: ends[last] + mark, ends: mark > 0, promptIsPrefix }];
  });
}

/** Length of the prompt to which message number `message` answers; undefined if the rendered text is not its continuation. */
function promptLength(
  template: ChatTemplate,
  input: ChatInput,
  message: number,
  whole: string,
  start: number,
): number | undefined {
  if (message === 0) return undefined;
  const earlier = input.messages.slice(0, message);
  const { text } = renderChat(template, { ...input, messages: earlier, addGenerationPrompt: true });
  return text.length <= start && whole.startsWith(text) ? text.length : undefined;
}
