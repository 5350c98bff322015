/** Text from the standard input. */
import { fstatSync } from "node:fs";
import { RequestError } from "../base/errors.ts";
import { decodeText } from "./text-file.ts";

/** More than any context holds; endless input must not fill the memory. */
const MAX_INPUT_BYTES = 1 << 28;

const PATIENCE_MS = 3000;

/** True for a pipe or a file, false for a terminal or /dev/null. */
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
 * Reads all of the standard input, without the line break that `echo` appends. Undefined if a person would have to
 * type it.
 * @param isExpected false if there may be no input; a note is then printed while an open pipe sends nothing.
 */
export async function readPipedInput({ isExpected = true } = {}): Promise<string | undefined> {
  if (!isPiped()) return process.stdin.isTTY || !isExpected ? undefined : "";
  const hint = setTimeout(() => {
    process.stderr.write("waiting for the end of the standard input; use < /dev/null if there is none\n");
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
      fix: "check the piped input",
    });
  }
  clearTimeout(hint);
  return withoutFinalBreak(decodeText(Buffer.concat(chunks), "the standard input"));
}

/** Drops one line break at the end: editors and `echo` append it, and it affects the model. */
export function withoutFinalBreak(text: string): string {
  return text.replace(/\r?\n$/, "");
}
