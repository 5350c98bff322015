/** What the two kinds of training have in common. */
import type { Vocabulary } from "../vocabulary.ts";
import type { Merger } from "./merger.ts";
import type { Pace } from "./pace.ts";
import type { SymbolStore } from "./symbol-store.ts";

/**
 * A training of one kind: counts words, lays them out for merging, and creates a vocabulary from the merges.
 */
export interface Training {
  /** Number of distinct words. */
  readonly distinctWords: number;
  /** Parts of a document that can be counted one by one. */
  linesOf(document: string): Iterable<string>;
  /** Counts the words of a line; false if the line is skipped. */
  count(line: string): boolean;
  /**
   * Call once, after all text has been counted; the words are released. Throws RequestError if the mandatory
   * pieces do not fit.
   */
  prepare(pace: Pace): Promise<Prepared>;
  /** The vocabulary of these merges. */
  finish(prepared: Prepared, merges: readonly Merge[]): TrainedFiles;
}

export interface Prepared {
  readonly merger: Merger;
  /** Single characters or bytes; merges add theirs. */
  readonly symbols: SymbolStore;
  /** Number of pieces that are not the product of a merge. */
  readonly fixed: number;
  /** Number of characters of the text with their own piece; 256 for bytes. */
  readonly alphabetSize: number;
  /** Share of the text's characters that they cover. */
  readonly coverage: number;
}

/** Symbols: two halves and their product. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly product: number;
}

export interface TrainedFile {
  /** The usual file name: tokenizer.model, tokenizer.json, tokenizer_config.json. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface TrainedFiles {
  readonly vocabulary: Vocabulary;
  readonly files: readonly TrainedFile[];
}
