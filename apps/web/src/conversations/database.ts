/** Conversations in the browser's database. Every change is a transaction: a page that dies leaves nothing half-written. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Preset } from "../settings/presets.ts";
import type { Conversation, Message } from "./types.ts";

interface Schema extends DBSchema {
  conversations: { key: string; value: Conversation };
  messages: { key: string; value: Message; indexes: { conversation: string } };
  presets: { key: string; value: Preset };
}

const VERSION = 1;

/** Messages that are read at once. */
const PART = 400;

export class Database {
  readonly #db: IDBPDatabase<Schema>;

  private constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  static async open(name = "cria"): Promise<Database> {
    const db = await openDB<Schema>(name, VERSION, {
      upgrade(created) {
        created.createObjectStore("conversations", { keyPath: "id" });
        created.createObjectStore("messages", { keyPath: "id" }).createIndex("conversation", "conversation");
        created.createObjectStore("presets", { keyPath: "name" });
      },
    });
    return new Database(db);
  }

  conversations(): Promise<Conversation[]> {
    return this.#db.getAll("conversations");
  }

  messages(conversation: string): Promise<Message[]> {
    return this.#db.getAllFromIndex("messages", "conversation", conversation);
  }

  /** In parts, so that thousands of conversations hold up no frame. */
  async allMessages(): Promise<Message[]> {
    const all: Message[] = [];
    for (;;) {
      const last = all.at(-1);
      const rest = last === undefined ? undefined : IDBKeyRange.lowerBound(last.id, true);
      const part = await this.#db.getAll("messages", rest, PART);
      all.push(...part);
      if (part.length < PART) return all;
    }
  }

  /** Writes a conversation and messages of it, all or nothing. */
  async put(conversation: Conversation | undefined, messages: readonly Message[]): Promise<void> {
    const change = this.#db.transaction(["conversations", "messages"], "readwrite");
    const writes: Promise<unknown>[] = messages.map((message) => change.objectStore("messages").put(message));
    if (conversation !== undefined) writes.push(change.objectStore("conversations").put(conversation));
    await Promise.all([...writes, change.done]);
  }

  async putMany(conversations: readonly Conversation[], messages: readonly Message[]): Promise<void> {
    const change = this.#db.transaction(["conversations", "messages"], "readwrite");
    await Promise.all([
      ...conversations.map((each) => change.objectStore("conversations").put(each)),
      ...messages.map((each) => change.objectStore("messages").put(each)),
      change.done,
    ]);
  }

  /** Removes conversations with their messages for good. */
  async remove(ids: readonly string[]): Promise<void> {
    const change = this.#db.transaction(["conversations", "messages"], "readwrite");
    const messages = change.objectStore("messages");
    for (const id of ids) {
      await change.objectStore("conversations").delete(id);
      for (const key of await messages.index("conversation").getAllKeys(id)) await messages.delete(key);
    }
    await change.done;
  }

  presets(): Promise<Preset[]> {
    return this.#db.getAll("presets");
  }
  async putPreset(preset: Preset): Promise<void> {
    await this.#db.put("presets", preset);
  }
  async removePreset(name: string): Promise<void> {
    await this.#db.delete("presets", name);
  }
}
