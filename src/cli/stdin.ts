/** Text from the standard input. */

/** All of it, without the line break that `echo` puts at the end. Undefined where a person would have to type it. */
export async function readPipedInput(): Promise<string | undefined> {
  if (process.stdin.isTTY) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return withoutFinalBreak(Buffer.concat(chunks).toString("utf8"));
}

/** Drops one line break at the end: editors and `echo` put it there, and models notice. */
export function withoutFinalBreak(text: string): string {
  return text.replace(/\r?\n$/, "");
}
