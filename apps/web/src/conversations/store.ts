/**
 * The conversations that views show, in step with the database and with other tabs. One conversation is open at a time; its
 * messages are in memory, of the others only the heads.
 */
import { Cell } from "../base/cell.ts";
import type { Database } from "./database.ts";
import { childrenOf, leafUnder, type MessageMap } from "./tree.ts";
import type { Conversation, Message } from "./types.ts";

/** Milliseconds for which a deleted conversation can be restored. */
export const UNDO_TIME = 10_000;

const KEEP_DELETED = 60 * 60 * 1000;

/** What a tab tells the others. */
type News = { readonly conversation: string } | { readonly all: true };

export interface StoreOptions {
  /** Whether a page generates this message now. */
  isAlive(message: string): Promise<boolean>;
  /** Adds what a page that is gone still had of a message. */
  recover(message: Message): Message;
  /** Whether this page does. */
  isOwn(message: string): boolean;
}

export class ConversationStore {
  /** Those that are not deleted, newest first. */
  readonly conversations = new Cell<readonly Conversation[]>([]);
  /** The open conversation's messages. */
  readonly open = new Cell<{ readonly id: string | undefined; readonly messages: MessageMap }>({
    id: undefined,
    messages: new Map(),
  });
  readonly #db: Database;
  readonly #options: StoreOptions;
  readonly #channel = new BroadcastChannel("cria-conversations");
  #all = new Map<string, Conversation>();
  /** Called when a conversation's text changes. */
  onChange: (conversation: string) => void = () => {};

  constructor(db: Database, options: StoreOptions) {
    this.#db = db;
    this.#options = options;
    this.#channel.onmessage = ({ data }: MessageEvent<News>) => void this.#hear(data);
  }

  async start(): Promise<void> {
    await this.#readAll();
    const old = [...this.#all.values()].filter(
      ({ deleted }) => deleted !== undefined && deleted < Date.now() - KEEP_DELETED,
    );
    await this.#db.remove(old.map(({ id }) => id));
    for (const { id } of old) this.#all.delete(id);
  }

  async #readAll(): Promise<void> {
    this.#all = new Map((await this.#db.conversations()).map((each) => [each.id, each]));
    this.#list();
  }

  async #hear(news: News): Promise<void> {
    await this.#readAll();
    const { id } = this.open.value;
    if (id === undefined || ("conversation" in news && news.conversation !== id)) return;
    await this.#readOpen(id);
  }

  #tell(news: News): void {
    this.#channel.postMessage(news);
  }

  #list(): void {
    const shown = [...this.#all.values()].filter(({ deleted }) => deleted === undefined);
    this.conversations.value = shown.sort(
      (a, b) => Number(b.isPinned) - Number(a.isPinned) || b.updated - a.updated,
    );
  }

  get messages(): MessageMap {
    return this.open.value.messages;
  }

  message(id: string): Message | undefined {
    return this.messages.get(id);
  }

  conversation(id: string): Conversation | undefined {
    return this.#all.get(id);
  }

  /** Opens a conversation, or none. @returns false if there is no such conversation. */
  async openConversation(id: string | undefined): Promise<boolean> {
    if (id === undefined) {
      this.open.value = { id, messages: new Map() };
      return true;
    }
    if (this.#all.get(id)?.deleted !== undefined || !this.#all.has(id)) return false;
    await this.#readOpen(id);
    return true;
  }

  async #readOpen(id: string): Promise<void> {
    const found = await Promise.all((await this.#db.messages(id)).map((message) => this.#revised(message)));
    const messages = new Map(found.map((message) => [message.id, message]));
    const { open } = this;
    if (open.value.id === id) {
      // What this page shows and has not written yet is newer.
      for (const message of open.value.messages.values())
        if (!messages.has(message.id) || this.#options.isOwn(message.id)) messages.set(message.id, message);
    }
    open.value = { id, messages };
  }

  /** An answer whose page is gone was interrupted. */
  async #revised(message: Message): Promise<Message> {
    if (message.state !== "running" || (await this.#options.isAlive(message.id))) return message;
    const revised: Message = { ...this.#options.recover(message), state: "interrupted" };
    await this.#db.put(undefined, [revised]);
    return revised;
  }

  async putConversation(conversation: Conversation, messages: readonly Message[] = []): Promise<void> {
    this.#all.set(conversation.id, conversation);
    this.#list();
    await this.#db.put(conversation, messages);
    this.#tell({ conversation: conversation.id });
  }

  async putMany(conversations: readonly Conversation[], messages: readonly Message[]): Promise<void> {
    await this.#db.putMany(conversations, messages);
    for (const each of conversations) this.#all.set(each.id, each);
    this.#list();
    for (const { id } of conversations) this.onChange(id);
    this.#tell({ all: true });
  }

  /** Changes fields of a conversation. */
  async change(id: string, fields: Partial<Conversation>): Promise<void> {
    const known = this.#all.get(id);
    if (known !== undefined) await this.putConversation({ ...known, ...fields });
  }

  /** Adds a message and turns to it. */
  async add(message: Message): Promise<void> {
    this.show(message);
    const known = this.#all.get(message.conversation);
    if (known === undefined) return;
    this.onChange(known.id);
    await this.putConversation({ ...known, head: message.id, updated: Date.now() }, [message]);
  }

  /** Writes a message of any conversation. */
  async put(message: Message): Promise<void> {
    this.show(message);
    this.onChange(message.conversation);
    await this.#db.put(undefined, [message]);
    this.#tell({ conversation: message.conversation });
  }

  /** Shows a message that changes fast. @param writes also write it, without waiting. */
  show(message: Message, writes = false): void {
    const { id, messages } = this.open.value;
    if (message.conversation === id)
      this.open.value = { id, messages: new Map(messages).set(message.id, message) };
    if (!writes) return;
    void this.#db.put(undefined, [message]).then(() => this.#tell({ conversation: message.conversation }));
  }

  /** Turns to a message, and below it to the newest. */
  async turnTo(id: string): Promise<void> {
    const message = this.message(id);
    if (message === undefined) return;
    await this.change(message.conversation, { head: leafUnder(childrenOf(this.messages), id) });
  }

  async delete(id: string): Promise<void> {
    await this.change(id, { deleted: Date.now() });
  }

  async restore(id: string): Promise<void> {
    const known = this.#all.get(id);
    if (known === undefined) return;
    const { deleted: _deleted, ...rest } = known;
    await this.putConversation(rest);
  }

  /** Everything, for an export. */
  async everything(): Promise<{ conversations: readonly Conversation[]; messages: readonly Message[] }> {
    const conversations = this.conversations.value;
    const ids = new Set(conversations.map(({ id }) => id));
    const messages = (await this.#db.allMessages()).filter(({ conversation }) => ids.has(conversation));
    return { conversations, messages };
  }

  async messagesOf(id: string): Promise<Message[]> {
    return this.#db.messages(id);
  }
}
