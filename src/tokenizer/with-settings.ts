/**
 * Applies the settings files of transformers to a vocabulary whose own file lacks these settings
 * (SentencePiece).
 */
import { TokenizerError } from "../base/errors.ts";
import { chatTemplateOf, type HfSettings, tokenText } from "./hf-settings.ts";
import { defined } from "./json-value.ts";
import { type AddedToken, checkVocabulary, findEnds, PIECE, type Vocabulary } from "./vocabulary.ts";

/** Ids may leave holes, but a small file must not create a huge vocabulary. */
export const MAX_HOLES = 1 << 14;

/**
 * The vocabulary with added tokens at their ids; those after its end are appended. @throws TokenizerError.
 */
export function withAddedTokens(vocabulary: Vocabulary, tokens: readonly AddedToken[]): Vocabulary {
  const fresh = tokens.filter(({ id, content }) => vocabulary.pieces[id] !== content);
  if (fresh.length === 0) return vocabulary;
  const most = vocabulary.pieces.length + fresh.length + MAX_HOLES;
  const length = Math.max(vocabulary.pieces.length, ...fresh.map(({ id }) => id + 1));
  if (length > most) {
    throw new TokenizerError({
      doing: `add tokens to the vocabulary of "${vocabulary.name}"`,
      expected: `ids below ${most}`,
      found: String(length - 1),
    });
  }
  const pieces = Array.from({ length }, (_, id) => vocabulary.pieces[id] ?? "");
  const types = new Uint8Array(length).fill(PIECE.unused);
  types.set(vocabulary.types);
  const scores = new Float32Array(length);
  scores.set(vocabulary.scores);
  for (const { id, content, special } of fresh) {
    pieces[id] = content;
    types[id] = special ? PIECE.control : PIECE.userDefined;
  }
  const ids = new Set(fresh.map(({ id }) => id));
  const added = [...vocabulary.added.filter(({ id }) => !ids.has(id)), ...fresh];
  return { ...vocabulary, pieces, types, scores, added };
}

/**
 * The vocabulary with the settings of tokenizer_config.json and the files next to it. @throws TokenizerError.
 */
export function withHfSettings(plain: Vocabulary, { keys, added }: HfSettings): Vocabulary {
  const vocabulary = withAddedTokens(plain, added);
  const { pieces, types } = vocabulary;
  const idOf = (key: "bos" | "eos" | "pad" | "unk"): number | undefined => {
    const text = tokenText(keys[`${key}_token`]);
    const id = text === undefined ? -1 : pieces.indexOf(text);
    return id < 0 ? vocabulary[`${key}Id`] : id;
  };
  const [bosId, eosId] = [idOf("bos"), idOf("eos")];
  const flag = (key: string, fallback: boolean): boolean =>
    typeof keys[key] === "boolean" ? keys[key] : fallback;
  const { eotId: _, eogIds: __, ...rest } = vocabulary;
  return checkVocabulary({
    ...rest,
    ...defined({ bosId, eosId, padId: idOf("pad"), unkId: idOf("unk") }),
    ...findEnds(pieces, types, { eosId }),
    addBos: flag("add_bos_token", vocabulary.addBos) && bosId !== undefined,
    addEos: flag("add_eos_token", vocabulary.addEos) && eosId !== undefined,
    addSpacePrefix: flag("add_prefix_space", vocabulary.addSpacePrefix),
    // "legacy" adds the space after every special token as well.
    spacePrefixAfterAdded: flag("legacy", vocabulary.spacePrefixAfterAdded),
    ...defined({ chatTemplate: chatTemplateOf(keys) ?? vocabulary.chatTemplate }),
  });
}
