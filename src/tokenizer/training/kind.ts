/** What the two kinds of training have in common. */
import type { Vocabulary } from "../vocabulary.ts";
import type { Merger } from "./merger.ts";
import type { Pace } from "./pace.ts";
import type { SymbolStore } from "./symbol-store.ts";

/** A training of one kind: counts words, lays them out for merging, and makes a vocabulary of what was merged. */
export interface Training {
  /** Distinct words that were counted. */
  readonly distinctWords: number;
  /** Parts of a document that can be counted one by one. */
  linesOf(document: string): Iterable<string>;
  /** Counts the words of a line; false if the line is left out. */
  count(line: string): boolean;
  /** To be called once, when all text is counted; the words are given up. Throws RequestError if what must have a piece does not fit. */
  prepare(pace: Pace): Promise<Prepared>;
  /** The vocabulary of what was merged. */
  finish(prepared: Prepared, merges: readonly Merge[]): TrainedFiles;
}

export interface Prepared {
  readonly merger: Merger;
  /** Single characters or bytes; merges add theirs. */
  readonly symbols: SymbolStore;
  /** Pieces that are no product of a merge. */
  readonly fixed: number;
  /** Characters of the text that have a piece of their own; 256 for bytes. */
  readonly alphabetSize: number;
  /** Share of the text's characters that are among them. */
  readonly coverage: number;
}

/** Symbols: two halves and their product. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly product: number;
}

export interface TrainedFile {
  /** As the field names it: tokenizer.model, tokenizer.json, tokenizer_config.json. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface TrainedFiles {
  readonly vocabulary: Vocabulary;
  readonly files: readonly TrainedFile[];
}
