/** Vocabularies of every kind: text to ids and back, also streamed, from all supported files. */
export { findLosses, type TokenizerLoss } from "./doctor.ts";
export { tokenizerFromGguf } from "./from-gguf.ts";
export { ggufFromVocabulary, hasGgufTokenizer, vocabularyFromGguf } from "./gguf-keys.ts";
export { lossesInGguf } from "./gguf-losses.ts";
export { vocabularyFromHf } from "./hf-json.ts";
export { writeHfTokenizer, writeHfTokenizerConfig } from "./hf-write.ts";
export { vocabularyFromLlama2c, writeLlama2c } from "./llama2c-bin.ts";
export {
  type OpenTokenizerOptions,
  openTokenizer,
  type TokenizerFormat,
  tokenizerFormat,
} from "./open.ts";
export { readSpmModel, type SpmModel, vocabularyFromSpm, writeSpmModel } from "./spm-model.ts";
export { spmFromVocabulary } from "./spm-write.ts";
export { TokenStream } from "./stream.ts";
export {
  LLAMA30_SPECIALS,
  LLAMA31_SPECIALS,
  type SpecialTokens,
  vocabularyFromTiktoken,
} from "./tiktoken.ts";
export { type DecodeOptions, type EncodeOptions, Tokenizer } from "./tokenizer.ts";
export type { TrainedFile } from "./training/kind.ts";
export type {
  ByteTrainingOptions,
  SpmTrainingOptions,
  TrainingProgress,
  TrainTokenizerOptions,
} from "./training/options.ts";
export { type TrainedTokenizer, type TrainingReport, trainTokenizer } from "./training/train.ts";
export {
  type AddedToken,
  findEnds,
  markersTypedAsText,
  type Normalizer,
  PIECE,
  type PieceType,
  type Vocabulary,
  type VocabularyKind,
} from "./vocabulary.ts";
export { withAddedTokens } from "./with-settings.ts";
