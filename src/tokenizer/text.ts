/** Text functions that all encoders need. */

/** U+2581, which represents a space in SentencePiece vocabularies. */
export const SPACE_MARK = "\u2581";

const LONE_SURROGATE = /\p{Surrogate}/gu;

/** JavaScript strings may contain lone surrogates; UTF-8 cannot. Each lone surrogate becomes U+FFFD. */
export function wellFormed(text: string): string {
  return text.search(LONE_SURROGATE) < 0 ? text : text.replace(LONE_SURROGATE, "\ufffd");
}

/** Appends the UTF-8 bytes of a code point. */
export function pushUtf8(bytes: number[], codePoint: number): void {
  if (codePoint < 0x80) bytes.push(codePoint);
  else if (codePoint < 0x800) bytes.push(0xc0 | (codePoint >> 6), 0x80 | (codePoint & 63));
  else if (codePoint < 0x10000) {
    bytes.push(0xe0 | (codePoint >> 12), 0x80 | ((codePoint >> 6) & 63), 0x80 | (codePoint & 63));
  } else {
    bytes.push(0xf0 | (codePoint >> 18), 0x80 | ((codePoint >> 12) & 63));
    bytes.push(0x80 | ((codePoint >> 6) & 63), 0x80 | (codePoint & 63));
  }
}

/** A cache from words to ids that is cleared when it is full, so that its size is bounded. */
export class WordCache {
  static readonly #CAPACITY = 1 << 16;
  static readonly #MAX_WORD_LENGTH = 48;
  readonly #words = new Map<string, readonly number[]>();

  get(word: string): readonly number[] | undefined {
    return word.length > WordCache.#MAX_WORD_LENGTH ? undefined : this.#words.get(word);
  }
  set(word: string, ids: readonly number[]): void {
    if (word.length > WordCache.#MAX_WORD_LENGTH) return;
    if (this.#words.size >= WordCache.#CAPACITY) this.#words.clear();
    this.#words.set(word, ids);
  }
}
