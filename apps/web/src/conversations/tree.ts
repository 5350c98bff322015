/** The tree of a conversation's messages. A message with several answers, or versions of a question, has several children. */
import type { Message } from "./types.ts";

export type MessageMap = ReadonlyMap<string, Message>;

/** The messages from the first to this one. */
export function pathTo(messages: MessageMap, head: string | undefined): Message[] {
  const path: Message[] = [];
  const seen = new Set<string>();
  for (let id = head; id !== undefined && !seen.has(id); ) {
    const message = messages.get(id);
    if (message === undefined) break;
    seen.add(id);
    path.push(message);
    id = message.parent;
  }
  return path.reverse();
}

/** The children of each message, oldest first; those without a parent are at undefined. */
export function childrenOf(messages: MessageMap): Map<string | undefined, Message[]> {
  const children = new Map<string | undefined, Message[]>();
  const sorted = [...messages.values()].sort((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1));
  for (const message of sorted) {
    const known = children.get(message.parent);
    if (known === undefined) children.set(message.parent, [message]);
    else known.push(message);
  }
  return children;
}

/** The newest message below this one: where the path goes on when somebody turns to it. */
export function leafUnder(children: ReturnType<typeof childrenOf>, id: string): string {
  let leaf = id;
  for (let next = children.get(leaf)?.at(-1); next !== undefined; next = children.get(leaf)?.at(-1))
    leaf = next.id;
  return leaf;
}
