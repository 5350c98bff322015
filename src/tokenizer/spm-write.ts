/** Writes a SentencePiece `.model` from a vocabulary that came from another kind of file. */
import { UnsupportedError } from "../base/errors.ts";
import { newField, writeMessage } from "./protobuf.ts";
import { PIECE, type Vocabulary } from "./vocabulary.ts";

const { varint, bytes, text, float } = newField;

/**
 * Bytes of a `.model` with these pieces, scores and rules (field numbers: spm-model.ts). Only for the
 * SentencePiece kinds; throws UnsupportedError for byte-level vocabularies.
 */
export function spmFromVocabulary(vocabulary: Vocabulary): Uint8Array {
  const { kind, pieces, scores, types, normalizer } = vocabulary;
  if (kind === "byte-bpe") {
    throw new UnsupportedError({
      doing: `write "${vocabulary.name}" as a SentencePiece model`,
      found: "a byte-level vocabulary",
      fix: "write tokenizer.json or a GGUF file instead",
    });
  }
  const fields = pieces.map((piece, id) => {
    const piecesFields = [text(1, piece), float(2, scores[id])];
    if (types[id] !== PIECE.normal) piecesFields.push(varint(3, types[id]));
    return bytes(1, writeMessage(piecesFields));
  });
  const trainer = [
    varint(3, kind === "unigram" ? 1 : 2),
    varint(4, pieces.length),
    varint(35, types.includes(PIECE.byte)),
    varint(40, vocabulary.unkId ?? -1),
    varint(41, vocabulary.bosId ?? -1),
    varint(42, vocabulary.eosId ?? -1),
    varint(43, vocabulary.padId ?? -1),
  ];
  const rules = [
    text(1, normalizer.charsmap === undefined ? "identity" : "user_defined"),
    ...(normalizer.charsmap === undefined ? [] : [bytes(2, normalizer.charsmap)]),
    varint(3, vocabulary.addSpacePrefix),
    varint(4, normalizer.removeExtraWhitespaces),
    varint(5, true),
  ];
  return writeMessage([...fields, bytes(2, writeMessage(trainer)), bytes(3, writeMessage(rules))]);
}
