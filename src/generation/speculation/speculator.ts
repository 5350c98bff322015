/** How many tokens a text guesses, and when it does: guesses that are refused cost time, so they soon become rare. */

/** Makes guesses; of a text itself, or of a smaller model. */
export interface GuessSource {
  /** A token of the text: of its prompt or of its answer. */
  accept(token: number): void;
  /** At most `most` tokens that may follow. */
  guess(most: number): readonly number[] | Promise<readonly number[]>;
}

/** Most guesses of one step. */
const MOST = 16;
/** Guesses of the first step. */
const FIRST = 4;
/** Longest pause after guesses that were refused, in tokens. */
const LONGEST_PAUSE = 64;

export class Speculator {
  readonly #source: GuessSource;
  #length = FIRST;
  /** Steps in a row whose guesses were mostly refused. */
  #refusals = 0;
  /** Tokens until the next guess. */
  #pause = 0;
  #guessed = 0;
  #accepted = 0;

  constructor(source: GuessSource) {
    this.#source = source;
  }

  /** Guessed tokens so far, and how many of them were right. */
  get counts(): { readonly guessed: number; readonly accepted: number } {
    return { guessed: this.#guessed, accepted: this.#accepted };
  }

  accept(token: number): void {
    this.#source.accept(token);
    if (this.#pause > 0) this.#pause--;
  }

  /** Tokens that may follow; none during a pause. */
  guess(most: number): readonly number[] | Promise<readonly number[]> {
    const length = Math.min(most, this.#length);
    return this.#pause > 0 || length <= 0 ? [] : this.#source.guess(length);
  }

  /** `accepted` of `guessed` tokens were right. If all were, the next guess is longer; else as long as was right. */
  verified(guessed: number, accepted: number): void {
    this.#guessed += guessed;
    this.#accepted += accepted;
    this.#length = accepted === guessed ? Math.min(MOST, 2 * this.#length) : accepted + 1;
    this.#refusals = 2 * accepted >= guessed ? 0 : this.#refusals + 1;
    if (this.#refusals > 1) this.#pause = Math.min(LONGEST_PAUSE, 2 ** this.#refusals);
  }
}
