/** A conversation that keeps its own history: what `model.startChat` returns. */
import { RequestError } from "../base/errors.ts";
import type { ChatMessage, KnownTurn } from "../generation/chat/index.ts";
import type { Generation } from "../generation/generation.ts";
import type { TextEnd } from "../generation/text-job.ts";
import { type ActOptions, type ActResult, act, type RunnableTool, type Sent } from "./act.ts";
import type { ChatMemory } from "./chat-plan.ts";
import type { ChatOptions } from "./model.ts";
import type { Structured, ValueOf } from "./structured.ts";

/** The initial messages of a conversation, and the options for all of its answers. */
export interface ChatSessionOptions extends ChatOptions {
  /** The system message. */
  readonly system?: string | undefined;
  /** Earlier messages, without the system message. */
  readonly messages?: readonly ChatMessage[] | undefined;
  /** Called with messages that the model no longer sees because the context is full; they stay in `messages`. */
  readonly onDrop?: ((messages: readonly ChatMessage[]) => void) | undefined;
}

/** Starts the answer to a conversation. `onEnd` is called once, before the answer's promises settle. */
export type Answer = <Value>(
  messages: readonly ChatMessage[],
  options: ChatOptions,
  memory: ChatMemory & {
    readonly onPrompt: (tokens: readonly number[]) => void;
    readonly onEnd: (end: TextEnd) => void;
  },
) => Generation<Value>;

/**
 * A conversation: `send` answers a message and keeps both. An aborted answer keeps the text generated so far; a failed
 * one leaves the conversation unchanged. The model no longer sees turns that do not fit the context, oldest first
 * (with `contextShift: false` this is an error). It always sees the system message.
 */
export class ChatSession {
  readonly #answer: Answer;
  readonly #options: ChatSessionOptions;
  #system: string | undefined;
  #turns: ChatMessage[];
  /** Leading messages that the model no longer sees. */
  #dropped = 0;
  #known: KnownTurn | undefined;
  #running = false;

  /** Use `model.startChat`. */
  constructor(answer: Answer, options: ChatSessionOptions) {
    const { system, messages = [], ...rest } = options;
    this.#answer = answer;
    this.#options = rest;
    this.#system = system;
    this.#turns = [...messages];
  }

  /** The whole conversation, the system message first. */
  get messages(): readonly ChatMessage[] {
    return [...this.#lead, ...this.#turns];
  }
  /** Tokens of the last prompt and its answer: the part of the conversation that the context holds. */
  get tokenCount(): number {
    return (this.#known?.prompt.length ?? 0) + (this.#known?.answer.length ?? 0);
  }
  /** Messages that the model no longer sees. */
  get droppedCount(): number {
    return this.#dropped;
  }

  get system(): string | undefined {
    return this.#system;
  }
  /** Changes the system message; the conversation continues. */
  set system(text: string | undefined) {
    this.#refuseWhileRunning();
    this.#system = text;
    this.#known = undefined;
  }

  /**
   * Answers a message, or several (results of calls). Options apply to this answer and override those of the session.
   */
  send<const Given extends Structured>(
    message: Sent,
    options: ChatOptions & Given,
  ): Generation<ValueOf<Given>>;
  send(message: Sent, options?: ChatOptions): Generation;
  send(message: Sent, options: ChatOptions = {}): Generation<never> {
    this.#refuseWhileRunning();
    const added = typeof message === "string" ? { role: "user", content: message } : message;
    return this.#start([...this.#turns, ...[added].flat()], options);
  }

  /**
   * Answers a message with the help of functions: runs those that the model calls, tells it their results, and repeats
   * until it answers without a call. All of that becomes part of the conversation.
   */
  act(message: Sent, tools: readonly RunnableTool[], options: ActOptions = {}): Promise<ActResult> {
    return act((sent, given) => this.send(sent, given), message, tools, options);
  }

  /** Answers the last question again. @throws RequestError if there is none. */
  retry(options: ChatOptions = {}): Generation {
    this.#refuseWhileRunning();
    const last = this.#lastQuestion();
    return this.#start(this.#turns.slice(0, last + 1), options);
  }

  /** Removes the last question and everything after it from the conversation, and returns them. */
  undo(): readonly ChatMessage[] {
    this.#refuseWhileRunning();
    const taken = this.#turns.splice(this.#lastQuestion());
    this.#dropped = Math.min(this.#dropped, this.#turns.length);
    return taken;
  }

  /** Removes all messages except the system message; `messages` replaces them. */
  reset(messages: readonly ChatMessage[] = []): void {
    this.#refuseWhileRunning();
    this.#turns = [...messages];
    this.#dropped = 0;
    this.#known = undefined;
  }

  get #lead(): ChatMessage[] {
    return this.#system === undefined ? [] : [{ role: "system", content: this.#system }];
  }

  #lastQuestion(): number {
    const index = this.#turns.findLastIndex(({ role }) => role === "user");
    if (index >= 0) return index;
    throw new RequestError({
      doing: "find the last question of the chat",
      found: "a conversation without a question",
    });
  }

  #refuseWhileRunning(): void {
    if (!this.#running) return;
    throw new RequestError({
      doing: "continue the chat",
      found: "an answer that is still being generated",
      fix: "await its result, or leave its loop",
    });
  }

  #start<Value>(turns: readonly ChatMessage[], options: ChatOptions): Generation<Value> {
    const { onDrop, ...standing } = this.#options;
    const given = { contextShift: true, ...standing, ...options };
    let prompt: readonly number[] = [];
    const generation = this.#answer<Value>([...this.#lead, ...turns.slice(this.#dropped)], given, {
      known: this.#known,
      onDrop: (messages) => {
        this.#dropped += messages.length;
        this.#known = undefined;
        onDrop?.(messages);
      },
      onPrompt: (tokens) => {
        prompt = tokens;
      },
      onEnd: (end) =>
        this.#ended(turns, prompt, end, generation.messageOf(end.text), given.signal?.aborted === true),
    });
    this.#running = true;
    return generation;
  }

  #ended(
    turns: readonly ChatMessage[],
    prompt: readonly number[],
    { text, tokens, result }: TextEnd,
    message: ChatMessage,
    isAborted: boolean,
  ): void {
    this.#running = false;
    if (result === undefined && !(isAborted && text !== "")) return;
    const begun = turns.at(-1);
    this.#turns =
      begun?.role === "assistant"
        ? [...turns.slice(0, -1), { ...begun, content: `${begun.content}${text}` }]
        : [...turns, message];
    const isWhole = result?.droppedTokens === 0;
    this.#known = isWhole ? { prompt, answer: tokens } : undefined;
  }
}
