/**
 * A SentencePiece `.model` file of any SentencePiece vocabulary, for targets that want one where the source had
 * its vocabulary in another form. Fields as in spm-model.ts; what the vocabulary does not know (how it was
 * trained) is left out, and SentencePiece has defaults for it.
 */
import { UnsupportedError } from "../base/errors.ts";
import { PIECE, type Vocabulary } from "../tokenizer/index.ts";
import { type Field, writeMessage } from "../tokenizer/protobuf.ts";

const text = new TextEncoder();

function varint(number: number, value: number): Field {
  return { number, wire: "varint", value: BigInt.asUintN(64, BigInt(value)) };
}
function bytes(number: number, value: Uint8Array): Field {
  return { number, wire: "bytes", value };
}
function float(number: number, value: number): Field {
  const raw = new Uint8Array(4);
  new DataView(raw.buffer).setFloat32(0, value, true);
  return { number, wire: "fixed32", value: raw };
}

/** Throws UnsupportedError for a vocabulary that is no SentencePiece one. */
export function spmFromVocabulary(vocabulary: Vocabulary): Uint8Array {
  const { kind, pieces, scores, types, normalizer } = vocabulary;
  if (kind === "byte-bpe") {
    throw new UnsupportedError({
      doing: "write a SentencePiece model",
      found: `the vocabulary of "${vocabulary.name}" works on bytes`,
    });
  }
  const pieceMessages = pieces.map((piece, id) =>
    bytes(1, writeMessage([bytes(1, text.encode(piece)), float(2, scores[id]), varint(3, types[id])])),
  );
  const trainer = [
    varint(3, kind === "unigram" ? 1 : 2),
    varint(4, pieces.length),
    varint(35, types.includes(PIECE.byte) ? 1 : 0),
    varint(40, vocabulary.unkId ?? -1),
    varint(41, vocabulary.bosId ?? -1),
    varint(42, vocabulary.eosId ?? -1),
    varint(43, vocabulary.padId ?? -1),
  ];
  const normalizing = [
    bytes(1, text.encode(normalizer.charsmap === undefined ? "identity" : "user_defined")),
    bytes(2, normalizer.charsmap ?? new Uint8Array(0)),
    varint(3, vocabulary.addSpacePrefix ? 1 : 0),
    varint(4, normalizer.removeExtraWhitespaces ? 1 : 0),
    varint(5, 1),
  ];
  return writeMessage([
    ...pieceMessages,
    bytes(2, writeMessage(trainer)),
    bytes(3, writeMessage(normalizing)),
  ]);
}
