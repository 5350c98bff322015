/**
 * Data for training: documents of any source to tokens on disk, and these to batches in an order that can be resumed
 * exactly. Knows vocabularies, but no model.
 */

export * from "./batches/index.ts";
export { Corpus, type CorpusSource, Documents, openCorpus, type TokenArray } from "./corpus.ts";
export type { CorpusFile, CorpusFileSource, CorpusFileSplit, SplitName, TokenType } from "./corpus-file.ts";
export * from "./documents/index.ts";
export { packCorpus } from "./pack.ts";
export type { PackOptions, PackProgress, PackReport, PackSource } from "./pack-options.ts";
export { tokenizerIdentity } from "./tokenizer-copy.ts";
