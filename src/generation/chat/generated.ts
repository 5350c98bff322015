/** Makes the next turn of a conversation begin with the generated tokens, not with other tokens of the same text. */
import type { Tokenizer } from "../../tokenizer/index.ts";

/** A prompt and the answer to it, without the token that ended it. */
export interface KnownTurn {
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
}

/** Ways in which templates write an answer: some put a space before it, some trim white space at its ends. */
function writings(answer: string): Set<string> {
  const starts = [answer, ` ${answer}`, answer.startsWith(" ") ? answer.slice(1) : answer];
  return new Set([...starts, ...starts.map((text) => text.trimEnd())]);
}

/**
 * A model may split its answer into other tokens than the tokenizer would, and a template may write another space
 * before it than the model did. If a rendered conversation continues a known turn, the turn's tokens replace the
 * rendered ones. So the model sees exactly what it wrote, and the cache matches it.
 */
export function withGenerated(
  tokenizer: Tokenizer,
  { prompt, answer }: KnownTurn,
  next: readonly number[],
): number[] {
  const shown = { skipSpecial: false, continued: true };
  const before = tokenizer.decode(prompt, shown);
  const whole = tokenizer.decode([...prompt, ...answer], shown);
  if (!whole.startsWith(before)) return [...next]; // a character spans both
  for (const text of writings(whole.slice(before.length))) {
    const length = lengthOf(tokenizer, before + text, next);
    if (length !== undefined) return [...prompt, ...answer, ...next.slice(length)];
  }
  return [...next];
}

/** Number of tokens that decode to exactly this text; undefined if no token boundary falls at its end. */
function lengthOf(tokenizer: Tokenizer, text: string, tokens: readonly number[]): number | undefined {
  const stream = tokenizer.stream({ skipSpecial: false, continued: true });
  let at = 0;
  for (let i = 0; i < tokens.length; i++) {
    if (at === text.length && !stream.holds && i > 0) return i;
    const piece = stream.push(tokens[i]);
    if (!text.startsWith(piece, at)) return undefined;
    at += piece.length;
  }
  return undefined;
}
