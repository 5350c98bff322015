/** The next turn of a conversation begins with the tokens that were generated, not with others of the same text. */
import type { Tokenizer } from "../../tokenizer/index.ts";

/** A prompt and the answer to it, without the token that ended it. */
export interface KnownTurn {
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
}

/** How templates write an answer: they put a space before it, or take white space off its ends. */
function writings(answer: string): Set<string> {
  const starts = [answer, ` ${answer}`, answer.startsWith(" ") ? answer.slice(1) : answer];
  return new Set([...starts, ...starts.map((text) => text.trimEnd())]);
}

/**
 * The model's own way to cut its answer into tokens need not be the tokenizer's, and a template may write another space
 * before it than the model did. Where a rendered conversation goes on from a known turn, the turn's tokens take the
 * place of the rendered ones: the model sees what it wrote, and the cache knows it.
 */
export function withGenerated(
  tokenizer: Tokenizer,
  { prompt, answer }: KnownTurn,
  next: readonly number[],
): number[] {
  const shown = { skipSpecial: false, continued: true };
  const before = tokenizer.decode(prompt, shown);
  const whole = tokenizer.decode([...prompt, ...answer], shown);
  if (!whole.startsWith(before)) return [...next]; // a character that begins in the one and ends in the other
  for (const text of writings(whole.slice(before.length))) {
    const length = lengthOf(tokenizer, before + text, next);
    if (length !== undefined) return [...prompt, ...answer, ...next.slice(length)];
  }
  return [...next];
}

/** How many of the tokens say just this text; undefined where none of their borders lies at its end. */
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
