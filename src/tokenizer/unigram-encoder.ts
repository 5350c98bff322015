/**
 * SentencePiece's unigram model (Kudo 2018): of all ways to cut the text into pieces, the one whose scores, log
 * probabilities, have the greatest sum, found by Viterbi's algorithm. A character that no piece covers costs
 * ten more than the worst piece. Sums are rounded to f32 as SentencePiece does, so that ties fall alike.
 */
import type { Encoder } from "./encoder.ts";
import { createNormalizer } from "./normalizer.ts";
import { PairTable } from "./pair-table.ts";
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
  /** Tokens that are looked for in normalised text. */
  readonly #inNormalized: AddedTokenFinder | undefined;
  readonly #bytes: Int32Array;
  /** (node, UTF-16 unit) → node; the root is 0. */
  readonly #trie: PairTable;
  /** Id of the piece that ends at a node, -1 for none. */
  readonly #pieceAt: Int32Array;
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
      // What the user defined always wins against a path of other pieces.
      types[id] === PIECE.userDefined ? utf8Length(pieces[id]) * greatest - 0.1 : score,
    );
    [this.#trie, this.#pieceAt] = buildTrie(vocabulary);
  }

  encode(text: string, atStart: boolean, out: number[]): void {
    const normal = this.#normalize(text, atStart);
    for (const part of this.#inNormalized?.split(normal, true) ?? [normal]) {
      if (typeof part !== "string") out.push(part.id);
      else if (!this.#vocabulary.splitsAtSpaces) this.#encodeStretch(part, out);
      else for (const word of wordsOf(part)) this.#encodeWord(word, out);
    }
  }

  /** A word that is cut off from others: unknown pieces do not join across it. */
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
    for (let at = 0; at < length; ) {
      const charEnd = at + charLength(normal, at);
      if (!this.#extend(normal, at, charEnd, best, from, piece)) {
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

  /** Offers every piece that starts here. Returns whether one covers exactly the first character. */
  #extend(
    text: string,
    at: number,
    charEnd: number,
    best: Float32Array,
    from: Int32Array,
    piece: Int32Array,
  ): boolean {
    let covered = false;
    let node = 0;
    for (let end = at; end < text.length; ) {
      const slot = this.#trie.find(node, text.charCodeAt(end++));
      if (slot < 0) break;
      node = this.#trie.productAt(slot);
      const id = this.#pieceAt[node];
      if (id < 0) continue;
      offer(at, end, this.#scores[id], id, best, from, piece);
      if (end === charEnd) covered = true;
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

function buildTrie({ pieces, types }: Vocabulary): [PairTable, Int32Array] {
  const trie = new PairTable(pieces.length);
  const pieceAt: number[] = [-1];
  for (let id = 0; id < pieces.length; id++) {
    if (types[id] !== PIECE.normal && types[id] !== PIECE.userDefined) continue;
    const text = pieces[id];
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const slot = trie.find(node, unit);
      if (slot >= 0) {
        node = trie.productAt(slot);
        continue;
      }
      trie.add(node, unit, 0, pieceAt.length);
      node = pieceAt.length;
      pieceAt.push(-1);
    }
    if (node !== 0 && pieceAt[node] < 0) pieceAt[node] = id;
  }
  return [trie, Int32Array.from(pieceAt)];
}

function charLength(text: string, at: number): 1 | 2 {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdbff && at + 1 < text.length ? 2 : 1;
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}
