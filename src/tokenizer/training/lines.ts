/**
 * Lines: training counts them, skips them, or keeps them for measurement. The hash of a line decides, so the
 * choice depends neither on the order of the text nor on its division into documents.
 */
import { charClass, codePointAt, LETTER, NUMBER, SPACE } from "../char-class.ts";
import { hashOf } from "./word-table.ts";

/** Sentences as in SentencePiece's trainer: the text between line breaks, without empty ones. */
export function* sentencesOf(document: string): Generator<string> {
  for (let from = 0; from < document.length; ) {
    let to = document.indexOf("\n", from);
    if (to < 0) to = document.length;
    if (to > from) yield document.slice(from, to);
    from = to + 1;
  }
}

/** Length from which a segment without a usable line break is split at a space. */
const LONG_STRETCH = 2048;

/**
 * Segments of a document that can be split into words separately, since every trainable pre-tokeniser ends a
 * word there: after a line break between a visible character and a letter or number, and, in long segments,
 * before a space between a visible character and a letter. Joined, they are the document.
 */
export function* stretchesOf(document: string): Generator<string> {
  let from = 0;
  for (let at = 1; at < document.length; at++) {
    const unit = document.charCodeAt(at);
    const cut = unit === 0x0a ? at + 1 : at;
    const usable = unit === 0x0a || (unit === 0x20 && at - from > LONG_STRETCH);
    if (!usable || !isWordEnd(document, cut)) continue;
    yield document.slice(from, cut);
    from = cut;
  }
  if (from < document.length) yield document.slice(from);
}

/** Whether every pre-tokeniser ends a word at this place (see `stretchesOf`). */
export function isWordEnd(text: string, at: number): boolean {
  if (at < 1 || at >= text.length) return false;
  if (text.charCodeAt(at) === 0x20) {
    return isVisible(text, at - 1) && at + 1 < text.length && hasClass(text, at + 1, LETTER);
  }
  return text.charCodeAt(at - 1) === 0x0a && isVisible(text, at - 2) && hasClass(text, at, LETTER | NUMBER);
}

function isVisible(text: string, at: number): boolean {
  return at >= 0 && (charClass(text.charCodeAt(at)) & SPACE) === 0;
}

function hasClass(text: string, at: number, bits: number): boolean {
  return (charClass(codePointAt(text, at)) & bits) !== 0;
}

/**
 * Maximum UTF-16 units of held-out text that are kept. Further held-out text is used neither for training nor
 * for measurement.
 */
const MAX_HELD_OUT = 2 ** 23;

export type LineUse = "train" | "heldOut" | "unused";

export class LineChooser {
  readonly #heldOut: number;
  readonly #sample: number;
  readonly #seed: number;
  readonly #kept: { readonly hash: number; readonly line: string }[] = [];
  #keptUnits = 0;
  /** Held-out lines with a hash below this are kept. */
  #keptBelow: number;

  /** @param heldOut and @param sample shares of the lines, see the training's options. */
  constructor({ heldOut, sample, seed }: { heldOut: number; sample: number; seed: number }) {
    this.#heldOut = heldOut * 2 ** 32;
    this.#sample = sample;
    this.#seed = (seed ^ Math.floor(seed / 2 ** 32)) | 0;
    this.#keptBelow = this.#heldOut;
  }

  /** The use of a line. Lines for measurement are kept here. */
  choose(line: string): LineUse {
    if (this.#heldOut === 0 && this.#sample === 1) return "train";
    const hash = hashOf(line, 0, line.length, this.#seed);
    if (hash < this.#heldOut) {
      this.#keep(hash, line);
      return "heldOut";
    }
    const rank = (hash - this.#heldOut) / (2 ** 32 - this.#heldOut);
    return rank < this.#sample ? "train" : "unused";
  }

  #keep(hash: number, line: string): void {
    if (hash >= this.#keptBelow) return;
    // A copy: a slice would keep its whole document alive.
    this.#kept.push({ hash, line: structuredClone(line) });
    this.#keptUnits += line.length;
    while (this.#keptUnits > MAX_HELD_OUT) this.#halve();
  }

  /** Halves the kept lines. The lower hashes stay, so that the order of lines does not matter. */
  #halve(): void {
    this.#keptBelow /= 2;
    const rest = this.#kept.filter(({ hash }) => hash < this.#keptBelow);
    this.#kept.splice(0, this.#kept.length, ...rest);
    this.#keptUnits = rest.reduce((sum, { line }) => sum + line.length, 0);
  }

  /** Lines for measurement, in an order that depends only on the lines. */
  heldOutLines(): string[] {
    return this.#kept
      .toSorted((a, b) => a.hash - b.hash || (a.line < b.line ? -1 : 1))
      .map(({ line }) => line);
  }
}
