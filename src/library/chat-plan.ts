/** From a conversation to what is generated: its prompt, where the answer ends, and what a full context leaves of it. */
import type { ChatMessage, ChatPrompt, ChatTemplate, KnownTurn } from "../generation/chat/index.ts";
import { chatPrompt, fitChat, isBegun, shortenChat, withGenerated } from "../generation/chat/index.ts";
import type { Shorten } from "../generation/shorten.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { ChatOptions } from "./model.ts";

/** What a conversation that goes on tells of itself. */
export interface ChatMemory {
  /** The turn before. */
  readonly known?: KnownTurn | undefined;
  /** Messages that the model no longer sees, oldest first. */
  readonly onDrop?: ((messages: readonly ChatMessage[]) => void) | undefined;
}

export interface ChatPlan {
  readonly prompt: readonly number[];
  readonly stop: readonly string[];
  /** The answer is a text of its own, not the rest of one that was begun. */
  readonly ownText: boolean;
  readonly shorten: Shorten | undefined;
}

/** Part of the context that is kept free for the answer where turns may be dropped. */
const FREE = 1 / 4;
/** Part of the context that a conversation may take once turns must be dropped: so it need not be at every turn. */
const TAKEN = 1 / 2;

/** @throws RequestError and TemplateError for what the template cannot take. */
export function planChat(
  { tokenizer, context }: { readonly tokenizer: Tokenizer; readonly context: number },
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  { tools, variables, contextShift = false, maxTokens = Number.POSITIVE_INFINITY }: ChatOptions,
  { known, onDrop = () => {} }: ChatMemory = {},
): ChatPlan {
  const render = (view: readonly ChatMessage[]): ChatPrompt =>
    chatPrompt(tokenizer, template, view, { tools, variables, continueLast: true });
  const plan = (prompt: ChatPrompt, shorten?: Shorten): ChatPlan => ({
    prompt: known === undefined ? prompt.tokens : withGenerated(tokenizer, known, prompt.tokens),
    stop: prompt.stop,
    ownText: !isBegun(messages),
    shorten,
  });
  if (contextShift === false) return plan(render(messages));
  const room = context - Math.max(1, Math.min(maxTokens, Math.floor(context * FREE)));
  const whole = fitChat(render, messages, room);
  const fitted = whole.dropped.length === 0 ? whole : fitChat(render, messages, Math.floor(context * TAKEN));
  const chosen = fitted.prompt.tokens.length <= room ? fitted : whole;
  if (chosen.dropped.length > 0) onDrop(chosen.dropped);
  // A message that does not fit alone is an error like any prompt that is too long.
  if (chosen.prompt.tokens.length >= context) return plan(chosen.prompt);
  const kept = plan(chosen.prompt);
  const start = { ...chosen, prompt: { ...chosen.prompt, tokens: [...kept.prompt] } };
  return { ...kept, shorten: shortenChat(render, start, onDrop) };
}
