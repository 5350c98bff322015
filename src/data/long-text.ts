/**
 * Long texts are encoded in parts, to bound memory and to share the work between threads. A text is cut after a line feed
 * or before a space, between letters or digits, and only if no piece of the vocabulary can cross such a place. Then no
 * token crosses it, and the tokens on either side do not depend on the other. Each cut is also tested on the text around
 * it. A text without a suitable place is encoded whole.
 */
import type { Tokenizer } from "../tokenizer/index.ts";

/** A text, or a part of one. */
export interface TextPart {
  readonly text: string;
  /** Whether parts of the same text come before and after it. */
  readonly continues: boolean;
  readonly goesOn: boolean;
}

/** Minimal length of a part, in UTF-16 units. */
const PART_LENGTH = 1 << 18;
/** Length of text searched for a cut at a time. */
const WINDOW_LENGTH = 1 << 14;
/** Length of text on either side on which a cut is tested. */
const TRIAL_LENGTH = 200;

/** A text is cut at the end of a match. Line feeds are preferred. */
const AFTER_LINE = /\S\n(?=[\p{L}\p{N}])/u;
const BEFORE_SPACE = /[A-Za-z0-9.,](?= [\p{L}\p{N}])/u;

const LINE_FEED = 0x0a;
const SPACE = 0x20;
/** ASCII letters and digits; upper and lower case differ in bit 0x20. */
const isPlain = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a);
/** Whether a letter or digit may start with the byte; outside ASCII every character counts as one. */
const startsWord = (byte: number): boolean => byte >= 0xc0 || isPlain(byte);
/** Whether it may precede a space at which a text is cut. */
const endsWord = (byte: number): boolean => isPlain(byte) || byte === 0x2c || byte === 0x2e;

/** Ids of a part as inside its text, without the space that a vocabulary adds to the start of a text. */
export function encodePart(
  tokenizer: Tokenizer,
  { text, continues }: Pick<TextPart, "text" | "continues">,
): number[] {
  if (!continues) return tokenizer.encode(text);
  return tokenizer.encode(`\n${text}`).slice(tokenizer.encode("\n").length);
}

/** Cuts texts for one vocabulary. */
export class TextCutter {
  readonly #tokenizer: Tokenizer;
  readonly #partLength: number;
  readonly #places: readonly RegExp[];

  constructor(tokenizer: Tokenizer, partLength = PART_LENGTH) {
    this.#tokenizer = tokenizer;
    this.#partLength = partLength;
    this.#places = placesOf(tokenizer);
  }

  /** Parts of the text in order; one if it is short. */
  cut(text: string): TextPart[] {
    const starts = [0];
    if (this.#places.length > 0) {
      for (let at = this.#next(text, 0); at !== undefined; at = this.#next(text, at)) starts.push(at);
    }
    return starts.map((start, i) => ({
      text: starts.length === 1 ? text : text.slice(start, starts[i + 1]),
      continues: i > 0,
      goesOn: i + 1 < starts.length,
    }));
  }

  /** The next cut at least one part after `start`. */
  #next(text: string, start: number): number | undefined {
    for (let from = start + this.#partLength; from < text.length; from += WINDOW_LENGTH) {
      const window = text.slice(from, from + WINDOW_LENGTH);
      for (const place of this.#places) {
        const match = place.exec(window);
        if (match === null) continue;
        const at = from + match.index + match[0].length;
        if (this.#isSound(text, at)) return at;
      }
    }
    return undefined;
  }

  #isSound(text: string, at: number): boolean {
    const left = text.slice(Math.max(0, at - TRIAL_LENGTH), at);
    const right = text.slice(at, at + TRIAL_LENGTH);
    const whole = this.#tokenizer.encode(left + right);
    const parts = [
      ...this.#tokenizer.encode(left),
      ...encodePart(this.#tokenizer, { text: right, continues: true }),
    ];
    return whole.length === parts.length && whole.every((id, i) => id === parts[i]);
  }
}

/** Patterns of places where texts may be cut, given the pieces. */
function placesOf(tokenizer: Tokenizer): RegExp[] {
  const { vocabulary, vocabSize, unkId } = tokenizer;
  const line = tokenizer.encode("\n");
  // A vocabulary that turns a line feed into a space, or drops it, has tokens that cross line feeds.
  if (line.some((id) => id === unkId) || tokenizer.decode(line) !== "\n") return [];
  if (vocabulary.added.some(({ special, lstrip }) => !special && lstrip === true)) return [];
  let afterLine = true;
  let beforeSpace = true;
  for (let id = 0; id < vocabSize; id++) {
    if (tokenizer.isSpecial(id)) continue;
    const bytes = tokenizer.tokenBytes(id);
    for (let i = 1; i < bytes.length; i++) {
      if (bytes[i - 1] === LINE_FEED && startsWord(bytes[i])) afterLine = false;
      const spaced = bytes[i] === SPACE && endsWord(bytes[i - 1]);
      if (spaced && (i + 1 === bytes.length || startsWord(bytes[i + 1]))) beforeSpace = false;
    }
  }
  return [...(afterLine ? [AFTER_LINE] : []), ...(beforeSpace ? [BEFORE_SPACE] : [])];
}
