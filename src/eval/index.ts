/** Measures of a model on text: what it needs to predict it, comparable between models. Knows no files and no trainer. */
export {
  bitsPerByteOf,
  type ScoredText,
  type ScoreOptions,
  type Scorer,
  scoreText,
} from "./bits-per-byte.ts";
