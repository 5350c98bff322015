/**
 * SentencePiece `.model` files: one protobuf message (sentencepiece_model.proto).
 *
 *     ModelProto       1 pieces[]  2 trainer_spec  3 normalizer_spec  4 self_test_data  5 denormalizer_spec
 *     SentencePiece    1 piece  2 score (f32)  3 type
 *     TrainerSpec      3 model_type (1 unigram, 2 bpe, 3 word, 4 char)  24 treat_whitespace_as_suffix
 *                      35 byte_fallback  40 unk_id  41 bos_id  42 eos_id  43 pad_id
 *     NormalizerSpec   1 name  2 precompiled_charsmap  3 add_dummy_prefix  4 remove_extra_whitespaces
 *                      5 escape_whitespaces
 */
import { FormatError, UnsupportedError } from "../base/errors.ts";
import {
  boolField,
  bytesField,
  type Field,
  floatField,
  intField,
  lastField,
  readMessage,
  writeMessage,
} from "./protobuf.ts";
import { checkVocabulary, findEnds, PIECE, type Vocabulary } from "./vocabulary.ts";

/** A parsed `.model` file: every field can be changed, and the rest is written unchanged. */
export interface SpmModel {
  readonly name: string;
  /** Fields of the file: pieces, specs, and all others. */
  readonly fields: readonly Field[];
}

export const PIECES_FIELD = 1;
const TRAINER_FIELD = 2;
const NORMALIZER_FIELD = 3;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads SentencePiece's tokenizer.model (sentencepiece_model.proto). Throws TokenizerError for other files.
 */
export function readSpmModel(bytes: Uint8Array, name: string): SpmModel {
  return { name, fields: readMessage(bytes, name) };
}

/** The file's bytes; identical to those read if nothing was changed. */
export function writeSpmModel(model: SpmModel): Uint8Array {
  return writeMessage(model.fields);
}

/** Fields of trainer_spec, or normalizer_spec; none if the file has no such message. */
export function specOf(model: SpmModel, spec: "trainer" | "normalizer"): Field[] {
  const field = lastField(model.fields, spec === "trainer" ? TRAINER_FIELD : NORMALIZER_FIELD);
  return field?.wire === "bytes" ? readMessage(field.value, model.name) : [];
}

/** The vocabulary of a `.model` file. Throws FormatError, TokenizerError, or UnsupportedError (word, char). */
export function vocabularyFromSpm(bytes: Uint8Array, name: string): Vocabulary {
  const model = readSpmModel(bytes, name);
  const messages = model.fields.filter((field) => field.number === PIECES_FIELD && field.wire === "bytes");
  const pieces: string[] = [];
  const scores = new Float32Array(messages.length);
  const types = new Uint8Array(messages.length);
  for (const [id, message] of messages.entries()) {
    const fields = readMessage(message.value as Uint8Array, name);
    pieces.push(utf8.decode(bytesField(fields, 1) ?? new Uint8Array(0)));
    scores[id] = floatField(fields, 2, 0);
    types[id] = intField(fields, 3, PIECE.normal);
  }
  if (pieces.length === 0) {
    const found = "a message without pieces";
    throw new FormatError({ doing: `read "${name}"`, expected: "a SentencePiece model", found });
  }
  return checkVocabulary({
    kind: kindOf(model),
    name,
    pieces,
    scores,
    types,
    ...settings(model, pieces, types),
  });
}

function kindOf(model: SpmModel): "spm-bpe" | "unigram" {
  const trainer = specOf(model, "trainer");
  const type = intField(trainer, 3, 1);
  const doing = `use the vocabulary of "${model.name}"`;
  if (boolField(trainer, 24, false)) {
    throw new UnsupportedError({
      doing,
      found: "pieces that end in white space instead of starting with it",
    });
  }
  if (type === 1) return "unigram";
  if (type === 2) return "spm-bpe";
  const found = type === 3 ? "word" : type === 4 ? "char" : `number ${type}`;
  throw new UnsupportedError({ doing, expected: "the model type unigram or bpe", found });
}

type Settings = Omit<Vocabulary, "kind" | "name" | "pieces" | "scores" | "types">;

function settings(model: SpmModel, pieces: readonly string[], types: Uint8Array): Settings {
  const trainer = specOf(model, "trainer");
  const normalizer = specOf(model, "normalizer");
  const ids = specialIds(trainer, types, pieces.length);
  const charsmap = bytesField(normalizer, 2);
  return {
    ...ids,
    ...findEnds(pieces, types, { eosId: ids.eosId }),
    ignoreMerges: false,
    added: pieces.flatMap((content, id) =>
      (types[id] === PIECE.control || types[id] === PIECE.unknown) && content !== ""
        ? [{ id, content, special: true }]
        : [],
    ),
    // LLaMA prompts start with BOS, which the file does not state. LLaMA has no unigram models.
    addBos: intField(trainer, 3, 1) === 2 && ids.bosId !== undefined,
    addEos: false,
    addSpacePrefix: boolField(normalizer, 3, true),
    spacePrefixAfterAdded: true,
    normalizer: {
      removeExtraWhitespaces: boolField(normalizer, 4, true),
      ...(charsmap === undefined || charsmap.length === 0 ? {} : { charsmap: charsmap.slice() }),
    },
  };
}

/** Ids from the trainer's settings; ids that are disabled (-1) or name no piece are absent. */
function specialIds(
  trainer: readonly Field[],
  types: Uint8Array,
  length: number,
): { unkId?: number; bosId?: number; eosId?: number; padId?: number } {
  const has = (id: number, type: number): boolean => id >= 0 && id < length && types[id] === type;
  const unkId = types.indexOf(PIECE.unknown);
  const [bosId, eosId, padId] = [
    intField(trainer, 41, 1),
    intField(trainer, 42, 2),
    intField(trainer, 43, -1),
  ];
  return {
    ...(unkId >= 0 ? { unkId } : {}),
    ...(has(bosId, PIECE.control) ? { bosId } : {}),
    ...(has(eosId, PIECE.control) ? { eosId } : {}),
    ...(has(padId, PIECE.control) ? { padId } : {}),
  };
}
