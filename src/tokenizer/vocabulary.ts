/**
 * The vocabulary: every reader produces it and every encoder uses it. Text of pieces: SentencePiece kinds
 * keep "▁" (U+2581) for a space, byte-level kinds keep GPT-2's alphabet (one printable character per byte);
 * control and user-defined pieces are literal text in both.
 */
import { TokenizerError } from "../base/errors.ts";
import type { Step } from "./cut-steps.ts";

/** Kinds of pieces, numbered as in sentencepiece_model.proto and GGUF's tokenizer.ggml.token_type. */
export const PIECE = {
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;
export type PieceType = (typeof PIECE)[keyof typeof PIECE];

/** How text becomes pieces. */
export type VocabularyKind = "spm-bpe" | "unigram" | "byte-bpe";

/** A piece that is matched in the raw text, before normalisation and splitting. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Matched only where the caller allows special tokens. Others are always matched. */
  readonly special: boolean;
  /** Absorbs white space on its left, or right. */
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  /** Not matched inside a word. */
  readonly singleWord?: boolean;
  /**
   * Matched in the normalised text, with its own text normalised as well. Only for tokens that are not
   * special.
   */
  readonly normalized?: boolean;
}

/** Whether the encoder matches the token in the normalised text. All others are matched in the raw text. */
export function isMatchedNormalized({ normalized, special }: AddedToken): boolean {
  return normalized === true && !special;
}

/** The steps applied to text before it is split, in this order. */
export interface Normalizer {
  /** SentencePiece's compiled map of characters (see charsmap.ts). */
  readonly charsmap?: Uint8Array;
  /** Unicode normal form, for tokenizer.json files that name one. */
  readonly form?: "NFC" | "NFD" | "NFKC" | "NFKD";
  readonly lowercase?: boolean;
  /** Drop spaces at both ends and collapse runs of spaces in between. */
  readonly removeExtraWhitespaces: boolean;
  /**
   * Parts of that, for tokenizer.json files that name them: collapsing spaces, removing white space at an
   * end.
   */
  readonly collapseSpaces?: boolean;
  readonly stripLeft?: boolean;
  readonly stripRight?: boolean;
  /** byte-bpe: prepended to every segment between added tokens. */
  readonly prepend?: string;
}

export interface Vocabulary {
  readonly kind: VocabularyKind;
  /** Its source, for messages. */
  readonly name: string;
  /** Text by id. */
  readonly pieces: readonly string[];
  /** Log probability or merge priority by id, higher is earlier; zeros if the kind has none. */
  readonly scores: Float32Array;
  /** PIECE numbers by id. */
  readonly types: Uint8Array;
  /** "left right" in order of priority. Absent if scores (spm-bpe) or ids (tiktoken ranks) decide. */
  readonly merges?: readonly string[];
  /** byte-bpe: a whole word that is a piece is encoded as that piece, regardless of the merges. */
  readonly ignoreMerges: boolean;
  /** byte-bpe: name of the pre-tokeniser (see pretokenizers.ts). */
  readonly pre?: string;
  /**
   * byte-bpe: the pre-tokeniser's steps, if it has no name or differs from the one of that name (see
   * hf-pretokenizers.ts).
   */
  readonly cuts?: readonly Step[];
  readonly added: readonly AddedToken[];
  readonly bosId?: number;
  /** Ids prepended to a text, if they are more than BOS. */
  readonly bosIds?: readonly number[];
  readonly eosId?: number;
  readonly unkId?: number;
  readonly padId?: number;
  readonly eotId?: number;
  /** Every id at which generation ends. */
  readonly eogIds: readonly number[];
  readonly addBos: boolean;
  readonly addEos: boolean;
  /** SentencePiece: a space is added at the start of a text. */
  readonly addSpacePrefix: boolean;
  /** The space is also added to text that follows an added token (not only at the start). */
  readonly spacePrefixAfterAdded: boolean;
  /** The space is added only if the text does not start with one (Hugging Face's Metaspace and ByteLevel). */
  readonly spacePrefixIfMissing?: boolean;
  /** Text is split before every "▁": no piece spans several words (Metaspace with split). */
  readonly splitsAtSpaces?: boolean;
  /** Each unknown character is a separate unknown piece. */
  readonly separateUnknown?: boolean;
  readonly normalizer: Normalizer;
  readonly chatTemplate?: string;
}

/** Texts that existing models use for the end of a turn or of a text. */
const END_TEXTS = new Set([
  "<|eot_id|>",
  "<|eom_id|>",
  "<|end_of_text|>",
  "<|eot|>",
  "<|eom|>",
  "<|im_end|>",
  "<|end|>",
  "<|endoftext|>",
  "<end_of_turn>",
  "<EOT>",
  "▁<EOT>",
  "<｜end▁of▁sentence｜>",
]);
/** In order of preference. */
const TURN_END_TEXTS = [
  "<|eot_id|>",
  "<|eot|>",
  "<|im_end|>",
  "<|end|>",
  "<end_of_turn>",
  "<EOT>",
  "▁<EOT>",
  "<|endoftext|>",
  "<|end_of_text|>",
];

export interface Ends {
  readonly eotId?: number;
  readonly eogIds: readonly number[];
}

/** Finds the ids that end generation: `eosId`, `eotId`, and pieces with one of the end texts. */
export function findEnds(
  pieces: readonly string[],
  types: Uint8Array,
  given: { eosId?: number | undefined; eotId?: number | undefined },
): Ends {
  const byText = new Map<string, number>();
  for (let id = 0; id < pieces.length; id++) {
    // A normal piece that only looks like an end stays text: user text may produce it.
    const special = types[id] === PIECE.control || types[id] === PIECE.userDefined;
    if (special && END_TEXTS.has(pieces[id])) byText.set(pieces[id], id);
  }
  const eotText = TURN_END_TEXTS.find((text) => byText.has(text));
  const eotId = given.eotId ?? (eotText === undefined ? undefined : byText.get(eotText));
  const ids = new Set(byText.values());
  if (given.eosId !== undefined) ids.add(given.eosId);
  if (eotId !== undefined) ids.add(eotId);
  return { ...(eotId === undefined ? {} : { eotId }), eogIds: [...ids].sort((a, b) => a - b) };
}

const MARKER = /^<\|[A-Za-z0-9_]{1,60}\|>$/;

/**
 * Pieces that look like control tokens but have the type of text: they end nothing, and any text may contain
 * them.
 */
export function markersTypedAsText({ pieces, types }: Pick<Vocabulary, "pieces" | "types">): string[] {
  return pieces.filter(
    (piece, id) => types[id] === PIECE.normal && (END_TEXTS.has(piece) || MARKER.test(piece)),
  );
}

const BYTE_PIECE = /^<0x([0-9A-Fa-f]{2})>$/;

/** The byte of a byte piece, or undefined if its text does not have the form <0xNN>. */
export function byteOfPiece(text: string): number | undefined {
  const match = BYTE_PIECE.exec(text);
  return match === null ? undefined : Number.parseInt(match[1], 16);
}

/** Text of the byte piece of `value`: `<0x0A>`. */
export function bytePiece(value: number): string {
  return `<0x${value.toString(16).toUpperCase().padStart(2, "0")}>`;
}

/**
 * Checks the vocabulary's invariants: equal lengths, ids inside the vocabulary, valid types, scores that are
 * numbers. Throws TokenizerError.
 */
export function checkVocabulary(vocabulary: Vocabulary): Vocabulary {
  const { name, pieces, scores, types } = vocabulary;
  const length = pieces.length;
  const doing = `read the vocabulary of "${name}"`;
  const fix = "the file is damaged or was made by a faulty program";
  if (length === 0) throw new TokenizerError({ doing, expected: "at least one piece", found: "none", fix });
  if (scores.length !== length || types.length !== length) {
    const found = `${scores.length} scores and ${types.length} types`;
    throw new TokenizerError({ doing, expected: `${length} scores and types`, found, fix });
  }
  for (const key of ["bosId", "eosId", "unkId", "padId", "eotId"] as const) {
    const id = vocabulary[key];
    if (id !== undefined && !(Number.isInteger(id) && id >= 0 && id < length)) {
      throw new TokenizerError({ doing, expected: `a ${key} below ${length}`, found: String(id), fix });
    }
  }
  for (let id = 0; id < length; id++) {
    const problem = problemOfPiece(pieces[id], types[id], scores[id]);
    if (problem !== undefined) throw new TokenizerError({ doing, found: `piece ${id} ${problem}`, fix });
  }
  for (const token of vocabulary.added) {
    if (token.content !== "" && token.id >= 0 && token.id < length) continue;
    throw new TokenizerError({ doing, found: `added token "${token.content}" has id ${token.id}`, fix });
  }
  return vocabulary;
}

function problemOfPiece(text: string, type: number, score: number): string | undefined {
  if (!(type >= PIECE.normal && type <= PIECE.byte)) return `has the unknown type ${type}`;
  if (Number.isNaN(score)) return "has a score that is not a number";
  if (type === PIECE.byte && byteOfPiece(text) === undefined) {
    return `is a byte, but its text is ${JSON.stringify(text.slice(0, 40))} instead of <0x00> to <0xFF>`;
  }
  return undefined;
}

/**
 * Added tokens for files that have only types: control and unknown pieces are special, user-defined ones are
 * not.
 */
export function addedByType(pieces: readonly string[], types: Uint8Array): AddedToken[] {
  const added: AddedToken[] = [];
  for (let id = 0; id < pieces.length; id++) {
    const special = types[id] === PIECE.control || types[id] === PIECE.unknown;
    if (!special && types[id] !== PIECE.userDefined) continue;
    if (pieces[id] !== "") added.push({ id, content: pieces[id], special });
  }
  return added;
}
