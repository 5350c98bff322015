/**
 * Shapes for benchmarks of training. A separate file, so that the help of a command can list them without loading
 * more.
 */

export interface TrainingSizes {
  readonly dim: number;
  readonly layers: number;
  readonly heads: number;
  readonly ffnDim: number;
  readonly vocabSize: number;
  readonly rows: number;
  readonly length: number;
}

/** Shapes by name; the first is the default. All have a tied head. */
export const TRAINING_SIZES: Readonly<Record<string, TrainingSizes>> = {
  d288: { dim: 288, layers: 6, heads: 6, ffnDim: 768, vocabSize: 4096, rows: 8, length: 256 },
  "d288-v32k": { dim: 288, layers: 6, heads: 6, ffnDim: 768, vocabSize: 32000, rows: 8, length: 256 },
  "d768-v32k": { dim: 768, layers: 12, heads: 12, ffnDim: 2048, vocabSize: 32000, rows: 1, length: 512 },
  d128: { dim: 128, layers: 6, heads: 4, ffnDim: 352, vocabSize: 4096, rows: 8, length: 256 },
  d512: { dim: 512, layers: 6, heads: 8, ffnDim: 1376, vocabSize: 4096, rows: 8, length: 256 },
  d1024: { dim: 1024, layers: 6, heads: 16, ffnDim: 2752, vocabSize: 4096, rows: 4, length: 256 },
};

export const TRAINING_SHAPES: readonly string[] = Object.keys(TRAINING_SIZES);
