/**
 * What training reads: documents as tokens, by number, in named sources. A corpus on disk provides it, and so does a
 * set of examples in memory, whose documents also say which of their tokens are learnt.
 */
import type { Tokenizer } from "../tokenizer/index.ts";

export type TokenArray = Uint16Array | Uint32Array;

/** The documents of one split of a source, by number. */
export interface TokenDocuments {
  readonly count: number;
  readonly tokenCount: number;
  /** Number of the document's tokens, at least 1. */
  lengthOf(document: number): number;
  /** Tokens `from` to `to` of the document (default: all). */
  tokensOf(document: number, from?: number, to?: number): TokenArray;
  /** UTF-8 bytes of the document's text. */
  byteLengthOf(document: number): number;
  /** For each token of the same range 1 if it is learnt as a target, else 0. Absent: all are. */
  learntOf?(document: number, from: number, to: number): Uint8Array;
}

export interface TrainingSource {
  readonly name: string;
  /** Default share in a mixture, relative to the other sources. */
  readonly weight: number | undefined;
  readonly train: TokenDocuments;
  readonly heldOut: TokenDocuments;
}

export interface TrainingData {
  /** Hash of everything that training depends on: vocabulary, tokens, document borders, what is learnt. */
  readonly id: string;
  /** Where it is, for messages. */
  readonly path: string;
  readonly tokenizer: Tokenizer;
  /** The vocabulary's file. */
  readonly tokenizerPath: string | undefined;
  /** Whether documents start with BOS. */
  readonly startsWithBos: boolean;
  /** The token that ends documents and is not text: it is not scored. */
  readonly unscored: number | undefined;
  readonly sources: readonly TrainingSource[];
  /** @throws RequestError if there is no such source. */
  source(name: string): TrainingSource;
}
