/** The tokenizer.model of a training, including its settings (field numbers: sentencepiece_model.proto). */
import { type Field, newField, writeMessage } from "../protobuf.ts";
import { vocabularyFromSpm } from "../spm-model.ts";
import { PIECE } from "../vocabulary.ts";
import type { TrainedFiles } from "./kind.ts";
import type { SpmSettings } from "./options.ts";

export interface SpmPiece {
  readonly text: string;
  readonly score: number;
  readonly type: number;
}

const { varint, bytes, text, float } = newField;

/** SentencePiece's text for the unknown piece. */
const UNKNOWN_SURFACE = " \u2047 ";
const BPE = 2;

export function spmFiles(pieces: readonly SpmPiece[], settings: SpmSettings): TrainedFiles {
  const model = writeMessage([
    ...pieces.map(pieceField),
    bytes(2, writeMessage(trainerFields(pieces, settings))),
    bytes(3, writeMessage(normalizerFields(settings))),
  ]);
  return {
    vocabulary: vocabularyFromSpm(model, "the trained tokenizer.model"),
    files: [{ name: "tokenizer.model", bytes: model }],
  };
}

function pieceField(piece: SpmPiece): Field {
  const type = piece.type === PIECE.normal ? [] : [varint(3, piece.type)];
  return bytes(1, writeMessage([text(1, piece.text), float(2, piece.score), ...type]));
}

/** The paths of the text are omitted, so that the same text gives the same file. */
function trainerFields(pieces: readonly SpmPiece[], settings: SpmSettings): Field[] {
  const idOf = (symbol: string): number =>
    pieces.findIndex((piece) => symbol !== "" && piece.text === symbol);
  return [
    varint(3, BPE),
    varint(4, pieces.length),
    float(10, settings.characterCoverage),
    varint(18, settings.maxLineBytes),
    varint(20, settings.maxPieceLength),
    varint(21, settings.splitByUnicodeScript),
    varint(22, settings.splitByWhitespace),
    varint(23, settings.splitByNumber),
    varint(24, false),
    varint(25, settings.splitDigits),
    varint(26, settings.allowWhitespaceOnlyPieces),
    ...settings.controlSymbols.map((symbol) => text(30, symbol)),
    ...settings.userDefinedSymbols.map((symbol) => text(31, symbol)),
    varint(33, settings.hardVocabLimit),
    varint(35, settings.byteFallback),
    text(36, settings.requiredChars),
    varint(40, idOf(settings.unkPiece)),
    varint(41, idOf(settings.bosPiece)),
    varint(42, idOf(settings.eosPiece)),
    varint(43, idOf(settings.padPiece)),
    text(44, UNKNOWN_SURFACE),
    text(45, settings.unkPiece),
    ...(settings.bosPiece === "" ? [] : [text(46, settings.bosPiece)]),
    ...(settings.eosPiece === "" ? [] : [text(47, settings.eosPiece)]),
    ...(settings.padPiece === "" ? [] : [text(48, settings.padPiece)]),
  ];
}

function normalizerFields({ addDummyPrefix }: SpmSettings): Field[] {
  return [text(1, "identity"), varint(3, addDummyPrefix), varint(4, false), varint(5, true)];
}
