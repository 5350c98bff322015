/** Conversations to files on the person's disk, and from them. */
import type { App } from "../app.ts";
import { pathTo } from "../conversations/tree.ts";
import type { Conversation, Message } from "../conversations/types.ts";
import { ExchangeError, readConversations, toOpenAi, toOwn, toShareGpt } from "../exchange/index.ts";

export type ExportForm = "own" | "openai" | "sharegpt";

const path = ({ head }: Conversation, messages: readonly Message[]): Message[] =>
  pathTo(new Map(messages.map((message) => [message.id, message])), head);

const FORMS: Readonly<
  Record<ExportForm, (conversation: Conversation, messages: readonly Message[]) => object>
> = {
  own: (conversation, messages) => toOwn([conversation], messages),
  openai: (conversation, messages) => toOpenAi(conversation, path(conversation, messages)),
  sharegpt: (conversation, messages) => toShareGpt(conversation, path(conversation, messages)),
};

export async function downloadConversation(app: App, id: string, form: ExportForm): Promise<void> {
  const conversation = app.store.conversation(id);
  if (conversation === undefined) return;
  const name = conversation.title.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60);
  download(`${name}.json`, FORMS[form](conversation, await app.store.messagesOf(id)));
}

export async function downloadEverything(app: App): Promise<void> {
  const { conversations, messages } = await app.store.everything();
  download(`cria-chats-${new Date().toISOString().slice(0, 10)}.json`, toOwn(conversations, messages));
}

function download(name: string, value: object): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(value, null, 2)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Adds the conversations of files. What cannot be read is told, and nothing of that file is kept. */
export async function importFiles(app: App, files: readonly File[]): Promise<void> {
  for (const file of files) {
    try {
      const found = readConversations(await file.text());
      await app.store.putMany(
        found.map(({ conversation }) => conversation),
        found.flatMap(({ messages }) => messages),
      );
      app.toast(`Imported ${found.length === 1 ? "a chat" : `${found.length} chats`} from ${file.name}`);
    } catch (error) {
      const reason = error instanceof ExchangeError ? error.message : String(error);
      app.toast(`Cannot import ${file.name}: ${reason}`, undefined, 10_000);
    }
  }
}
