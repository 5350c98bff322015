/** Assembles messages from typed lines; a message may have several lines. */

export interface LineForms {
  /** Prompts for the next line of a message. */
  readonly prompt: () => void;
  /** Represents a line break inside a line, as in pasted text. */
  readonly break: string;
}

const QUOTES = '"""';

/**
 * A line is a message. A line that ends with a backslash continues on the next one; one that begins with three quotes
 * continues until three quotes end a line. Blank messages are skipped.
 */
export async function* messagesOf(
  lines: AsyncIterable<string>,
  { prompt, break: mark }: LineForms,
): AsyncGenerator<string, void, void> {
  let begun: string[] = [];
  let quoted = false;
  const take = (): string => {
    const message = begun.join("\n");
    begun = [];
    quoted = false;
    return message;
  };
  for await (const line of lines) {
    const text = line.replaceAll(mark, "\n");
    const opens = !quoted && begun.length === 0 && text.trimStart().startsWith(QUOTES);
    const body = opens ? text.trimStart().slice(QUOTES.length) : text;
    if (quoted || opens) {
      quoted = true;
      const closes = body.trimEnd().endsWith(QUOTES);
      begun.push(closes ? body.trimEnd().slice(0, -QUOTES.length) : body);
      if (!closes) {
        prompt();
        continue;
      }
      const message = take().replace(/^\n|\n$/g, "");
      if (message.trim() === "") prompt();
      else yield message;
    } else if (text.endsWith("\\")) {
      begun.push(text.slice(0, -1));
      prompt();
    } else {
      begun.push(text);
      const message = take();
      if (message.trim() === "") prompt();
      else yield message;
    }
  }
  if (begun.some((line) => line.trim() !== "")) yield take();
}
