/**
 * Lines: what training counts, leaves out, or keeps to measure on. Which of them a line is for, its own hash decides;
 * so the choice depends neither on the order of the text nor on how it was cut into documents.
 */
import { charClass, codePointAt, LETTER, NUMBER, SPACE } from "../char-class.ts";
import { hashOf } from "./word-table.ts";

/** Sentences of SentencePiece's trainer: what stands between line breaks, empty ones left out. */
export function* sentencesOf(document: string): Generator<string> {
  for (let from = 0; from < document.length; ) {
    let to = document.indexOf("\n", from);
    if (to < 0) to = document.length;
    if (to > from) yield document.slice(from, to);
    from = to + 1;
  }
}

/** Characters after which a stretch without a usable line break is cut at a space. */
const LONG_STRETCH = 2048;

/**
 * Stretches of a document that can be cut into words one by one, since every pre-tokeniser that can be trained
 * with ends a word there: after a line break between a visible character and a letter or number, and, in long
 * stretches, before a space between a visible character and a letter. Together they are the document.
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

/** Whether words end at this place, whatever pre-tokeniser cuts them (see `stretchesOf`). */
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

/** UTF-16 units of held-out text that are kept. What is held out beyond that is neither trained nor measured on. */
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

  /** What a line is for. Lines to measure on are kept here. */
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

  /** Keeps half as much: the lines with the lower hashes, so that the order of lines does not matter. */
  #halve(): void {
    this.#keptBelow /= 2;
    const rest = this.#kept.filter(({ hash }) => hash < this.#keptBelow);
    this.#kept.splice(0, this.#kept.length, ...rest);
    this.#keptUnits = rest.reduce((sum, { line }) => sum + line.length, 0);
  }

  /** Lines to measure on, in an order that depends only on them. */
  heldOutLines(): string[] {
    return this.#kept
      .toSorted((a, b) => a.hash - b.hash || (a.line < b.line ? -1 : 1))
      .map(({ line }) => line);
  }
}
