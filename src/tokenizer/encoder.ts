/** The interface of all encoders. */

export interface Encoder {
  /**
   * Appends the ids of a segment of well-formed text without added tokens.
   * @param atStart whether a dummy space prefix (where the vocabulary has one) belongs here.
   */
  encode(text: string, atStart: boolean, out: number[]): void;
}
