/** Conversations on disk: a JSON array of messages, as chat APIs take them. */
import type { ChatMessage } from "../index.ts";
import { FormatError } from "../index.ts";
import { platform } from "../platform/node.ts";

const MAX_BYTES = 64 << 20;

/** @throws FileError; also if the file exists and may not be replaced. */
export function writeConversation(
  path: string,
  messages: readonly ChatMessage[],
  { replace }: { readonly replace: boolean },
): void {
  using sink = platform.createFile(path, { overwrite: replace });
  sink.write(new TextEncoder().encode(`${JSON.stringify(messages, null, 2)}\n`));
  sink.commit();
}

/** @throws FileError and FormatError if it is not a conversation. */
export function readConversation(path: string): ChatMessage[] {
  const refuse = (found: string): FormatError =>
    new FormatError({
      doing: `read the conversation "${path}"`,
      expected: 'a JSON array of messages with "role" and "content"',
      found,
    });
  let read: unknown;
  try {
    read = JSON.parse(platform.readText(path, MAX_BYTES));
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse("invalid JSON");
    throw error;
  }
  if (!Array.isArray(read)) throw refuse("something else");
  const wrong = read.findIndex(
    (message) => typeof message?.role !== "string" || typeof message?.content !== "string",
  );
  if (wrong >= 0) throw refuse(`a different value as element ${wrong + 1}`);
  return read as ChatMessage[];
}
