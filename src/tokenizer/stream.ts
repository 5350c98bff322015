/**
 * Decoding token by token. UTF-8 bytes are held back until their character is complete, so that no partial
 * character is ever returned; the results of all `push` calls and `end`, joined, equal `decode` of all ids at
 * once.
 */
import type { DecodeOptions, Tokenizer } from "./tokenizer.ts";
import { PIECE } from "./vocabulary.ts";

const SPACE = 0x20;

/** Decodes token by token; its results, joined, are the decoding of all tokens. */
export class TokenStream {
  readonly #tokenizer: Tokenizer;
  readonly #skipSpecial: boolean;
  readonly #shown: ReadonlySet<number> | undefined;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Whether a space at this place was added by SentencePiece and is not part of the text. */
  #dropSpace: boolean;
  readonly #dropsAll: boolean;
  /** Number of bytes that the last character still needs; larger only if the bytes are not valid UTF-8. */
  #missing = 0;

  constructor(tokenizer: Tokenizer, options: DecodeOptions = {}) {
    this.#tokenizer = tokenizer;
    this.#skipSpecial = options.skipSpecial ?? true;
    this.#shown = options.shown;
    const { kind, addSpacePrefix, normalizer } = tokenizer.vocabulary;
    const hasPrefix = addSpacePrefix || (kind !== "byte-bpe" && normalizer.removeExtraWhitespaces);
    this.#dropsAll = normalizer.removeExtraWhitespaces;
    this.#dropSpace = hasPrefix && options.continued !== true;
  }

  /** True while a character is incomplete. */
  get holds(): boolean {
    return this.#missing > 0;
  }

  /** True while the next id's leading space would be dropped. */
  get dropsSpace(): boolean {
    return this.#dropSpace;
  }

  /** Text that the id completes; "" if a character continues in the next id. */
  push(id: number): string {
    const { types } = this.#tokenizer.vocabulary;
    const bytes = this.#tokenizer.tokenBytes(id);
    if (types[id] === PIECE.control && this.#skipSpecial && this.#shown?.has(id) !== true) return "";
    const fresh = this.#withoutPrefix(bytes, types[id]);
    this.#missing = fresh.reduce(missingAfter, this.#missing);
    return this.#decoder.decode(fresh, { stream: true });
  }

  /** The rest: U+FFFD for an incomplete character. The stream then starts again, as a continuation. */
  end(): string {
    this.#missing = 0;
    return this.#decoder.decode();
  }

  #withoutPrefix(bytes: Uint8Array, type: number): Uint8Array {
    if (!this.#dropSpace || bytes.length === 0) return bytes;
    const isSpace = bytes.length === 1 && bytes[0] === SPACE;
    // If surplus spaces are removed, no text starts with one, so all are dropped.
    this.#dropSpace = isSpace && type !== PIECE.byte && this.#dropsAll;
    // The unknown piece's surface, byte pieces and shown special tokens are text without further changes.
    const literal = type === PIECE.unknown || type === PIECE.byte || type === PIECE.control;
    return !literal && bytes[0] === SPACE ? bytes.subarray(1) : bytes;
  }
}

/** Number of bytes that must follow this byte, given the number before it. */
function missingAfter(missing: number, byte: number): number {
  if (byte < 0x80) return 0;
  if (byte < 0xc0) return Math.max(0, missing - 1);
  if (byte < 0xe0) return 1;
  return byte < 0xf0 ? 2 : 3;
}
