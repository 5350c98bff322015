/**
 * SentencePiece's unigram model (Kudo 2018): of all segmentations of the text, the one with the greatest sum
 * of scores (log probabilities), found by Viterbi's algorithm. A character without a piece scores ten below
 * the worst piece. Sums are rounded to f32 as in SentencePiece, so that ties are resolved in the same way.
 */
import type { Encoder } from "./encoder.ts";
import { createNormalizer } from "./normalizer.ts";
import { PatternTrie } from "./pattern-trie.ts";
import type { AddedTokenFinder } from "./special.ts";
import {
  byteIds,
  finderOf,
  innerUserDefined,
  normalizedTokens,
  pushUnknown,
  wordsOf,
} from "./spm-encoder.ts";
import { pushUtf8 } from "./text.ts";
import { PIECE, type Vocabulary } from "./vocabulary.ts";

const UNKNOWN_PENALTY = 10;
const UNKNOWN = -1;

export class UnigramEncoder implements Encoder {
  readonly #vocabulary: Vocabulary;
  readonly #normalize: (text: string, atStart: boolean) => string;
  /** Tokens that are matched in normalised text. */
  readonly #inNormalized: AddedTokenFinder | undefined;
  readonly #bytes: Int32Array;
  readonly #trie: PatternTrie;
  /** Ids of the pieces in the trie. */
  readonly #ids: readonly number[];
  readonly #scores: Float64Array;
  readonly #unknownScore: number;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#normalize = createNormalizer(vocabulary, finderOf(innerUserDefined(vocabulary)));
    this.#inNormalized = finderOf(normalizedTokens(vocabulary, this.#normalize));
    this.#bytes = byteIds(vocabulary);
    const { pieces, types, scores } = vocabulary;
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    for (let id = 0; id < pieces.length; id++) {
      if (types[id] !== PIECE.normal) continue;
      least = Math.min(least, scores[id]);
      greatest = Math.max(greatest, scores[id]);
    }
    if (least > greatest) [least, greatest] = [0, 0];
    this.#unknownScore = least - UNKNOWN_PENALTY;
    this.#scores = Float64Array.from(scores, (score, id) =>
      // User-defined pieces always win against a path of other pieces.
      types[id] === PIECE.userDefined ? utf8Length(pieces[id]) * greatest - 0.1 : score,
    );
    const isText = (id: number): boolean => types[id] === PIECE.normal || types[id] === PIECE.userDefined;
    this.#ids = [...pieces.keys()].filter(isText);
    this.#trie = new PatternTrie(this.#ids.map((id) => pieces[id]));
  }

  encode(text: string, atStart: boolean, out: number[]): void {
    const normal = this.#normalize(text, atStart);
    for (const part of this.#inNormalized?.split(normal, true) ?? [normal]) {
      if (typeof part !== "string") out.push(part.id);
      else if (!this.#vocabulary.splitsAtSpaces) this.#encodeStretch(part, out);
      else for (const word of wordsOf(part)) this.#encodeWord(word, out);
    }
  }

  /** Encodes a separate word: unknown pieces do not join across its ends. */
  #encodeWord(word: string, out: number[]): void {
    const ids: number[] = [];
    this.#encodeStretch(word, ids);
    for (const id of ids) out.push(id);
  }

  #encodeStretch(normal: string, out: number[]): void {
    const length = normal.length;
    /** By end of a path: its score, where its last piece starts, and that piece. */
    const best = new Float32Array(length + 1);
    const from = new Int32Array(length + 1).fill(-1);
    const piece = new Int32Array(length + 1);
    let node = 0;
    for (let at = 0; at < length; ) {
      const charEnd = at + charLength(normal, at);
      for (let i = at; i < charEnd; i++) node = this.#trie.step(node, normal.charCodeAt(i));
      if (!this.#arrive(node, at, charEnd, best, from, piece)) {
        offer(at, charEnd, this.#unknownScore, UNKNOWN, best, from, piece);
      }
      at = charEnd;
    }
    const ends: number[] = [];
    for (let end = length; end > 0; end = from[end]) ends.push(end);
    for (const end of ends.reverse()) {
      if (piece[end] === UNKNOWN) this.#emitUnknown(normal.slice(from[end], end), out);
      else out.push(piece[end]);
    }
  }

  /**
   * Tries every piece that ends here, the longest first. Returns whether one covers exactly the last
   * character.
   */
  #arrive(
    node: number,
    charStart: number,
    end: number,
    best: Float32Array,
    from: Int32Array,
    piece: Int32Array,
  ): boolean {
    let covered = false;
    for (let at = this.#trie.firstEnd(node); at !== 0; at = this.#trie.nextEnd(at)) {
      const id = this.#ids[this.#trie.patternAt(at)];
      const start = end - this.#vocabulary.pieces[id].length;
      offer(start, end, this.#scores[id], id, best, from, piece);
      if (start === charStart) covered = true;
    }
    return covered;
  }

  #emitUnknown(char: string, out: number[]): void {
    const bytes: number[] = [];
    pushUtf8(bytes, char.codePointAt(0) ?? 0);
    if (bytes.every((byte) => this.#bytes[byte] >= 0)) for (const byte of bytes) out.push(this.#bytes[byte]);
    else pushUnknown(this.#vocabulary, out);
  }
}

function offer(
  at: number,
  end: number,
  score: number,
  id: number,
  best: Float32Array,
  from: Int32Array,
  piece: Int32Array,
): void {
  const sum = best[at] + score;
  if (from[end] >= 0 && sum <= best[end]) return;
  best[end] = sum;
  from[end] = at;
  piece[end] = id;
}

function charLength(text: string, at: number): 1 | 2 {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdbff && at + 1 < text.length ? 2 : 1;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
