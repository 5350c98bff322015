/** Messages of a chat from a pipe. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { decodeText } from "./text-file.ts";

export interface PipedOptions {
  /** Each line that is not blank is a message. */
  readonly eachLine: boolean;
  /** Silence that ends a message, in milliseconds. Default 1000. */
  readonly restMs?: number | undefined;
}

/**
 * A message is all input until the pipe ends or pauses, because a program at its other end may wait for the
 * answer before it continues. Blank messages are skipped.
 */
export async function* pipedMessages(
  input: Readable,
  { eachLine, restMs = 1000 }: PipedOptions,
): AsyncGenerator<string, void, void> {
  const parts = eachLine ? createInterface({ input }) : wholeTexts(input, restMs);
  // An open pipe must not keep the process alive once nobody reads it.
  try {
    for await (const part of parts) if (part.trim() !== "") yield part.replace(/\r?\n$/, "");
  } finally {
    input.destroy();
  }
}

async function* wholeTexts(input: Readable, restMs: number): AsyncGenerator<string, void, void> {
  const chunks: Buffer[] = [];
  const take = (): string => decodeText(Buffer.concat(chunks.splice(0)), "the standard input");
  const source = input[Symbol.asyncIterator]();
  const read = () => source.next().then((chunk) => chunk as IteratorResult<Buffer>);
  let next = read();
  while (true) {
    let timer: NodeJS.Timeout | undefined;
    const rest = new Promise<"rests">((resolve) => {
      if (chunks.length > 0) timer = setTimeout(() => resolve("rests"), restMs);
    });
    const found = await Promise.race([next, rest]);
    clearTimeout(timer);
    if (found === "rests") yield take();
    else if (found.done) break;
    else {
      chunks.push(Buffer.from(found.value));
      next = read();
    }
  }
  if (chunks.length > 0) yield take();
}
