/** What every way of encoding offers to the tokenizer. */

export interface Encoder {
  /**
   * Appends the ids of a stretch of well-formed text that holds no added token.
   * @param atStart whether a dummy space prefix (where the vocabulary has one) belongs here.
   */
  encode(text: string, atStart: boolean, out: number[]): void;
}
