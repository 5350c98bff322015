/**
 * Data for training: packs documents from any source into tokens on disk, and forms batches in an order that can be
 * resumed exactly. Depends on vocabularies, but not on models.
 */

export * from "./batches/index.ts";
export * from "./conversations/index.ts";
export { Corpus, type CorpusSource, Documents, openCorpus } from "./corpus.ts";
export type { CorpusFile, CorpusFileSource, CorpusFileSplit, SplitName, TokenType } from "./corpus-file.ts";
export * from "./documents/index.ts";
export { packCorpus } from "./pack.ts";
export type { PackOptions, PackProgress, PackReport, PackSource } from "./pack-options.ts";
export { tokenizerIdentity } from "./tokenizer-copy.ts";
export type { TokenArray, TokenDocuments, TrainingData, TrainingSource } from "./training-data.ts";
