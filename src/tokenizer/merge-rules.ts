/** Builds the table of merges from a vocabulary's list of merges, scores, or ranks. */
import { TokenizerError } from "../base/errors.ts";
import { PairTable } from "./pair-table.ts";
import type { SymbolTable } from "./symbols.ts";
import { PIECE, type Vocabulary } from "./vocabulary.ts";

/** Longest piece, in UTF-16 units, that is split into candidate halves. No trainer produces longer ones. */
export const MAX_PIECE_LENGTH = 1024;

/** Where the space of "left right" is: the first with text before it. Undefined if there is no text after it. */
function spaceOfMerge(merge: string): number | undefined {
  const at = merge.indexOf(" ", 1);
  return at < 0 || at === merge.length - 1 ? undefined : at;
}

/** Where the space of a vocabulary's merge is. Throws TokenizerError if it is not two texts. */
export function checkedSpace(merge: string, name: string): number {
  const space = spaceOfMerge(merge);
  if (space !== undefined) return space;
  throw new TokenizerError({
    doing: `read the merges of "${name}"`,
    expected: "two strings with a space between them",
    found: JSON.stringify(merge.slice(0, 60)),
    fix: "the file is damaged or was made by a faulty program",
  });
}

/** Splits "left right" at its space. */
export function splitMerge(merge: string): [string, string] | undefined {
  const space = spaceOfMerge(merge);
  return space === undefined ? undefined : [merge.slice(0, space), merge.slice(space + 1)];
}

/** The listed merges; the first has rank 0. */
export function pairsFromMerges(vocabulary: Vocabulary, symbols: SymbolTable): PairTable {
  const merges = vocabulary.merges ?? [];
  const pairs = new PairTable(merges.length);
  for (let rank = 0; rank < merges.length; rank++) {
    const merge = merges[rank];
    const space = checkedSpace(merge, vocabulary.name);
    const left = symbols.internPart(merge, 0, space);
    const right = symbols.internPart(merge, space + 1, merge.length);
    pairs.add(left, right, rank, symbols.internAround(merge, space));
  }
  return pairs;
}

/**
 * Every split of a piece into two parts is a merge with the piece's rank. Parts are pieces or single
 * characters; `rankOf` returns the piece's rank; equal ranks merge from the left.
 */
export function pairsFromPieces(
  vocabulary: Vocabulary,
  symbols: SymbolTable,
  rankOf: (id: number) => number,
): PairTable {
  const { pieces, types } = vocabulary;
  const pairs = new PairTable(pieces.length);
  for (let id = 0; id < pieces.length; id++) {
    const type = types[id];
    const text = pieces[id];
    const merges = type === PIECE.normal || type === PIECE.userDefined || type === PIECE.unused;
    if (!merges || text.length > MAX_PIECE_LENGTH || symbols.find(text) !== id) continue;
    const rank = rankOf(id);
    for (let at = 1; at < text.length; at++) {
      if (isLowSurrogate(text.charCodeAt(at))) continue;
      const left = part(symbols, text, 0, at);
      const right = left === undefined ? undefined : part(symbols, text, at, text.length);
      if (left !== undefined && right !== undefined) pairs.add(left, right, rank, id);
    }
  }
  return pairs;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

function part(symbols: SymbolTable, text: string, from: number, to: number): number | undefined {
  const single = to - from === 1 || (to - from === 2 && isLowSurrogate(text.charCodeAt(from + 1)));
  return single ? symbols.internPart(text, from, to) : symbols.findPart(text, from, to);
}

/** Ranks by score: the highest score is 0, equal scores have equal ranks. Returns the rank of a piece. */
export function ranksFromScores(scores: Float32Array): (id: number) => number {
  const distinct = scores.slice().sort();
  let length = 0;
  for (const score of distinct)
    if (length === 0 || score !== distinct[length - 1]) distinct[length++] = score;
  return (id) => {
    const score = scores[id];
    let [from, to] = [0, length - 1];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (distinct[middle] < score) from = middle + 1;
      else to = middle;
    }
    return length - 1 - from;
  };
}

/**
 * The list of merges that is equivalent to a vocabulary of ranks or scores, for files that need one: every
 * way to form a piece from two pieces, in order of the pieces' priority, then of their halves' ids.
 */
export function mergesFromRanks(vocabulary: Vocabulary): string[] {
  const { kind, pieces, types, scores } = vocabulary;
  const ids = new Map<string, number>();
  for (let id = 0; id < pieces.length; id++) {
    const fromText = types[id] === PIECE.normal || (kind !== "byte-bpe" && types[id] === PIECE.userDefined);
    if (fromText && !ids.has(pieces[id])) ids.set(pieces[id], id);
  }
  const order = [...ids.values()];
  if (kind !== "byte-bpe") order.sort((a, b) => scores[b] - scores[a] || a - b);
  const merges: string[] = [];
  for (const id of order) {
    const text = pieces[id];
    if (text.length > MAX_PIECE_LENGTH) continue;
    const halves: [number, number][] = [];
    for (let at = 1; at < text.length; at++) {
      const left = ids.get(text.slice(0, at));
      const right = ids.get(text.slice(at));
      if (left !== undefined && right !== undefined) halves.push([left, right]);
    }
    halves.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    for (const [left, right] of halves) merges.push(`${pieces[left]} ${pieces[right]}`);
  }
  return merges;
}
