/** What views share: the stores, the engine, and what a person can do with them. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { Cell } from "./base/cell.ts";
import { newId } from "./base/ids.ts";
import { Answerer, lockName } from "./chat/answering.ts";
import { leftovers } from "./chat/leftovers.ts";
import { Database } from "./conversations/database.ts";
import { ConversationSearch } from "./conversations/search.ts";
import { ConversationStore, UNDO_TIME } from "./conversations/store.ts";
import { titleOf } from "./conversations/title.ts";
import { pathTo } from "./conversations/tree.ts";
import type { Attachment, Conversation, Message, TokenChoice } from "./conversations/types.ts";
import type { BrowserEngine } from "./engine/browser.ts";
import { type Engine, EngineError, type EngineState } from "./engine/engine.ts";
import type { ChatSettings } from "./settings/chat-settings.ts";
import type { PreferenceStore } from "./settings/preferences.ts";
import { Router } from "./ui/route.ts";

export interface Toast {
  readonly id: string;
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** Whether the engine can be used now. */
export type Link = "connecting" | "ready" | "unreachable" | "key";

export type DialogName = "palette" | "settings" | "shortcuts" | "prompt";

const POLL_READY = 5000;
/** Milliseconds after which the page has probably drawn what a person came for. */
const SETTLED = 1500;
const POLL_LOST = 1500;

export class App {
  readonly preferences: PreferenceStore;
  readonly router = new Router();
  readonly state = new Cell<EngineState | undefined>(undefined);
  readonly link = new Cell<Link>("connecting");
  readonly toasts = new Cell<readonly Toast[]>([]);
  readonly dialog = new Cell<DialogName | undefined>(undefined);
  /** What a screen reader says next. */
  readonly announcement = new Cell("");
  readonly store: ConversationStore;
  readonly db: Database;
  readonly engine: Engine;
  readonly answerer: Answerer;
  readonly search: ConversationSearch;
  #poll: ReturnType<typeof setTimeout> | undefined;

  private constructor(db: Database, engine: Engine, preferences: PreferenceStore) {
    this.db = db;
    this.engine = engine;
    this.preferences = preferences;
    this.store = new ConversationStore(db, {
      isAlive: isLocked,
      recover: leftovers.take,
      isOwn: (message) => this.answerer.isRunning(message),
    });
    this.answerer = new Answerer(this.store, engine, { onEnd: (message) => this.#ended(message) });
    this.search = new ConversationSearch(
      () => db.allMessages(),
      (id) => db.messages(id),
    );
    this.store.onChange = (id) => void this.search.refresh(id);
  }

  static async start(engine: Engine, preferences: PreferenceStore): Promise<App> {
    const app = new App(await Database.open(), engine, preferences);
    await app.store.start();
    app.router.cell.subscribe(() => void app.#follow());
    await app.#follow();
    void app.refresh();
    // The first search is then as fast as others.
    setTimeout(() => void app.search.warm(), SETTLED);
    return app;
  }

  async #follow(): Promise<void> {
    const route = this.router.cell.value;
    if (route.view !== "chat" || (route.id !== undefined && route.id === this.store.open.value.id)) return;
    if (!(await this.store.openConversation(route.id))) this.router.go({ view: "chat", id: undefined }, true);
  }

  /** Asks the engine for its models, now and from time to time. */
  async refresh(): Promise<void> {
    clearTimeout(this.#poll);
    try {
      this.state.value = await this.engine.state();
      if (this.link.value === "unreachable") this.toast("The server is back");
      this.link.value = "ready";
    } catch (error) {
      this.link.value = error instanceof EngineError && error.kind === "key" ? "key" : "unreachable";
    }
    const pause = this.link.value === "ready" ? POLL_READY : POLL_LOST;
    this.#poll = setTimeout(() => void this.refresh(), document.hidden ? 4 * pause : pause);
  }

  toast(text: string, action?: Toast["action"], ms = 5000): void {
    const toast: Toast = { id: newId(), text, ...(action === undefined ? {} : { action }) };
    this.toasts.value = [...this.toasts.value.slice(-2), toast];
    setTimeout(() => this.dropToast(toast.id), ms);
  }
  dropToast(id: string): void {
    this.toasts.value = this.toasts.value.filter((each) => each.id !== id);
  }

  /** The open conversation; undefined before its first message. */
  get current(): Conversation | undefined {
    const { id } = this.store.open.value;
    return id === undefined ? undefined : this.store.conversation(id);
  }
  get settings(): ChatSettings {
    return this.current?.settings ?? this.preferences.value.settings;
  }
  get path(): Message[] {
    return pathTo(this.store.messages, this.current?.head);
  }

  /** Settings of the open conversation; a new chat begins with the last ones. */
  changeSettings(fields: Partial<ChatSettings>): void {
    const settings = { ...this.settings, ...fields };
    for (const [name, value] of Object.entries(fields))
      if (value === undefined) Reflect.deleteProperty(settings, name);
    this.preferences.change({ settings });
    const { current } = this;
    if (current !== undefined) void this.store.change(current.id, { settings });
  }

  async send(text: string, attachments: readonly Attachment[]): Promise<void> {
    const conversation = this.current ?? (await this.#begin(text, attachments));
    const question = await this.#addUser(conversation, conversation.head, text, attachments);
    await this.answerer.answer(this.store.conversation(conversation.id) as Conversation, question);
  }

  async #begin(text: string, attachments: readonly Attachment[]): Promise<Conversation> {
    const now = Date.now();
    const conversation: Conversation = {
      id: newId(),
      title: titleOf(text === "" ? (attachments[0]?.name ?? "") : text),
      isPinned: false,
      created: now,
      updated: now,
      settings: this.preferences.value.settings,
    };
    await this.store.putConversation(conversation);
    await this.store.openConversation(conversation.id);
    this.router.go({ view: "chat", id: conversation.id });
    // Only a conversation that somebody wants to keep asks the browser to keep it.
    void navigator.storage?.persist?.();
    return conversation;
  }

  async #addUser(
    { id }: Conversation,
    parent: string | undefined,
    text: string,
    attachments: readonly Attachment[],
  ): Promise<string> {
    const message: Message = {
      id: newId(),
      conversation: id,
      ...(parent === undefined ? {} : { parent }),
      role: "user",
      created: Date.now(),
      text,
      state: "whole",
      ...(attachments.length === 0 ? {} : { attachments }),
    };
    await this.store.add(message);
    return message.id;
  }

  /** Another answer to the same question. */
  async regenerate(message: Message): Promise<void> {
    const { current } = this;
    if (current !== undefined) await this.answerer.answer(current, message.parent);
  }

  /** Goes on with an answer, or begins it again if nothing came. */
  async proceed(message: Message): Promise<void> {
    const { current } = this;
    if (current !== undefined) await this.answerer.proceed(current, message);
  }

  /** Another version of a message. A question is answered again. */
  async edit(message: Message, text: string): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    if (message.role !== "user") {
      const { tokens: _tokens, error: _error, ...rest } = message;
      await this.store.add({ ...rest, id: newId(), created: Date.now(), text, state: "whole" });
      return;
    }
    const question = await this.#addUser(current, message.parent, text, message.attachments ?? []);
    await this.answerer.answer(this.store.conversation(current.id) as Conversation, question);
  }

  /** Another answer that is the same up to a token, and takes an alternative there. */
  async branchAt(
    message: Message,
    index: number,
    alternative: { readonly text: string; readonly logprob: number },
  ): Promise<void> {
    const { current } = this;
    const tokens = message.tokens ?? [];
    const token = tokens[index];
    if (current === undefined || token === undefined) return;
    const begun = message.text.slice(0, token.from) + alternative.text;
    const taken: TokenChoice = { ...token, ...alternative };
    await this.answerer.answer(current, message.parent, begun, [...tokens.slice(0, index), taken]);
  }

  /** The result of a function that the model called. */
  async answerCall(message: Message, callId: string, text: string): Promise<void> {
    const { current } = this;
    if (current === undefined) return;
    await this.store.add({
      id: newId(),
      conversation: current.id,
      parent: message.id,
      role: "tool",
      callId,
      created: Date.now(),
      text,
      state: "whole",
    });
    const after = this.store.conversation(current.id) as Conversation;
    await this.answerer.answer(after, after.head);
  }

  /** The engine in the page, if that answers. */
  get browserEngine(): BrowserEngine | undefined {
    return this.engine.kind === "browser" ? (this.engine as BrowserEngine) : undefined;
  }

  /** Takes a model from the person's disk, and turns to it. */
  async addModelFile(file: File): Promise<void> {
    const engine = this.browserEngine;
    if (engine === undefined) {
      this.toast("This page's models are those of its server; start it with this file: cria serve FILE");
      return;
    }
    const isKept = await engine.addFile(file);
    const name = file.name.replace(/\.gguf$/i, "");
    this.changeSettings({ model: name });
    await this.refresh();
    this.toast(
      isKept
        ? `${name} is here`
        : `${name} is here until the page is closed: the browser has no room to keep it`,
    );
  }

  async deleteConversation(id: string): Promise<void> {
    const title = this.store.conversation(id)?.title ?? "";
    this.answerer.stopAll(id);
    await this.store.delete(id);
    const isOpen = this.store.open.value.id === id;
    if (isOpen) this.router.go({ view: "chat", id: undefined });
    const undo = async (): Promise<void> => {
      await this.store.restore(id);
      if (isOpen) this.router.go({ view: "chat", id });
    };
    this.toast(`Deleted “${title}”`, { label: "Undo", run: () => void undo() }, UNDO_TIME);
  }

  /** Begins a chat with a model. Other chats keep theirs. */
  chatWith(model: string): void {
    this.preferences.change({ settings: { ...this.preferences.value.settings, model } });
    this.newChat();
  }

  newChat(): void {
    this.router.go({ view: "chat", id: undefined });
    document.querySelector<HTMLElement>("#composer")?.focus();
  }

  #ended(message: Message): void {
    const said = {
      whole: "Answer finished",
      stopped: "Answer stopped",
      failed: `Answer failed: ${message.error}`,
    };
    this.announcement.value = said[message.state as keyof typeof said] ?? "";
    if (message.state === "failed") void this.refresh();
  }
}

/** Whether a page generates this message now. Without locks, an answer counts as interrupted. */
async function isLocked(message: string): Promise<boolean> {
  const state = await (navigator.locks as LockManager | undefined)?.query();
  return state?.held?.some(({ name }) => name === lockName(message)) === true;
}

export const AppContext = createContext<App | undefined>(undefined);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === undefined) throw new Error("there is no app around this view");
  return app;
}
