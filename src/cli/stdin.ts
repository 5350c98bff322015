/** Text from the standard input. */
import { RequestError } from "../base/errors.ts";

/** More than any context holds; an input without end must not fill the memory. */
const MAX_INPUT_BYTES = 1 << 28;

/** All of it, without the line break that `echo` puts at the end. Undefined where a person would have to type it. */
export async function readPipedInput(): Promise<string | undefined> {
  if (process.stdin.isTTY) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).byteLength;
    if (length <= MAX_INPUT_BYTES) continue;
    throw new RequestError({
      doing: "read the standard input",
      expected: `at most ${MAX_INPUT_BYTES} bytes of text`,
      found: "more",
      fix: "check what is piped in",
    });
  }
  return withoutFinalBreak(Buffer.concat(chunks).toString("utf8"));
}

/** Drops one line break at the end: editors and `echo` put it there, and models notice. */
export function withoutFinalBreak(text: string): string {
  return text.replace(/\r?\n$/, "");
}
