/**
 * Prompts from text to tokens, and limits on the text. Turning text into tokens takes time on the main thread, so text that cannot fit
 * the context is refused by its length: a token stands for at most so many characters.
 */
import { ContextError } from "../base/errors.ts";
import type { Model } from "../library/model.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

const longest = new WeakMap<Tokenizer, number>();

/** UTF-16 units of the longest token; more for a vocabulary that drops spaces. */
function longestToken(tokenizer: Tokenizer): number {
  let known = longest.get(tokenizer);
  if (known === undefined) {
    known = tokenizer.vocabulary.normalizer.removeExtraWhitespaces ? Number.POSITIVE_INFINITY : 1;
    // A character has at least as many bytes as UTF-16 units.
    for (let id = 0; id < tokenizer.vocabSize; id++) known = Math.max(known, tokenizer.tokenBytes(id).length);
    longest.set(tokenizer, known);
  }
  return known;
}

/** @throws ContextError if a text of this length cannot fit the model's context, with the counts. */
export function checkTextLength({ tokenizer, context }: Model, length: number): void {
  const least = Math.ceil(length / longestToken(tokenizer));
  if (least < context) return;
  throw new ContextError({
    doing: "generate",
    expected: `a prompt of at most ${context - 1} tokens`,
    found: `${length} characters, which are at least ${least}`,
    fix: "shorten it, or serve the model with a larger --context",
  });
}

/** The tokens of a text, with BOS if the model was trained with it. Special tokens in the text stay text. */
export function encodePrompt(model: Model, text: string): number[] {
  checkTextLength(model, text.length);
  return model.tokenizer.encode(text, { bos: model.tokenizer.addBos });
}

/** Texts between which the event loop runs. */
const BATCH = 4;

/** Maps items one after the other, and lets other work run in between. */
export async function mapGently<Item, Result>(
  items: readonly Item[],
  change: (item: Item, index: number) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const [i, item] of items.entries()) {
    if (i % BATCH === BATCH - 1) await new Promise((resolve) => setImmediate(resolve));
    results.push(change(item, i));
  }
  return results;
}
