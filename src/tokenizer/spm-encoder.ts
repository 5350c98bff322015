/**
 * SentencePiece's BPE: text is normalised, spaces become "▁", and characters are merged by the score of the
 * resulting piece. Characters without a piece become byte pieces, or the unknown piece.
 */
import type { Encoder } from "./encoder.ts";
import { mergeSymbols } from "./merge.ts";
import { ranksFromScores } from "./merge-rules.ts";
import { Merges } from "./merges.ts";
import { createNormalizer } from "./normalizer.ts";
import { AddedTokenFinder } from "./special.ts";
import { pushUtf8, SPACE_MARK, WordCache } from "./text.ts";
import { type AddedToken, byteOfPiece, isMatchedNormalized, PIECE, type Vocabulary } from "./vocabulary.ts";

/** Ids of the 256 byte pieces, -1 for missing ones. */
export function byteIds(vocabulary: Vocabulary): Int32Array {
  const ids = new Int32Array(256).fill(-1);
  for (let id = 0; id < vocabulary.pieces.length; id++) {
    if (vocabulary.types[id] !== PIECE.byte) continue;
    const byte = byteOfPiece(vocabulary.pieces[id]);
    if (byte !== undefined && ids[byte] < 0) ids[byte] = id;
  }
  return ids;
}

/** User-defined pieces that are matched in normalised text (not in the raw text). */
export function innerUserDefined(vocabulary: Vocabulary): AddedToken[] {
  const outer = new Set(vocabulary.added.map((token) => token.id));
  return vocabulary.pieces.flatMap((content, id) =>
    vocabulary.types[id] === PIECE.userDefined && !outer.has(id) && content !== ""
      ? [{ id, content, special: false }]
      : [],
  );
}

/** Added tokens that are matched in normalised text, with their own text normalised (tokenizer.json only). */
export function normalizedTokens(
  { added }: Vocabulary,
  normalize: (text: string, atStart: boolean) => string,
): AddedToken[] {
  return added.filter(isMatchedNormalized).flatMap((token) => {
    const content = normalize(token.content, true);
    return content === "" ? [] : [{ ...token, content }];
  });
}

/** A finder of these tokens, undefined if there are none. */
export function finderOf(tokens: readonly AddedToken[]): AddedTokenFinder | undefined {
  return tokens.length === 0 ? undefined : new AddedTokenFinder(tokens);
}

/** Words of normalised text, each with the one "▁" that starts it. */
export function* wordsOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const next = text.indexOf(SPACE_MARK, start + 1);
    const end = next < 0 ? text.length : next;
    yield text.slice(start, end);
    start = end;
  }
}

/** Whether a "▁" follows another character ("x▁"). */
function extendsPastWord(piece: string): boolean {
  // Most pieces have one "▁", at their start.
  const last = piece.lastIndexOf(SPACE_MARK);
  return last > 0 && /[^\u2581]\u2581/u.test(piece);
}

export class SpmEncoder implements Encoder {
  readonly #vocabulary: Vocabulary;
  /** With scores, created for the first text: many models only decode. */
  #made: Merges | undefined;
  readonly #bytes: Int32Array;
  readonly #normalize: (text: string, atStart: boolean) => string;
  /** Tokens that are matched in normalised text. */
  readonly #inNormalized: AddedTokenFinder | undefined;
  readonly #cache = new WordCache();
  /** Whether no piece extends past the end of a word ("x▁"): then words can be encoded one by one. */
  readonly #wordsAreApart: boolean;
  /** Halves of unused pieces, for splitting them again. Undefined if there are none. */
  readonly #halves: Map<number, readonly [number, number]> | undefined;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    // A list of merges can be wrong, which must be reported at once.
    if (vocabulary.merges !== undefined) this.#made = this.#make();
    this.#bytes = byteIds(vocabulary);
    const inner = innerUserDefined(vocabulary);
    this.#normalize = createNormalizer(vocabulary, finderOf(inner));
    this.#inNormalized = finderOf([...inner, ...normalizedTokens(vocabulary, this.#normalize)]);
    this.#wordsAreApart = !vocabulary.pieces.some(extendsPastWord);
    this.#halves = vocabulary.types.includes(PIECE.unused) ? new Map() : undefined;
  }

  encode(text: string, atStart: boolean, out: number[]): void {
    const normal = this.#normalize(text, atStart);
    if (this.#inNormalized === undefined) {
      this.#encodeStretch(normal, out);
      return;
    }
    for (const part of this.#inNormalized.split(normal, true)) {
      if (typeof part === "string") this.#encodeStretch(part, out);
      else out.push(part.id);
    }
  }

  #encodeStretch(text: string, out: number[]): void {
    if (this.#vocabulary.splitsAtSpaces) {
      for (const word of wordsOf(text)) this.#encodeCached(word, out);
      return;
    }
    if (!this.#wordsAreApart) {
      this.#encodeWord(text, out);
      return;
    }
    for (let start = 0; start < text.length; ) {
      let end = start;
      while (end < text.length && text[end] === SPACE_MARK) end++;
      end = text.indexOf(SPACE_MARK, end);
      if (end < 0) end = text.length;
      this.#encodeCached(text.slice(start, end), out);
      start = end;
    }
  }

  #encodeCached(word: string, out: number[]): void {
    let ids = this.#cache.get(word);
    if (ids === undefined) {
      const fresh: number[] = [];
      this.#encodeWord(word, fresh);
      this.#cache.set(word, fresh);
      ids = fresh;
    }
    // Two consecutive unknown pieces become one, also across words, unless words are split before encoding.
    const { unkId, separateUnknown, splitsAtSpaces } = this.#vocabulary;
    const areApart = separateUnknown || splitsAtSpaces;
    for (const id of ids) if (areApart || id !== unkId || out.at(-1) !== unkId) out.push(id);
  }

  get #merges(): Merges {
    this.#made ??= this.#make();
    return this.#made;
  }

  #make(): Merges {
    return new Merges(this.#vocabulary, () => ranksFromScores(this.#vocabulary.scores));
  }

  #encodeWord(word: string, out: number[]): void {
    const merges = this.#merges;
    const pairs = merges.pairsFor(word.length);
    const symbols = new Int32Array(word.length);
    let length = 0;
    for (const char of word) symbols[length++] = merges.character(char);
    const halves = this.#halves;
    const onMerge =
      halves && ((product: number, left: number, right: number) => void halves.set(product, [left, right]));
    length = mergeSymbols(symbols, length, pairs, onMerge);
    for (let i = 0; i < length; i++) this.#emit(symbols[i], out);
  }

  #emit(merged: number, out: number[]): void {
    const { symbols } = this.#merges;
    const stack = [merged];
    for (let symbol = stack.pop(); symbol !== undefined; symbol = stack.pop()) {
      const halves = this.#vocabulary.types[symbol] === PIECE.unused ? this.#halves?.get(symbol) : undefined;
      if (halves !== undefined) stack.push(halves[1], halves[0]);
      else if (symbol < 0) this.#emitUncovered([-1 - symbol], out);
      else if (symbol >= symbols.vocabSize) this.#emitUncovered(codePointsOf(symbols.textOf(symbol)), out);
      else out.push(symbol);
    }
  }

  #emitUncovered(codePoints: readonly number[], out: number[]): void {
    const bytes: number[] = [];
    for (const codePoint of codePoints) pushUtf8(bytes, codePoint);
    const covered = bytes.every((byte) => this.#bytes[byte] >= 0);
    if (covered) for (const byte of bytes) out.push(this.#bytes[byte]);
    else pushUnknown(this.#vocabulary, out);
  }
}

const codePointsOf = (text: string): number[] => Array.from(text, (char) => char.codePointAt(0) ?? 0);

/** Text without any piece: the unknown piece, usually once per run; nothing if the vocabulary has none. */
export function pushUnknown(
  { unkId, separateUnknown }: Pick<Vocabulary, "unkId" | "separateUnknown">,
  out: number[],
): void {
  if (unkId !== undefined && (separateUnknown || out.at(-1) !== unkId)) out.push(unkId);
}
