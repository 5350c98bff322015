/** Measures of a model on text. */
export {
  bitsPerByteOf,
  type ScoredText,
  type ScoreOptions,
  type Scorer,
  scoreText,
} from "./bits-per-byte.ts";
