/** Turns messages into tokens. */
import { RequestError } from "../../base/errors.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { builtinTemplate, findTemplateName, TEMPLATE_NAMES } from "./builtin.ts";
import { detectTemplate } from "./detect.ts";
import { jinjaTemplate } from "./jinja-template.ts";
import { cutAfterLast, isBegun } from "./prefill.ts";
import type { ChatInput, ChatMessage, ChatSegment, CompiledTemplate } from "./types.ts";

/** The name of a built-in template, Jinja text, or the result of `compileTemplate`. */
export type ChatTemplate = string | CompiledTemplate;

/** Servers render the same few templates again and again. */
const CACHE_SIZE = 16;
const compiled = new Map<string, CompiledTemplate>();

/** @throws TemplateError if it is not Jinja, RequestError if it looks like the name of an unknown template. */
export function compileTemplate(template: ChatTemplate, name?: string): CompiledTemplate {
  if (typeof template !== "string") return template;
  const builtin = findTemplateName(template);
  if (builtin !== undefined) return builtinTemplate(builtin);
  const key = `${name ?? ""}\n${template}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (!template.includes("{")) {
    throw new RequestError({
      doing: "choose a chat template",
      expected: `one of ${TEMPLATE_NAMES.join(", ")}, or Jinja text`,
      found: JSON.stringify(template.slice(0, 60)),
    });
  }
  const family = detectTemplate(template);
  const stop = family === undefined ? [] : builtinTemplate(family).stop;
  const made = jinjaTemplate(template, { name: name ?? family, stop });
  if (compiled.size >= CACHE_SIZE) compiled.delete(compiled.keys().next().value!);
  compiled.set(key, made);
  return made;
}

export interface RenderedChat {
  readonly text: string;
  readonly segments: readonly ChatSegment[];
  /** Strings at which the answer ends, in addition to the vocabulary's end tokens. */
  readonly stop: readonly string[];
}

/**
 * Renders a conversation. The segments separate the template's text from that of the messages.
 * @throws RequestError for messages that cannot be used, TemplateError if the template fails or exceeds its budget.
 */
export function renderChat(template: ChatTemplate, input: ChatInput): RenderedChat {
  checkMessages(input.messages);
  const { stop, render } = compileTemplate(template);
  const segments = render(input);
  return { text: segments.map((segment) => segment.text).join(""), segments, stop };
}

export interface ChatPrompt extends RenderedChat {
  readonly tokens: number[];
}

/** Options of a chat prompt. */
export interface ChatPromptOptions extends Omit<ChatInput, "messages"> {
  /** If the last message is the assistant's, end with its text, so that the model continues it. Default false. */
  readonly continueLast?: boolean | undefined;
}

/**
 * Renders a conversation and tokenises it. Special tokens come only from the template's own text. BOS is prepended
 * if the vocabulary wants it and the template did not write it.
 */
export function chatPrompt(
  tokenizer: Tokenizer,
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  { continueLast = false, ...options }: ChatPromptOptions = {},
): ChatPrompt {
  const { bosId } = tokenizer;
  const continues = continueLast && isBegun(messages);
  const whole = renderChat(template, {
    ...options,
    ...(continues ? { addGenerationPrompt: false, marksMessages: true } : {}),
    messages,
    ...markTexts(tokenizer, options),
  });
  const segments = continues ? cutAfterLast(whole.segments, messages.length - 1) : whole.segments;
  const rendered = { ...whole, segments, text: segments.map(({ text }) => text).join("") };
  const tokens = tokenizer.encode(rendered.text, { parseSpecial: isOwnText(rendered.segments) });
  if (tokenizer.addBos && bosId !== undefined && tokens[0] !== bosId) tokens.unshift(bosId);
  return { ...rendered, tokens };
}

/** The texts of BOS and EOS that templates write: given ones, or the vocabulary's. */
export function markTexts(
  tokenizer: Tokenizer,
  given: Pick<ChatInput, "bosToken" | "eosToken"> = {},
): { readonly bosToken: string; readonly eosToken: string } {
  const { bosId, eosId } = tokenizer;
  return {
    bosToken: given.bosToken ?? (bosId === undefined ? "" : tokenizer.piece(bosId)),
    eosToken: given.eosToken ?? (eosId === undefined ? "" : tokenizer.piece(eosId)),
  };
}

/** Whether all of text[from, to) is the template's own. Positions must not decrease between calls. */
export function isOwnText(segments: readonly ChatSegment[]): (from: number, to: number) => boolean {
  let index = 0;
  let start = 0;
  return (from, to) => {
    if (from < start) [index, start] = [0, 0];
    while (index < segments.length && start + segments[index].text.length <= from) {
      start += segments[index].text.length;
      index++;
    }
    // Neighbouring segments differ in origin, so a range of the template's own text lies within one segment.
    return index < segments.length && segments[index].special && to <= start + segments[index].text.length;
  };
}

const MAX_MESSAGES = 100_000;

function checkMessages(messages: unknown): void {
  const refuse = (expected: string, found: string): RequestError =>
    new RequestError({ doing: "render a chat", expected, found });
  if (!Array.isArray(messages)) throw refuse("an array of messages", typeof messages);
  if (messages.length > MAX_MESSAGES) throw refuse(`at most ${MAX_MESSAGES} messages`, `${messages.length}`);
  messages.forEach((message, i) => {
    const role: unknown = (message as ChatMessage | null)?.role;
    if (typeof role !== "string") throw refuse(`a role for message ${i + 1}`, String(role));
  });
}
