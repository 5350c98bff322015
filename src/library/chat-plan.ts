/** Plans an answer to a conversation: its prompt, where the answer ends, and what to drop when the context is full. */
import type { ChatMessage, ChatPrompt, ChatTemplate, KnownTurn } from "../generation/chat/index.ts";
import { chatPrompt, fitChat, isBegun, shortenChat, withGenerated } from "../generation/chat/index.ts";
import type { Shorten } from "../generation/shorten.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { ChatOptions } from "./model.ts";
import type { ToolPlan } from "./tool-plan.ts";

/** State that an ongoing conversation passes to the plan. */
export interface ChatMemory {
  /** The previous turn. */
  readonly known?: KnownTurn | undefined;
  /** Receives the messages that the model no longer sees, oldest first. */
  readonly onDrop?: ((messages: readonly ChatMessage[]) => void) | undefined;
}

export interface ChatPlan {
  readonly prompt: readonly number[];
  readonly stop: readonly string[];
  /** The answer is a new text, not the continuation of a begun one. */
  readonly ownText: boolean;
  readonly shorten: Shorten | undefined;
}

/** Share of the context kept free for the answer when turns may be dropped. */
const FREE = 1 / 4;
/** Share of the context that a conversation keeps once turns must be dropped, so that this stays rare. */
const TAKEN = 1 / 2;

/** @throws RequestError and TemplateError for messages that the template rejects. */
export function planChat(
  { tokenizer, context }: { readonly tokenizer: Tokenizer; readonly context: number },
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  { variables, contextShift = false, maxTokens = Number.POSITIVE_INFINITY }: ChatOptions,
  { tools, arrange }: Pick<ToolPlan, "tools" | "arrange">,
  { known, onDrop = () => {} }: ChatMemory = {},
): ChatPlan {
  const render = (view: readonly ChatMessage[]): ChatPrompt =>
    chatPrompt(tokenizer, template, arrange(view), { tools, variables, continueLast: true });
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
  // A message that does not fit alone is an error, like any prompt that is too long.
  if (chosen.prompt.tokens.length >= context) return plan(chosen.prompt);
  const kept = plan(chosen.prompt);
  const start = { ...chosen, prompt: { ...chosen.prompt, tokens: [...kept.prompt] } };
  return { ...kept, shorten: shortenChat(render, start, onDrop) };
}
