/**
 * The tokens of a vocabulary that a grammar may choose from, by their bytes. Most places of a text are inside strings,
 * where almost every token is allowed. For such places tokens are split in advance: those made only of characters that
 * the string repeats are allowed at once, and only the few others are checked.
 */
import type { Tokenizer } from "../../tokenizer/index.ts";
import { PIECE } from "../../tokenizer/vocabulary.ts";
import { longestToken, sortedTable, type TokenTable } from "./token-table.ts";
import { buildTrie, type TokenTrie } from "./token-trie.ts";
import { bytesOfControl } from "./utf8.ts";

/** Characters that a place repeats: some of ASCII, and all or none of the others. */
export interface RepeatedSet {
  readonly key: string;
  /** By ASCII code: 1 if it is in the set. */
  readonly ascii: Uint8Array;
  readonly others: boolean;
}

/** Tokens made only of a set's characters, and all other tokens. */
export interface TokenSplit {
  readonly rest: TokenTrie;
  /** Characters of the longest token of the set. */
  readonly longest: number;
  /** A mask of the set's tokens of at most so many characters; not to be changed. */
  readonly upTo: (characters: number) => Uint32Array;
}

/** Splits that are kept; the oldest is dropped. */
const KEPT_SPLITS = 8;
/** A split is made when it is needed for the second time. */
const NEEDED = 2;
const MAX_NEEDS = 1024;
const SPACE = 0x20;
const NOTHING = new Uint8Array(0);
/** Marks tokens that are not made of a set's characters alone. */
const OTHER = 0xffff;

export class TokenIndex {
  /** Number of words of a mask. */
  readonly words: number;
  readonly ends: readonly number[];
  readonly trie: TokenTrie;
  readonly #table: TokenTable;
  /** By id; undefined for tokens that no grammar allows. */
  readonly #bytes: (Uint8Array | undefined)[] = [];
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
      this.#bytes[id] = bytes;
      if (type === PIECE.byte || type === PIECE.control) this.#literal.add(id);
    }
    this.#table = this.#tableOf(false);
    this.trie = buildTrie(this.#table);
  }

  #tableOf(dropsSpace: boolean): TokenTable {
    return sortedTable(
      this.#bytes
        .map((_, id) => ({ id, bytes: this.bytesOf(id, dropsSpace) }))
        .filter((token) => token !== undefined && token.bytes.length > 0),
    );
  }

  /** Tokens as the first of a text, whose leading space SentencePiece's decoder drops. */
  get startTrie(): TokenTrie {
    this.#startTrie ??= buildTrie(this.#tableOf(true));
    return this.#startTrie;
  }

  /** Bytes that a token adds to a text; none for tokens that no grammar allows. */
  bytesOf(id: number, dropsSpace: boolean): Uint8Array {
    const bytes = this.#bytes[id] ?? NOTHING;
    return dropsSpace && bytes[0] === SPACE && !this.#literal.has(id) ? bytes.subarray(1) : bytes;
  }

  /** Tokens, each the longest, that together are the beginning of a text. */
  longestTokens(text: ArrayLike<number>, most: number): number[] {
    const { ids, starts } = this.#table;
    const tokens: number[] = [];
    for (let at = 0; at < text.length && tokens.length < most; ) {
      const place = longestToken(this.#table, text, at);
      if (place < 0) break;
      tokens.push(ids[place]);
      at += starts[place + 1] - starts[place];
    }
    return tokens;
  }

  /** The split of the tokens by a set; undefined if it is not worth its cost yet. */
  split(set: RepeatedSet): TokenSplit | undefined {
    const known = this.#splits.get(set.key);
    if (known !== undefined) return known;
    const needs = (this.#needs.get(set.key) ?? 0) + 1;
    if (this.#needs.size >= MAX_NEEDS) this.#needs.clear();
    this.#needs.set(set.key, needs);
    if (needs < NEEDED) return undefined;
    if (this.#splits.size >= KEPT_SPLITS) this.#splits.delete(this.#splits.keys().next().value!);
    const made = this.#makeSplit(set);
    this.#splits.set(set.key, made);
    return made;
  }

  #makeSplit(set: RepeatedSet): TokenSplit {
    const { ids } = this.#table;
    const lengths = lengthsWithin(this.#table, set);
    const isOther = Uint8Array.from(lengths, (length) => (length === OTHER ? 1 : 0));
    const longest = lengths.reduce((most, length) => (length === OTHER ? most : Math.max(most, length)), 0);
    const masks: (Uint32Array | undefined)[] = [];
    const upTo = (characters: number): Uint32Array => {
      const limit = Math.min(characters, longest);
      const known = masks[limit];
      if (known !== undefined) return known;
      const mask = new Uint32Array(this.words);
      for (let at = 0; at < ids.length; at++)
        if (lengths[at] <= limit) mask[ids[at] >> 5] |= 1 << (ids[at] & 31);
      masks[limit] = mask;
      return mask;
    };
    return { rest: buildTrie(this.#table, isOther), longest, upTo };
  }
}

/** Number of characters of each token; OTHER unless all are whole and in the set. */
function lengthsWithin({ ids, bytes, starts }: TokenTable, { ascii, others }: RepeatedSet): Uint16Array {
  const lengths = new Uint16Array(ids.length);
  for (let token = 0; token < ids.length; token++) {
    const end = starts[token + 1];
    for (let at = starts[token]; at < end; lengths[token]++) {
      const first = bytes[at];
      const width = first < 0x80 ? ascii[first] : others ? characterWidth(bytes, at, end) : 0;
      if (width === 0) {
        lengths[token] = OTHER;
        break;
      }
      at += width;
    }
  }
  return lengths;
}

/** Bytes of the well-formed character that starts at `at` (Unicode, table 3-7); 0 if it is not well-formed. */
function characterWidth(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at];
  const width = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (width === 0 || at + width > end) return 0;
  for (let i = 1; i < width; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1];
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const greatest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  return second >= least && second <= greatest ? width : 0;
}
