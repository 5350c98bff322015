/**
 * Decoding token by token. UTF-8 bytes are held back until their character is whole, so that no half character
 * is ever given out; what all pushes and `end` give is exactly what `decode` gives for all ids at once.
 */
import type { DecodeOptions, Tokenizer } from "./tokenizer.ts";
import { PIECE } from "./vocabulary.ts";

const SPACE = 0x20;

/** Decodes token by token; what it gives, joined, is the decoding of all tokens. */
export class TokenStream {
  readonly #tokenizer: Tokenizer;
  readonly #skipSpecial: boolean;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Whether a space at this place is SentencePiece's own and not the text's. */
  #dropSpace: boolean;
  readonly #dropsAll: boolean;
  /** Bytes that the character at the end still needs; more than that only where the bytes are no UTF-8. */
  #missing = 0;

  constructor(tokenizer: Tokenizer, options: DecodeOptions = {}) {
    this.#tokenizer = tokenizer;
    this.#skipSpecial = options.skipSpecial ?? true;
    const { kind, addSpacePrefix, normalizer } = tokenizer.vocabulary;
    const hasPrefix = addSpacePrefix || (kind !== "byte-bpe" && normalizer.removeExtraWhitespaces);
    this.#dropsAll = normalizer.removeExtraWhitespaces;
    this.#dropSpace = hasPrefix && options.continued !== true;
  }

  /** True while a character is incomplete. */
  get holds(): boolean {
    return this.#missing > 0;
  }

  /** Text that the id completes; often "", if a character goes on in the next one. */
  push(id: number): string {
    const { types } = this.#tokenizer.vocabulary;
    const bytes = this.#tokenizer.tokenBytes(id);
    if (types[id] === PIECE.control && this.#skipSpecial) return "";
    const fresh = this.#withoutPrefix(bytes, types[id]);
    this.#missing = fresh.reduce(missingAfter, this.#missing);
    return this.#decoder.decode(fresh, { stream: true });
  }

  /** What is left: U+FFFD for a character that never became whole. The stream then starts anew, continued. */
  end(): string {
    this.#missing = 0;
    return this.#decoder.decode();
  }

  #withoutPrefix(bytes: Uint8Array, type: number): Uint8Array {
    if (!this.#dropSpace || bytes.length === 0) return bytes;
    const isSpace = bytes.length === 1 && bytes[0] === SPACE;
    // Where surplus spaces are removed, none stands at the start of a text, so all go.
    this.#dropSpace = isSpace && type !== PIECE.byte && this.#dropsAll;
    // The unknown piece's surface and byte pieces are text as they are; so is a special token that is shown.
    const literal = type === PIECE.unknown || type === PIECE.byte || type === PIECE.control;
    return !literal && bytes[0] === SPACE ? bytes.subarray(1) : bytes;
  }
}

/** Bytes still to come after this byte, if so many were to come before it. */
function missingAfter(missing: number, byte: number): number {
  if (byte < 0x80) return 0;
  if (byte < 0xc0) return Math.max(0, missing - 1);
  if (byte < 0xe0) return 1;
  return byte < 0xf0 ? 2 : 3;
}
