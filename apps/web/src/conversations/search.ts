/** Finds conversations by their titles and texts. The texts are read when somebody first searches, and kept in small letters. */
import type { Conversation, Message } from "./types.ts";

export class ConversationSearch {
  readonly #read: () => Promise<readonly Message[]>;
  readonly #readOne: (id: string) => Promise<readonly Message[]>;
  #texts: Promise<Map<string, string>> | undefined;

  constructor(read: () => Promise<readonly Message[]>, readOne: (id: string) => Promise<readonly Message[]>) {
    this.#read = read;
    this.#readOne = readOne;
  }

  /** Conversations with all of the words, those with the words in their titles first. */
  async find(conversations: readonly Conversation[], query: string): Promise<readonly Conversation[]> {
    const words = wordsOf(query);
    if (words.length === 0) return conversations;
    const texts = await this.warm();
    const hits = (text: string): boolean => words.every((word) => text.includes(word));
    const titled: Conversation[] = [];
    const others: Conversation[] = [];
    for (const conversation of conversations) {
      const title = conversation.title.toLocaleLowerCase();
      if (hits(title)) titled.push(conversation);
      else if (hits(`${title}\n${texts.get(conversation.id) ?? ""}`)) others.push(conversation);
    }
    return [...titled, ...others];
  }

  /** Reads the texts, so that the first search is as fast as others. */
  warm(): Promise<Map<string, string>> {
    this.#texts ??= this.#read().then(textsOf);
    return this.#texts;
  }

  /** Reads a conversation again. */
  async refresh(id: string): Promise<void> {
    if (this.#texts === undefined) return;
    const texts = await this.#texts;
    texts.set(id, textsOf(await this.#readOne(id)).get(id) ?? "");
  }
}

const wordsOf = (query: string): string[] =>
  query
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");

function textsOf(messages: readonly Message[]): Map<string, string> {
  const parts = new Map<string, string[]>();
  for (const { conversation, text } of messages) {
    const known = parts.get(conversation);
    if (known === undefined) parts.set(conversation, [text]);
    else known.push(text);
  }
  return new Map([...parts].map(([id, texts]) => [id, texts.join("\n").toLocaleLowerCase()]));
}
