/** Conversations, and the segments that a chat template renders. */

/** One of several parts of a message. Only text parts can be rendered by built-in templates. */
export interface ContentPart {
  readonly type: string;
  readonly text?: string;
  readonly [key: string]: unknown;
}

export interface ChatMessage {
  /** "system", "user", "assistant", "tool", … */
  readonly role: string;
  /** May be null if the message has tool calls. */
  readonly content: string | null | readonly ContentPart[];
  /** `tool_calls`, `tool_call_id`, `name` and other fields that the template reads; plain data only. */
  readonly [key: string]: unknown;
}

/**
 * Some templates build special tokens from role names ("<|" + role + "|>"), so these names count as the template's own
 * text. No other role can become part of a special token.
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
  /** Segments name their message. Costs a Jinja template some time for each message. Default false. */
  readonly marksMessages?: boolean | undefined;
  /** Further variables of the template: plain data. */
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  /** The time that strftime_now formats. Default: the current time. */
  readonly now?: Date | undefined;
}

/**
 * A segment of a rendered chat. Neighbouring segments differ in origin or in their message. Special tokens are recognised only where `special` is true: that text came
 * from the template. The rest came from the caller's messages, tools or variables, and is never structure.
 * Segment boundaries do not split the tokenizer's input: ordinary text on both sides is tokenised as one text.
 */
export interface ChatSegment {
  readonly text: string;
  readonly special: boolean;
  /** Index of the message that the text comes from; undefined for the template's own text. See `marksMessages`. */
  readonly message?: number | undefined;
}

/** A template ready to be rendered. */
export interface CompiledTemplate {
  /** Name for messages. */
  readonly name: string;
  /** Strings at which answers end, in addition to the vocabulary's end tokens. */
  readonly stop: readonly string[];
  /** @throws RequestError for messages that it rejects, TemplateError if the template itself is faulty. */
  render(input: ChatInput): readonly ChatSegment[];
}
