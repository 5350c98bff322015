/**
 * Guesses from the text itself ([PromptLookup]): where its last tokens have occurred before, the tokens after that place
 * may follow again. Good for answers that quote their prompt: summaries, edits, code.
 */

/** Length of the runs of tokens by which places are found. */
const KEY = 2;
/** Latest places that are compared. */
const PLACES = 16;
/** Longest common end of two places that is compared. */
const LONGEST = 16;
/** Ids of tokens are below this. */
const SPAN = 2 ** 21;

export class PromptLookup {
  readonly #tokens: number[] = [];
  /** By two tokens: the indices after them, in order. */
  readonly #places = new Map<number, number[]>();

  get length(): number {
    return this.#tokens.length;
  }

  accept(token: number): void {
    this.#tokens.push(token);
    const end = this.#tokens.length;
    if (end < KEY) return;
    const key = this.#keyAt(end);
    const places = this.#places.get(key);
    if (places === undefined) this.#places.set(key, [end]);
    else places.push(end);
  }

  #keyAt(end: number): number {
    return this.#tokens[end - 2] * SPAN + this.#tokens[end - 1];
  }

  /** At most `most` tokens that followed the longest earlier occurrence of the end of the text; the latest of equals. */
  guess(most: number): readonly number[] {
    const end = this.#tokens.length;
    if (end < KEY || most <= 0) return [];
    let [best, longest] = [-1, 0];
    for (const place of this.#places.get(this.#keyAt(end))?.slice(-1 - PLACES, -1) ?? []) {
      const common = this.#commonEnd(place, end);
      if (common >= longest) [best, longest] = [place, common];
    }
    return best < 0 ? [] : this.#tokens.slice(best, best + most);
  }

  /** Length of the common end of the tokens before `place` and before `end`. */
  #commonEnd(place: number, end: number): number {
    let length = KEY;
    while (
      length < LONGEST &&
      length < place &&
      this.#tokens[place - 1 - length] === this.#tokens[end - 1 - length]
    )
      length++;
    return length;
  }
}
