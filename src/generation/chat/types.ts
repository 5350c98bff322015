/** Conversations, and what a chat template makes of one. */

/** A part of a message that has several. Only text parts can be rendered by built-in templates. */
export interface ContentPart {
  readonly type: string;
  readonly text?: string;
  readonly [key: string]: unknown;
}

export interface ChatMessage {
  /** "system", "user", "assistant", "tool", … */
  readonly role: string;
  /** May be null where tool calls stand instead. */
  readonly content: string | null | readonly ContentPart[];
  /** `tool_calls`, `tool_call_id`, `name` and whatever else the template reads; plain data only. */
  readonly [key: string]: unknown;
}

/**
 * Some templates make special tokens of role names ("<|" + role + "|>"), so these count as the template's own
 * text; any other role cannot become part of a special token.
 */
export const KNOWN_ROLES: ReadonlySet<string> = new Set([
  "system",
  "developer",
  "user",
  "assistant",
  "tool",
  "function",
  "ipython",
  "model",
]);

export interface ChatInput {
  readonly messages: readonly ChatMessage[];
  /** End with the beginning of the assistant's answer. Default true. */
  readonly addGenerationPrompt?: boolean | undefined;
  /** Text of the vocabulary's BOS and EOS; default "". */
  readonly bosToken?: string | undefined;
  readonly eosToken?: string | undefined;
  /** Functions that the model may call, as JSON schemas. */
  readonly tools?: readonly unknown[] | undefined;
  /** Further variables of the template: plain data. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** What strftime_now tells. Default: the present. */
  readonly now?: Date | undefined;
}

/**
 * A stretch of a rendered chat. Special tokens may be recognised only where `special` is true: that text came
 * from the template. The rest came from the caller's messages, tools or variables, and is never structure.
 * Stretches are not borders for the vocabulary: ordinary text on both sides of one is tokenised as one text.
 */
export interface ChatSegment {
  readonly text: string;
  readonly special: boolean;
}

/** A template ready to be rendered. */
export interface CompiledTemplate {
  /** For messages. */
  readonly name: string;
  /** Strings at which answers end, beside the vocabulary's end tokens. */
  readonly stop: readonly string[];
  /** @throws RequestError for messages that it cannot take, TemplateError when it is at fault itself. */
  render(input: ChatInput): readonly ChatSegment[];
}
