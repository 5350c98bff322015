/**
 * Answers that are being generated in this page. Each is written to the database several times a second, so that a page
 * that dies loses at most that much; a lock tells other pages that the answer is alive.
 */
import { newId, newSeed } from "../base/ids.ts";
import { beforeNextFrame } from "../base/next-frame.ts";
import type { ConversationStore } from "../conversations/store.ts";
import { pathTo } from "../conversations/tree.ts";
import type { Call, Conversation, Message, TokenChoice } from "../conversations/types.ts";
import { type AnswerEvent, type Engine, EngineError, type Turn } from "../engine/engine.ts";
import { splitAnswer } from "./answer-text.ts";
import { leftovers } from "./leftovers.ts";
import { turnsOf } from "./turns.ts";

/** Milliseconds between two writes of an answer. */
const WRITE_EVERY = 300;

/** Name of the lock that the page holds which generates a message. */
export const lockName = (message: string): string => `cria-answer:${message}`;

export interface AnswererEvents {
  /** An answer ended; for those who cannot see it. */
  onEnd(message: Message): void;
}

interface Running {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class Answerer {
  readonly #store: ConversationStore;
  readonly #engine: Engine;
  readonly #events: AnswererEvents;
  readonly #running = new Map<string, Running>();

  constructor(store: ConversationStore, engine: Engine, events: AnswererEvents) {
    this.#store = store;
    this.#engine = engine;
    this.#events = events;
  }

  /** Answers a question. @param begun text with which the answer begins. */
  async answer(
    conversation: Conversation,
    question: string | undefined,
    begun = "",
    tokens?: readonly TokenChoice[],
  ): Promise<string> {
    const message: Message = {
      id: newId(),
      conversation: conversation.id,
      ...(question === undefined ? {} : { parent: question }),
      role: "assistant",
      created: Date.now(),
      text: begun,
      state: "running",
      ...(tokens === undefined ? {} : { tokens }),
    };
    await this.#store.add(message);
    this.#start(conversation, message);
    return message.id;
  }

  /** Goes on with an answer that ended early. */
  async proceed(conversation: Conversation, message: Message): Promise<void> {
    if (this.#running.has(message.id)) return;
    const { error: _error, ...rest } = message;
    const begun: Message = { ...rest, state: "running" };
    this.#store.show(begun);
    this.#start(conversation, begun);
  }

  /** Ends an answer; its text stays. */
  stop(message: string): void {
    this.#running.get(message)?.abort.abort();
  }

  stopAll(conversation: string): void {
    for (const id of this.#running.keys())
      if (this.#store.message(id)?.conversation === conversation) this.stop(id);
  }

  isRunning(message: string): boolean {
    return this.#running.has(message);
  }

  #start(conversation: Conversation, message: Message): void {
    const abort = new AbortController();
    // Now, because another conversation may be open when the lock is here.
    const isBegun = message.text !== "";
    const path = pathTo(this.#store.messages, isBegun ? message.id : message.parent);
    const turns = turnsOf(path, conversation.settings.system, isBegun);
    const run = (): Promise<void> => this.#run(conversation, message, turns, abort.signal);
    const locks = navigator.locks as LockManager | undefined;
    const done = locks === undefined ? run() : locks.request(lockName(message.id), run).then(() => {});
    this.#running.set(message.id, { abort, done });
  }

  async #run(
    conversation: Conversation,
    begun: Message,
    turns: readonly Turn[],
    signal: AbortSignal,
  ): Promise<void> {
    const { settings } = conversation;
    const seed = settings.seed ?? begun.stats?.seed ?? newSeed();
    const draft = new AnswerDraft(begun, settings.model ?? "", seed);
    let written = performance.now();
    let cancel: (() => void) | undefined;
    const show = (): void => {
      cancel = undefined;
      const now = draft.message("running");
      const writes = performance.now() - written > WRITE_EVERY;
      if (writes) written = performance.now();
      this.#store.show(now, writes);
    };
    const leave = (): void => leftovers.write(draft.message("running"));
    addEventListener("pagehide", leave);
    let ended: Message;
    try {
      for await (const event of this.#engine.answer({ turns, settings, seed }, signal)) {
        draft.take(event);
        cancel ??= beforeNextFrame(show);
      }
      ended = draft.message("whole");
    } catch (error) {
      ended = signal.aborted ? draft.message("stopped") : draft.failed(error);
    } finally {
      removeEventListener("pagehide", leave);
    }
    cancel?.();
    this.#running.delete(begun.id);
    await this.#store.put(ended);
    this.#events.onEnd(ended);
  }
}

/** An answer as it grows. */
class AnswerDraft {
  readonly #begun: Message;
  readonly #model: string;
  readonly #seed: number;
  readonly #from = performance.now();
  #text: string;
  #reasoning: string;
  #tokens: TokenChoice[];
  readonly #calls: Call[];
  #first: number | undefined;
  #reasoned: number | undefined;
  #count = 0;
  #usage: Extract<AnswerEvent, { kind: "usage" }> | undefined;
  #finish: string | undefined;

  constructor(begun: Message, model: string, seed: number) {
    this.#begun = begun;
    this.#model = model;
    this.#seed = seed;
    this.#text = begun.text;
    this.#reasoning = begun.reasoning ?? "";
    this.#tokens = [...(begun.tokens ?? [])];
    this.#calls = [...(begun.calls ?? [])];
  }

  take(event: AnswerEvent): void {
    if (event.kind !== "usage" && event.kind !== "end") {
      this.#first ??= performance.now();
      this.#count++;
    }
    switch (event.kind) {
      case "text": {
        for (const { text, logprob, top } of event.choices ?? [])
          this.#tokens.push({ from: this.#text.length, text, logprob, top });
        this.#text += event.text;
        this.#noteReasoning();
        break;
      }
      case "reasoning":
        this.#reasoning += event.text;
        break;
      case "call":
        this.#addCall(event);
        break;
      case "usage":
        this.#usage = event;
        break;
      case "end":
        this.#finish = event.finish;
    }
  }

  #noteReasoning(): void {
    if (this.#reasoned !== undefined) return;
    const { reasoning, isReasoned } = splitAnswer(this.#text);
    if (isReasoned && (reasoning !== "" || this.#reasoning !== "")) this.#reasoned = performance.now();
  }

  #addCall({ index, id, name, arguments: piece }: Extract<AnswerEvent, { kind: "call" }>): void {
    const known = this.#calls[index] ?? { id: id ?? newId(), name: "", arguments: "" };
    this.#calls[index] = { ...known, name: name ?? known.name, arguments: known.arguments + piece };
  }

  message(state: Message["state"]): Message {
    const now = performance.now();
    const first = this.#first ?? now;
    const seconds = (from: number, to: number): number => Math.max(0, to - from) / 1000;
    return {
      ...this.#begun,
      state,
      text: this.#text,
      ...(this.#reasoning === "" ? {} : { reasoning: this.#reasoning }),
      ...(this.#calls.length === 0 ? {} : { calls: this.#calls.filter((call) => call !== undefined) }),
      ...(this.#tokens.length === 0 ? {} : { tokens: this.#tokens }),
      stats: {
        model: this.#model,
        seed: this.#seed,
        ...(this.#usage === undefined
          ? {}
          : { promptTokens: this.#usage.promptTokens, cachedTokens: this.#usage.cachedTokens }),
        tokens: this.#usage?.tokens ?? this.#count,
        firstTokenSeconds: seconds(this.#from, first),
        seconds: seconds(first, now),
        ...(this.#reasoned === undefined ? {} : { reasoningSeconds: seconds(first, this.#reasoned) }),
        ...(this.#finish === undefined ? {} : { finish: this.#finish }),
      },
    };
  }

  failed(error: unknown): Message {
    const known = error instanceof EngineError || error instanceof Error;
    return { ...this.message("failed"), error: known ? error.message : String(error) };
  }
}
