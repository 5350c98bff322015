/**
 * New special tokens in a model's vocabulary. Their rows of the embedding and of the output projection begin as the mean of
 * the known rows, so that the model's other logits hardly change.
 */
import { ConfigError } from "../base/errors.ts";
import type { ModelConfig } from "../config/config.ts";
import { withConfig } from "../config/config.ts";
import { findEnds, Tokenizer, withAddedTokens } from "../tokenizer/index.ts";

export interface Extended {
  readonly tokenizer: Tokenizer;
  readonly config: ModelConfig;
  /** Ids of the new tokens. */
  readonly ids: readonly number[];
}

/**
 * The vocabulary with these special tokens at its end, and the configuration of a model with rows for them. Known ones stay.
 * @throws ConfigError for a token that is known as an ordinary piece.
 */
export function extendVocabulary(
  tokenizer: Tokenizer,
  config: ModelConfig,
  tokens: readonly string[],
): Extended {
  const fresh = [...new Set(tokens)].filter((token) => {
    const known = tokenizer.idOf(token);
    if (known === undefined) return true;
    if (tokenizer.isSpecial(known)) return false;
    const found = `${JSON.stringify(token)}, an ordinary piece`;
    throw new ConfigError({
      doing: "add tokens to the vocabulary",
      expected: "texts that are no pieces",
      found,
    });
  });
  if (fresh.length === 0) return { tokenizer, config, ids: [] };
  const first = tokenizer.vocabSize;
  const added = fresh.map((content, i) => ({ id: first + i, content, special: true }));
  const plain = withAddedTokens(tokenizer.vocabulary, added);
  const ends = findEnds(plain.pieces, plain.types, { eosId: plain.eosId });
  const extended = new Tokenizer({ ...plain, ...ends });
  const fields = {
    vocabSize: Math.max(config.vocabSize, extended.vocabSize),
    eosIds: [...new Set([...config.eosIds, ...extended.eogIds])],
  };
  return {
    tokenizer: extended,
    config: withConfig(config, fields, { name: "the extended vocabulary" }),
    ids: added.map(({ id }) => id),
  };
}

/** Sets rows of a matrix [rows, columns] to the mean of its first `known` rows. */
export function fillWithMean(
  matrix: Float32Array,
  columns: number,
  known: number,
  rows: readonly number[],
): void {
  const mean = new Float64Array(columns);
  for (let row = 0; row < known; row++)
    for (let i = 0; i < columns; i++) mean[i] += matrix[row * columns + i] / known;
  for (const row of rows) matrix.set(mean, row * columns);
}
