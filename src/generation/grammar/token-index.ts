/**
 * The tokens of a vocabulary that a grammar may choose from, by their bytes. Most places of a text are inside strings,
 * where almost every token is allowed. For such places tokens are split in advance: those made only of characters that
 * the string repeats are allowed at once, and only the few others are checked.
 */
import type { Tokenizer } from "../../tokenizer/index.ts";
import { PIECE } from "../../tokenizer/vocabulary.ts";
import { buildTrie, sortTokens, type TokenBytes, type TokenTrie } from "./token-trie.ts";
import { bytesOfControl } from "./utf8.ts";

/** Characters that a place repeats: some of ASCII, and all or none of the others. */
export interface RepeatedSet {
  readonly key: string;
  /** By ASCII code: 1 if it is in the set. */
  readonly ascii: Uint8Array;
  readonly others: boolean;
}

/** Tokens of at most `longest` characters, all of a set, and all other tokens. */
export interface TokenSplit {
  readonly mask: Uint32Array;
  readonly rest: TokenTrie;
}

/** Splits that are kept; the oldest is dropped. */
const KEPT_SPLITS = 12;
/** A split is made when it is needed for the second time. */
const NEEDED = 2;
const MAX_NEEDS = 1024;
const SPACE = " ";

export class TokenIndex {
  /** Number of words of a mask. */
  readonly words: number;
  readonly ends: readonly number[];
  readonly trie: TokenTrie;
  readonly #tokens: readonly TokenBytes[];
  readonly #bytes: (string | undefined)[] = [];
  readonly #literal = new Set<number>();
  readonly #splits = new Map<string, TokenSplit>();
  readonly #needs = new Map<string, number>();
  #startTrie: TokenTrie | undefined;

  /**
   * @param vocabSize number of logits, which may exceed the tokenizer's.
   * @param ends tokens that end a text.
   */
  constructor(tokenizer: Tokenizer, ends: readonly number[], vocabSize: number) {
    this.words = (vocabSize + 31) >> 5;
    this.ends = ends.filter((id) => id < vocabSize);
    const { types } = tokenizer.vocabulary;
    const isEnd = new Set(ends);
    const limit = Math.min(tokenizer.textLimit, vocabSize);
    for (let id = 0; id < limit; id++) {
      const type = types[id];
      if (isEnd.has(id) || type === PIECE.unknown || type === PIECE.unused) continue;
      const bytes = type === PIECE.control ? bytesOfControl(id) : tokenizer.tokenBytes(id);
      // 0xFF begins the bytes of a control token and nothing else: no other token may stand for a part of them.
      if (bytes.length === 0 || (type !== PIECE.control && bytes.includes(0xff))) continue;
      this.#bytes[id] = String.fromCharCode(...bytes);
      if (type === PIECE.byte || type === PIECE.control) this.#literal.add(id);
    }
    this.#tokens = sortTokens(
      this.#bytes.flatMap((bytes, id) => (bytes === undefined ? [] : [{ id, bytes }])),
    );
    this.trie = buildTrie(this.#tokens);
  }

  /** Tokens as the first of a text, whose leading space SentencePiece's decoder drops. */
  get startTrie(): TokenTrie {
    this.#startTrie ??= buildTrie(
      sortTokens(
        this.#tokens
          .map(({ id }) => ({ id, bytes: this.bytesOf(id, true) }))
          .filter(({ bytes }) => bytes.length > 0),
      ),
    );
    return this.#startTrie;
  }

  /** Bytes that a token adds to a text, one character per byte; "" for tokens that no grammar allows. */
  bytesOf(id: number, dropsSpace: boolean): string {
    const bytes = this.#bytes[id] ?? "";
    return dropsSpace && bytes.startsWith(SPACE) && !this.#literal.has(id) ? bytes.slice(1) : bytes;
  }

  /** The split of the tokens by a set; undefined if it is not worth its cost yet. */
  split(set: RepeatedSet, longest: number): TokenSplit | undefined {
    const key = `${set.key} ${longest}`;
    const known = this.#splits.get(key);
    if (known !== undefined) return known;
    const needs = (this.#needs.get(key) ?? 0) + 1;
    if (this.#needs.size >= MAX_NEEDS) this.#needs.clear();
    this.#needs.set(key, needs);
    if (needs < NEEDED) return undefined;
    if (this.#splits.size >= KEPT_SPLITS) this.#splits.delete(this.#splits.keys().next().value!);
    const made = this.#makeSplit(set, longest);
    this.#splits.set(key, made);
    return made;
  }

  #makeSplit(set: RepeatedSet, longest: number): TokenSplit {
    const mask = new Uint32Array(this.words);
    const rest: TokenBytes[] = [];
    for (const token of this.#tokens) {
      const length = lengthWithin(token.bytes, set);
      if (length < 0 || length > longest) rest.push(token);
      else mask[token.id >> 5] |= 1 << (token.id & 31);
    }
    return { mask, rest: buildTrie(rest) };
  }
}

/** Number of characters; −1 unless all are whole and in the set. */
function lengthWithin(bytes: string, { ascii, others }: RepeatedSet): number {
  let length = 0;
  for (let at = 0; at < bytes.length; length++) {
    const first = bytes.charCodeAt(at);
    if (first < 0x80) {
      if (ascii[first] === 0) return -1;
      at++;
      continue;
    }
    const width = others ? characterWidth(bytes, at) : 0;
    if (width === 0) return -1;
    at += width;
  }
  return length;
}

/** Bytes of the well-formed character that starts at `at` (Unicode, table 3-7); 0 if it is not well-formed. */
function characterWidth(bytes: string, at: number): number {
  const first = bytes.charCodeAt(at);
  const width = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (width === 0 || at + width > bytes.length) return 0;
  for (let i = 1; i < width; i++) if ((bytes.charCodeAt(at + i) & 0xc0) !== 0x80) return 0;
  const second = bytes.charCodeAt(at + 1);
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const greatest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  return second >= least && second <= greatest ? width : 0;
}
