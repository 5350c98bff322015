/**
 * The characters that get their own piece: the most frequent ones, until they cover the requested share of
 * the text (SentencePiece's character coverage).
 */
import { BOUNDARY_CHAR } from "./piece-rules.ts";
import type { WordTable } from "./word-table.ts";

const BOUNDARY = BOUNDARY_CHAR.charCodeAt(0);
/** No piece may contain these: NUL, and SentencePiece's reserved character for unknown ones. */
const NEVER = new Set([0x00, 0x2585]);

export interface Alphabet {
  /** Code points, the most frequent first, equally frequent ones in numerical order. */
  readonly codePoints: readonly number[];
  /** Share of the text's characters that they cover. */
  readonly coverage: number;
}

/** The count of each character that occurs. */
function countCharacters(words: WordTable): Map<number, number> {
  const counts = new Float64Array(0x110000);
  for (let word = 0; word < words.size; word++) {
    const count = words.countOf(word);
    words.eachCodePoint(word, (codePoint) => {
      counts[codePoint] += count;
    });
  }
  const found = new Map<number, number>();
  for (let codePoint = 0; codePoint < counts.length; codePoint++) {
    if (counts[codePoint] > 0) found.set(codePoint, counts[codePoint]);
  }
  return found;
}

/**
 * @param wanted share of the characters, compared in 32-bit floats as SentencePiece does.
 * @param required characters that are always included.
 */
export function chooseAlphabet(words: WordTable, wanted: number, required: string): Alphabet {
  const counts = countCharacters(words);
  for (const codePoint of NEVER) counts.delete(codePoint);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const must = new Set(Array.from(required, (char) => char.codePointAt(0) ?? 0));
  for (const codePoint of must) if (!counts.has(codePoint)) counts.set(codePoint, 0);
  const byCount = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const inOrder = [
    ...byCount.filter(([char]) => must.has(char)),
    ...byCount.filter(([char]) => !must.has(char)),
  ];

  const chosen = new Set<number>();
  let covered = 0;
  for (const [codePoint, count] of inOrder) {
    const enough = Math.fround(covered / total) >= Math.fround(wanted);
    if (enough && !must.has(codePoint)) break;
    covered += count;
    if (codePoint !== BOUNDARY) chosen.add(codePoint);
  }
  return {
    codePoints: byCount.map(([codePoint]) => codePoint).filter((codePoint) => chosen.has(codePoint)),
    coverage: total === 0 ? 0 : covered / total,
  };
}
