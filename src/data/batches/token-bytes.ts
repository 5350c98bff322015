/** Number of text bytes per token, for bits per byte. */
import type { Tokenizer } from "../../tokenizer/index.ts";

const SPACE = 0x20;

/**
 * Bytes per token. BOS and EOS count 0. If the vocabulary adds a space to the start of a text, that space is not
 * counted. For a vocabulary that preserves all text, the tokens of a document add up to its bytes.
 */
export class TokenBytes {
  readonly #bytes: Uint32Array;
  /** Index of the token that may have an added space; undefined if none is added. */
  readonly #spaced: number | undefined;
  readonly #startsWithSpace: (id: number) => boolean;

  /** @param bos whether documents start with BOS. */
  constructor(tokenizer: Tokenizer, { bos }: { readonly bos: boolean }) {
    const { kind, addSpacePrefix, spacePrefixIfMissing, normalizer, pieces } = tokenizer.vocabulary;
    this.#bytes = Uint32Array.from(pieces, (_, id) =>
      tokenizer.isSpecial(id) && id !== tokenizer.unkId ? 0 : tokenizer.tokenBytes(id).byteLength,
    );
    const prefixed = addSpacePrefix || (kind !== "byte-bpe" && normalizer.removeExtraWhitespaces);
    this.#spaced = prefixed && spacePrefixIfMissing !== true ? Number(bos) : undefined;
    this.#startsWithSpace = (id) => tokenizer.tokenBytes(id)[0] === SPACE;
  }

  /** @param index position of the token in its document, from 0. */
  of(id: number, index: number): number {
    const bytes = this.#bytes[id];
    return index === this.#spaced && bytes > 0 && this.#startsWithSpace(id) ? bytes - 1 : bytes;
  }
}
