/** Measures how well a model predicts text, comparable between models. Depends on neither files nor the trainer. */
export {
  bitsPerByteOf,
  type ScoredText,
  type ScoreOptions,
  type Scorer,
  scoreText,
  totalOf,
} from "./bits-per-byte.ts";
