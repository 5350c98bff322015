/**
 * Which strings of characters may be a piece of a SentencePiece vocabulary (IsValidSentencePiece in its
 * trainer_interface.cc), and where two neighbouring characters can never be in one piece.
 */
import { codePointAt, unitsOf } from "../char-class.ts";
import { SPACE_MARK } from "../text.ts";
import type { SpmSettings } from "./options.ts";
import { INHERITED, SCRIPT_COUNT, scriptOf } from "./script.ts";

/** Replaces text that no piece may contain, such as a control symbol. */
export const BOUNDARY_CHAR = "\t";
const SPACE = SPACE_MARK.charCodeAt(0);
/** Tab and NUL, and U+2585, which SentencePiece substitutes for rare characters. */
const BOUNDARIES = new Set([0x00, 0x09, 0x2585]);

/** Classes of characters: the numbers of scripts, and above them classes with special rules. */
const CLASS = {
  /** A digit that may join every script. */
  neutral: SCRIPT_COUNT,
  space: SCRIPT_COUNT + 1,
  /** From here on: never next to another character. */
  boundary: SCRIPT_COUNT + 2,
  /** A digit that is always a separate piece. */
  digit: SCRIPT_COUNT + 3,
  unknown: 255,
} as const;
const NO_SCRIPT = -1;

/** ASCII digits and full-width ones. */
function isDigit(codePoint: number): boolean {
  return (codePoint >= 0x30 && codePoint <= 0x39) || (codePoint >= 0xff10 && codePoint <= 0xff19);
}

/** Whether a class is a script that cannot be next to another one. */
function isDefinite(kind: number): boolean {
  return kind < SCRIPT_COUNT && kind !== INHERITED;
}

export class PieceRules {
  readonly #settings: SpmSettings;
  /** Classes by code point, in pages that are filled on demand. */
  readonly #pages: (Uint8Array | undefined)[] = new Array(0x1100);

  constructor(settings: SpmSettings) {
    this.#settings = settings;
  }

  #classOf(codePoint: number): number {
    const known = this.#pages[codePoint >> 8]?.[codePoint & 255] ?? CLASS.unknown;
    return known === CLASS.unknown ? this.#learn(codePoint) : known;
  }

  #learn(codePoint: number): number {
    const page = codePoint >> 8;
    const classes = this.#pages[page] ?? new Uint8Array(256).fill(CLASS.unknown);
    this.#pages[page] = classes;
    const kind = this.#computeClass(codePoint);
    classes[codePoint & 255] = kind;
    return kind;
  }

  #computeClass(codePoint: number): number {
    if (codePoint === SPACE) return CLASS.space;
    if (BOUNDARIES.has(codePoint)) return CLASS.boundary;
    if (isDigit(codePoint) && this.#settings.splitDigits) return CLASS.digit;
    if (isDigit(codePoint) && !this.#settings.splitByNumber) return CLASS.neutral;
    return scriptOf(codePoint);
  }

  /** Whether a piece may contain adjacent characters of these classes. */
  #mayJoin(before: number, after: number): boolean {
    if (before >= CLASS.boundary || after >= CLASS.boundary) return false;
    const { splitByWhitespace, allowWhitespaceOnlyPieces, splitByUnicodeScript } = this.#settings;
    if (after === CLASS.space) {
      return !splitByWhitespace || (allowWhitespaceOnlyPieces && before === CLASS.space);
    }
    return !splitByUnicodeScript || before === after || !isDefinite(before) || !isDefinite(after);
  }

  /**
   * Splits normalised text wherever no piece can span the split, and calls `use` with every part. These words
   * are shorter and fewer than those between spaces, while all pairs that may merge stay the same.
   */
  cut(text: string, use: (from: number, to: number) => void): void {
    let from = 0;
    let before = -1;
    for (let at = 0; at < text.length; ) {
      const codePoint = codePointAt(text, at);
      const kind = this.#classOf(codePoint);
      if (at > from && !this.#mayJoin(before, kind)) {
        use(from, at);
        from = at;
      }
      before = kind;
      at += unitsOf(codePoint);
    }
    if (from < text.length) use(from, text.length);
  }

  /** Whether the code points [0, length) may be a piece. */
  isPiece(codePoints: ArrayLike<number>, length: number): boolean {
    const { maxPieceLength, splitByWhitespace, splitByUnicodeScript } = this.#settings;
    if (length === 0 || length > maxPieceLength) return false;
    const spacesAnywhere = this.#settings.allowWhitespaceOnlyPieces && this.#isBlank(codePoints, length);
    let script = NO_SCRIPT;
    for (let at = 0; at < length; at++) {
      const kind = this.#classOf(codePoints[at]);
      if (kind >= CLASS.boundary && (kind === CLASS.boundary || length > 1)) return false;
      if (kind === CLASS.space) {
        const allowed = at === 0 || spacesAnywhere || (!splitByWhitespace && at < length - 1);
        if (!allowed) return false;
        continue;
      }
      // A mark takes the script of the character before it.
      if (kind === INHERITED) continue;
      const next = kind === CLASS.neutral ? NO_SCRIPT : kind;
      const differs = script !== NO_SCRIPT && next !== NO_SCRIPT && script !== next;
      if (differs && splitByUnicodeScript) return false;
      script = next;
    }
    return true;
  }

  #isBlank(codePoints: ArrayLike<number>, length: number): boolean {
    for (let at = 0; at < length; at++) if (codePoints[at] !== SPACE) return false;
    return true;
  }
}
