/**
 * llama2.c's `tokenizer.bin` (karpathy/llama2.c, tokenizer.py):
 *
 *     u32 longest piece in bytes | per piece: f32 score, i32 byte length, bytes
 *
 * Spaces are written as spaces instead of "▁", BOS and EOS as "\n<s>\n" and "\n</s>\n". Older exports wrote byte
 * pieces as the characters U+0000 to U+00FF instead of "<0x00>" to "<0xFF>". The file ends with the last piece;
 * it has no types. Files made from Llama 3 hold the raw bytes of each rank instead.
 */
import { ByteReader, bufferSource } from "../base/bytes.ts";
import { FormatError, TokenizerError } from "../base/errors.ts";
import { alphabetToBytes, bytesToAlphabet } from "./byte-alphabet.ts";
import { SPACE_MARK } from "./text.ts";
import {
  addedByType,
  byteOfPiece,
  bytePiece,
  checkVocabulary,
  findEnds,
  PIECE,
  type Vocabulary,
} from "./vocabulary.ts";

const BYTES_FROM = 3;
const BYTES_TO = BYTES_FROM + 256;
const LONGEST_PIECE = 1 << 16;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

interface RawPiece {
  readonly score: number;
  readonly bytes: Uint8Array;
}

function readPieces(bytes: Uint8Array, name: string): RawPiece[] {
  const reader = new ByteReader(bufferSource(bytes, name));
  const longest = reader.u32();
  const pieces: RawPiece[] = [];
  while (reader.remaining > 0) {
    const score = reader.f32();
    const length = reader.i32();
    if (length < 0 || length > LONGEST_PIECE || longest > LONGEST_PIECE) {
      throw new FormatError({
        doing: `read "${name}"`,
        expected: `pieces of at most ${LONGEST_PIECE} bytes`,
        found: `a length of ${length} for piece ${pieces.length}`,
        fix: "the file is damaged, or not a tokenizer.bin",
      });
    }
    pieces.push({ score, bytes: reader.bytes(length) });
  }
  return pieces;
}

/**
 * The vocabulary of a `tokenizer.bin`.
 * @param vocabSize the model's, checked if given. Throws FormatError or TokenizerError.
 */
export function vocabularyFromLlama2c(bytes: Uint8Array, name: string, vocabSize?: number): Vocabulary {
  const raw = readPieces(bytes, name);
  if (vocabSize !== undefined && raw.length !== vocabSize) {
    throw new TokenizerError({
      doing: `use the tokenizer "${name}" with this model`,
      expected: `${vocabSize} pieces`,
      found: String(raw.length),
      fix: "use the tokenizer.bin that belongs to the model",
    });
  }
  return hasRawBytes(raw) ? byteLevel(raw, name) : sentencePiece(raw, name);
}

/** Byte-level files have a piece for every single byte, including invalid UTF-8. */
function hasRawBytes(raw: readonly RawPiece[]): boolean {
  const seen = new Set<number>();
  for (const { bytes } of raw) if (bytes.length === 1) seen.add(bytes[0]);
  return seen.size === 256;
}

function textOf(raw: RawPiece, id: number, oldBytes: boolean): string {
  const text = utf8.decode(raw.bytes);
  if (text === "\n<s>\n") return "<s>";
  if (text === "\n</s>\n") return "</s>";
  if (oldBytes && id >= BYTES_FROM && id < BYTES_TO) return bytePiece(id - BYTES_FROM);
  return text.replaceAll(" ", SPACE_MARK);
}

function sentencePiece(raw: readonly RawPiece[], name: string): Vocabulary {
  const oldBytes =
    raw.length >= BYTES_TO &&
    raw.slice(BYTES_FROM, BYTES_TO).every(({ bytes }, i) => utf8.decode(bytes) === String.fromCharCode(i));
  const pieces = raw.map((piece, id) => textOf(piece, id, oldBytes));
  const types = new Uint8Array(pieces.length).fill(PIECE.normal);
  for (let id = BYTES_FROM; id < Math.min(BYTES_TO, pieces.length); id++) {
    if (byteOfPiece(pieces[id]) !== undefined) types[id] = PIECE.byte;
  }
  if (pieces[0] === "<unk>") types[0] = PIECE.unknown;
  for (const id of [1, 2]) if (/^<\/?s>$/.test(pieces[id] ?? "")) types[id] = PIECE.control;
  const eosId = types[2] === PIECE.control ? 2 : undefined;
  return checkVocabulary({
    kind: "spm-bpe",
    name,
    pieces,
    scores: Float32Array.from(raw, ({ score }) => score),
    types,
    ignoreMerges: false,
    added: addedByType(pieces, types),
    ...(types[0] === PIECE.unknown ? { unkId: 0 } : {}),
    ...(types[1] === PIECE.control ? { bosId: 1 } : {}),
    ...(eosId === undefined ? {} : { eosId }),
    ...findEnds(pieces, types, { eosId }),
    addBos: types[1] === PIECE.control,
    addEos: false,
    addSpacePrefix: true,
    spacePrefixAfterAdded: true,
    normalizer: { removeExtraWhitespaces: false },
  });
}

function byteLevel(raw: readonly RawPiece[], name: string): Vocabulary {
  const texts = raw.map(({ bytes }) => utf8.decode(bytes));
  const first = texts.indexOf("<|begin_of_text|>");
  const firstSpecial = first < 0 ? raw.length : first;
  const types = Uint8Array.from(raw, (_, id) => (id < firstSpecial ? PIECE.normal : PIECE.control));
  const pieces = raw.map(({ bytes }, id) => (id < firstSpecial ? bytesToAlphabet(bytes) : texts[id]));
  const eos = texts.indexOf("<|end_of_text|>");
  const eosId = eos < 0 ? undefined : eos;
  return checkVocabulary({
    kind: "byte-bpe",
    name,
    pieces,
    scores: new Float32Array(pieces.length),
    types,
    ignoreMerges: true,
    pre: "llama-bpe",
    added: addedByType(pieces, types),
    ...(first < 0 ? {} : { bosId: first }),
    ...(eosId === undefined ? {} : { eosId }),
    ...findEnds(pieces, types, { eosId }),
    addBos: first >= 0,
    addEos: false,
    addSpacePrefix: false,
    spacePrefixAfterAdded: false,
    normalizer: { removeExtraWhitespaces: false },
  });
}

/**
 * True if the bytes look like a tokenizer.bin: a plausible maximum piece length, and a first piece within it.
 */
export function isLlama2cTokenizer(bytes: Uint8Array): boolean {
  if (bytes.length < 13) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const longest = view.getUint32(0, true);
  const length = view.getInt32(8, true);
  return (
    longest > 0 &&
    longest <= LONGEST_PIECE &&
    length >= 0 &&
    length <= longest &&
    Number.isFinite(view.getFloat32(4, true))
  );
}

/** Bytes of a `tokenizer.bin` (the current form) for any vocabulary whose merges follow from scores or ranks. */
export function writeLlama2c(vocabulary: Vocabulary): Uint8Array {
  const { kind, types } = vocabulary;
  const scores = scoresFor(vocabulary);
  const bytes = vocabulary.pieces.map((piece, id) => {
    if (kind === "byte-bpe" && types[id] === PIECE.normal) return alphabetToBytes(piece);
    if (id === vocabulary.bosId && piece === "<s>") return encoder.encode("\n<s>\n");
    if (id === vocabulary.eosId && piece === "</s>") return encoder.encode("\n</s>\n");
    return encoder.encode(kind === "byte-bpe" ? piece : piece.replaceAll(SPACE_MARK, " "));
  });
  const total = bytes.reduce((sum, piece) => sum + piece.length, 4 + 8 * bytes.length);
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  view.setUint32(
    0,
    bytes.reduce((most, piece) => Math.max(most, piece.length), 1),
    true,
  );
  let at = 4;
  for (const [id, piece] of bytes.entries()) {
    view.setFloat32(at, scores[id], true);
    view.setInt32(at + 4, piece.length, true);
    out.set(piece, at + 8);
    at += 8 + piece.length;
  }
  return out;
}

/** Scores by which llama2.c merges. Byte-level files store piece numbers instead. */
function scoresFor(vocabulary: Vocabulary): Float32Array {
  if (vocabulary.kind === "spm-bpe") return vocabulary.scores;
  return Float32Array.from(vocabulary.pieces, (_, id) => id);
}
