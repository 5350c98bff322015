/** Text from the standard input. */
import { fstatSync } from "node:fs";
import { RequestError } from "../base/errors.ts";
import { decodeText } from "./text-file.ts";

/** More than any context holds; an input without end must not fill the memory. */
const MAX_INPUT_BYTES = 1 << 28;

const PATIENCE_MS = 3000;

/** A pipe or a file: not a terminal, not /dev/null. */
function isPiped(): boolean {
  if (process.stdin.isTTY) return false;
  try {
    const found = fstatSync(0);
    return found.isFIFO() || found.isSocket() || found.isFile();
  } catch {
    return false; // closed
  }
}

/**
 * All of it, without the line break that `echo` puts at the end. Undefined where a person would have to type it.
 * @param isExpected false: it may well be that nothing comes; whoever keeps a pipe open without a word is told.
 */
export async function readPipedInput({ isExpected = true } = {}): Promise<string | undefined> {
  if (!isPiped()) return process.stdin.isTTY || !isExpected ? undefined : "";
  const hint = setTimeout(() => {
    process.stderr.write("waiting for the end of the standard input; < /dev/null says that there is none\n");
  }, PATIENCE_MS);
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
  clearTimeout(hint);
  return withoutFinalBreak(decodeText(Buffer.concat(chunks), "the standard input"));
}

/** Drops one line break at the end: editors and `echo` put it there, and models notice. */
export function withoutFinalBreak(text: string): string {
  return text.replace(/\r?\n$/, "");
}
