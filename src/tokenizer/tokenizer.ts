/**
 * Text ⇄ token ids with one vocabulary. Text never becomes special tokens unless the caller requests it; lone
 * surrogates in a JavaScript string become U+FFFD.
 */
import { RequestError, TokenizerError, UnsupportedError } from "../base/errors.ts";
import { alphabetToBytes } from "./byte-alphabet.ts";
import { ByteEncoder } from "./byte-encoder.ts";
import type { Encoder } from "./encoder.ts";
import { AddedTokenFinder } from "./special.ts";
import { SpmEncoder } from "./spm-encoder.ts";
import { TokenStream } from "./stream.ts";
import { SPACE_MARK, wellFormed } from "./text.ts";
import { UnigramEncoder } from "./unigram-encoder.ts";
import { byteOfPiece, checkVocabulary, isMatchedNormalized, PIECE, type Vocabulary } from "./vocabulary.ts";

export interface EncodeOptions {
  /** Prepend the BOS id. Default false; `tokenizer.addBos` says whether the model was trained with it. */
  readonly bos?: boolean;
  /** Append the EOS id. Default false. */
  readonly eos?: boolean;
  /**
   * Turn the text of special tokens ("</s>", "<|eot_id|>") into their ids. Default false: text from users
   * must not be able to forge the structure of a prompt. A function decides for each occurrence, given its
   * UTF-16 offsets; for prompts written partly by a template and partly by users.
   */
  readonly parseSpecial?: boolean | ((from: number, to: number) => boolean);
}

export interface DecodeOptions {
  /** Omit control tokens. Default true. */
  readonly skipSpecial?: boolean;
  /** Control tokens that are not omitted. */
  readonly shown?: ReadonlySet<number> | undefined;
  /**
   * The ids continue an earlier text: a leading space, which a SentencePiece vocabulary would drop at the
   * start of a text, is kept. Default false.
   */
  readonly continued?: boolean;
}

const utf8 = new TextEncoder();
/** SentencePiece's text for the unknown piece. */
const UNKNOWN_SURFACE = " \u2047 ";
const NOTHING = new Uint8Array(0);

/** Text to ids and back, for any vocabulary. */
export class Tokenizer {
  readonly vocabulary: Vocabulary;
  /** Ids from here on are padding of the embedding: no text has them, and no model was trained on them. */
  readonly textLimit: number;
  readonly #encoder: Encoder;
  readonly #added: AddedTokenFinder;
  readonly #eog: ReadonlySet<number>;
  readonly #bytes: (Uint8Array | undefined)[];
  /** Created on first use. */
  #idOf: Map<string, number> | undefined;

  /** Throws TokenizerError if the vocabulary is inconsistent, UnsupportedError for an unknown pre-tokeniser. */
  constructor(vocabulary: Vocabulary) {
    this.vocabulary = checkVocabulary(vocabulary);
    this.#encoder = createEncoder(vocabulary);
    const isByteLevel = vocabulary.kind === "byte-bpe";
    this.#added = new AddedTokenFinder(
      vocabulary.added.filter((token) => isByteLevel || !isMatchedNormalized(token)),
    );
    this.textLimit = vocabulary.types.findLastIndex((type) => type !== PIECE.unused) + 1;
    this.#eog = new Set(vocabulary.eogIds);
    this.#bytes = new Array(vocabulary.pieces.length);
  }

  get vocabSize(): number {
    return this.vocabulary.pieces.length;
  }
  get bosId(): number | undefined {
    return this.vocabulary.bosId;
  }
  get eosId(): number | undefined {
    return this.vocabulary.eosId;
  }
  get eotId(): number | undefined {
    return this.vocabulary.eotId;
  }
  get unkId(): number | undefined {
    return this.vocabulary.unkId;
  }
  get padId(): number | undefined {
    return this.vocabulary.padId;
  }
  /** Ids at which generation ends, in order. */
  get eogIds(): readonly number[] {
    return this.vocabulary.eogIds;
  }
  /** Whether prompts of this model start with BOS, and end with EOS. */
  get addBos(): boolean {
    return this.vocabulary.addBos;
  }
  get addEos(): boolean {
    return this.vocabulary.addEos;
  }
  get chatTemplate(): string | undefined {
    return this.vocabulary.chatTemplate;
  }

  isEog(id: number): boolean {
    return this.#eog.has(id);
  }
  /** True for tokens that are structure instead of text: control and unknown pieces. */
  isSpecial(id: number): boolean {
    const type = this.vocabulary.types[id];
    return type === PIECE.control || type === PIECE.unknown;
  }

  /** Ids of a text. Throws RequestError if BOS or EOS is requested and the vocabulary has none. */
  encode(text: string, options: EncodeOptions = {}): number[] {
    const out: number[] = [];
    if (options.bos) out.push(...(this.vocabulary.bosIds ?? [this.#required("bosId", "BOS")]));
    this.#encodePart(text, true, options.parseSpecial ?? false, out);
    if (options.eos) out.push(this.#required("eosId", "EOS"));
    return out;
  }

  /**
   * Ids of the parts of one text, for each part separately: no token crosses from one part to the next. Only the first
   * part gets the space prefix of a text's start.
   * @param parseSpecial see EncodeOptions; offsets count from the start of the first part.
   */
  encodeParts(parts: readonly string[], parseSpecial: EncodeOptions["parseSpecial"] = false): number[][] {
    let start = 0;
    let atStart = true;
    return parts.map((text) => {
      const out: number[] = [];
      const from = start;
      const isSpecial =
        typeof parseSpecial === "function"
          ? (first: number, end: number) => parseSpecial(from + first, from + end)
          : parseSpecial;
      atStart = this.#encodePart(text, atStart, isSpecial, out);
      start += text.length;
      return out;
    });
  }

  /** Appends the ids of a part of a text. Returns whether a part that follows gets a space prefix. */
  #encodePart(
    text: string,
    atStart: boolean,
    parseSpecial: NonNullable<EncodeOptions["parseSpecial"]>,
    out: number[],
  ): boolean {
    let isStart = atStart;
    for (const part of this.#added.split(wellFormed(text), parseSpecial)) {
      if (typeof part === "string") this.#encoder.encode(part, isStart, out);
      else out.push(part.id);
      isStart = typeof part !== "string" && this.vocabulary.spacePrefixAfterAdded;
    }
    return isStart;
  }

  countTokens(text: string, options: EncodeOptions = {}): number {
    return this.encode(text, options).length;
  }

  /** Text of ids. Invalid UTF-8 becomes U+FFFD. Throws RequestError for an id out of range. */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const stream = this.stream(options);
    let text = "";
    for (const id of ids) text += stream.push(id);
    return text + stream.end();
  }

  /** A decoder that takes ids one by one and never returns a partial character. */
  stream(options: DecodeOptions = {}): TokenStream {
    return new TokenStream(this, options);
  }

  /** The piece in the vocabulary's form: "▁Hello", "Ġworld", "<0x0A>". */
  piece(id: number): string {
    return this.vocabulary.pieces[this.#checked(id)];
  }

  /** Id of the piece with exactly this text (special or not), or undefined. The first, if there are several. */
  idOf(piece: string): number | undefined {
    if (this.#idOf === undefined) {
      this.#idOf = new Map();
      for (let id = this.vocabSize - 1; id >= 0; id--) this.#idOf.set(this.vocabulary.pieces[id], id);
    }
    return this.#idOf.get(piece);
  }

  /** UTF-8 bytes that the id represents in a text; for special tokens, their literal text. */
  tokenBytes(id: number): Uint8Array {
    const known = this.#bytes[this.#checked(id)];
    if (known !== undefined) return known;
    const bytes = bytesOfToken(this.vocabulary, id);
    this.#bytes[id] = bytes;
    return bytes;
  }

  #checked(id: number): number {
    if (Number.isInteger(id) && id >= 0 && id < this.vocabulary.pieces.length) return id;
    throw new RequestError({
      doing: "decode a token",
      expected: `an id from 0 to ${this.vocabulary.pieces.length - 1}`,
      found: String(id),
      fix: `these ids belong to another vocabulary than "${this.vocabulary.name}"`,
    });
  }

  #required(key: "bosId" | "eosId", name: string): number {
    const id = this.vocabulary[key];
    if (id !== undefined) return id;
    const found = `a vocabulary without one ("${this.vocabulary.name}")`;
    throw new RequestError({ doing: `add a ${name} token`, found, fix: `leave ${name} out` });
  }
}

function createEncoder(vocabulary: Vocabulary): Encoder {
  switch (vocabulary.kind) {
    case "spm-bpe":
      return new SpmEncoder(vocabulary);
    case "unigram":
      return new UnigramEncoder(vocabulary);
    case "byte-bpe":
      return new ByteEncoder(vocabulary);
    default:
      throw new UnsupportedError({
        doing: `use the vocabulary of "${(vocabulary as Vocabulary).name}"`,
        found: `the unknown kind ${JSON.stringify(vocabulary.kind satisfies never)}`,
      });
  }
}

function bytesOfToken(vocabulary: Vocabulary, id: number): Uint8Array {
  const text = vocabulary.pieces[id];
  switch (vocabulary.types[id]) {
    case PIECE.byte: {
      const byte = byteOfPiece(text);
      if (byte === undefined)
        throw new TokenizerError({ doing: "decode a token", found: `byte piece "${text}"` });
      return Uint8Array.of(byte);
    }
    case PIECE.unknown:
      return vocabulary.kind === "byte-bpe" ? utf8.encode(text) : utf8.encode(UNKNOWN_SURFACE);
    case PIECE.control:
      return text === "" ? NOTHING : utf8.encode(text);
    case PIECE.userDefined:
      return utf8.encode(vocabulary.kind === "byte-bpe" ? text : text.replaceAll(SPACE_MARK, " "));
    default:
      return vocabulary.kind === "byte-bpe"
        ? alphabetToBytes(text)
        : utf8.encode(text.replaceAll(SPACE_MARK, " "));
  }
}
