/** Finds added tokens in text: the leftmost, and of those at one place the longest. */
import type { AddedToken } from "./vocabulary.ts";

const WHITE_SPACE = /\p{White_Space}/u;
const WORD = /[\p{L}\p{N}_]/u;

type ParseSpecial = boolean | ((from: number, to: number) => boolean);

export class AddedTokenFinder {
  /** By first UTF-16 unit, longest first. */
  readonly #byFirst = new Map<number, AddedToken[]>();
  readonly #isFirst = new Uint8Array(65536);
  readonly #hasOrdinary: boolean;
  readonly isEmpty: boolean;

  constructor(tokens: readonly AddedToken[]) {
    for (const token of tokens) {
      const first = token.content.charCodeAt(0);
      this.#isFirst[first] = 1;
      const list = this.#byFirst.get(first);
      if (list === undefined) this.#byFirst.set(first, [token]);
      else list.push(token);
    }
    for (const list of this.#byFirst.values()) list.sort((a, b) => b.content.length - a.content.length);
    this.#hasOrdinary = tokens.some((token) => !token.special);
    this.isEmpty = tokens.length === 0;
  }

  /**
   * Cuts text into stretches without added tokens and added tokens. Special ones are found only if
   * `parseSpecial` says so (of an occurrence at these offsets, if it is a function); else they stay text.
   */
  split(text: string, parseSpecial: ParseSpecial): (string | AddedToken)[] {
    if (text === "") return [];
    if (this.isEmpty || !(parseSpecial || this.#hasOrdinary)) return [text];
    const parts: (string | AddedToken)[] = [];
    let start = 0;
    for (let at = 0; at < text.length; ) {
      const token = this.#isFirst[text.charCodeAt(at)] ? this.#matchAt(text, at, parseSpecial) : undefined;
      if (token === undefined) {
        at++;
        continue;
      }
      let before = at;
      if (token.lstrip) while (before > start && WHITE_SPACE.test(text[before - 1])) before--;
      if (before > start) parts.push(text.slice(start, before));
      parts.push(token);
      at += token.content.length;
      if (token.rstrip) while (at < text.length && WHITE_SPACE.test(text[at])) at++;
      start = at;
    }
    if (start < text.length) parts.push(text.slice(start));
    return parts;
  }

  #matchAt(text: string, at: number, parseSpecial: ParseSpecial): AddedToken | undefined {
    return this.#byFirst.get(text.charCodeAt(at))?.find((token) => {
      if (token.special && !parseSpecial) return false;
      if (!text.startsWith(token.content, at)) return false;
      const end = at + token.content.length;
      if (token.special && typeof parseSpecial === "function" && !parseSpecial(at, end)) return false;
      return !token.singleWord || !(WORD.test(text[at - 1] ?? "") || WORD.test(text[end] ?? ""));
    });
  }
}
