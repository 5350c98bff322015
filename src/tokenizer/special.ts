/** Finds added tokens in text: the leftmost, and at the same place the longest. */
import { PatternTrie } from "./pattern-trie.ts";
import type { AddedToken } from "./vocabulary.ts";

const WHITE_SPACE = /\p{White_Space}/u;
const WORD = /[\p{L}\p{N}_]/u;

type ParseSpecial = boolean | ((from: number, to: number) => boolean);

export class AddedTokenFinder {
  readonly #tokens: readonly AddedToken[];
  readonly #trie: PatternTrie;
  readonly #isFirst = new Uint8Array(65536);
  readonly #hasOrdinary: boolean;
  readonly isEmpty: boolean;

  constructor(tokens: readonly AddedToken[]) {
    this.#tokens = tokens;
    this.#trie = new PatternTrie(tokens.map(({ content }) => content));
    for (const { content } of tokens) this.#isFirst[content.charCodeAt(0)] = 1;
    this.#hasOrdinary = tokens.some((token) => !token.special);
    this.isEmpty = tokens.length === 0;
  }

  /**
   * Splits text into added tokens and segments without them. Special tokens are found only if `parseSpecial`
   * allows it (for an occurrence at these offsets, if it is a function); otherwise they stay text.
   */
  split(text: string, parseSpecial: ParseSpecial): (string | AddedToken)[] {
    if (text === "") return [];
    if (this.isEmpty || !(parseSpecial || this.#hasOrdinary)) return [text];
    const longest = this.#longestAt(text, parseSpecial);
    if (longest === undefined) return [text];
    const parts: (string | AddedToken)[] = [];
    let start = 0;
    for (let at = 0; at < text.length; ) {
      const token = longest[at] === 0 ? undefined : this.#tokens[longest[at] - 1];
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

  /**
   * By place: one more than the index of the longest allowed token there, 0 for none. Undefined if there is
   * none at all.
   */
  #longestAt(text: string, parseSpecial: ParseSpecial): Uint32Array | undefined {
    let longest: Uint32Array | undefined;
    let node = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (node === 0 && this.#isFirst[unit] === 0) continue;
      node = this.#trie.step(node, unit);
      for (let end = this.#trie.firstEnd(node); end !== 0; end = this.#trie.nextEnd(end)) {
        const index = this.#trie.patternAt(end);
        const from = at + 1 - this.#tokens[index].content.length;
        if (!this.#mayStand(this.#tokens[index], text, from, at + 1, parseSpecial)) continue;
        longest ??= new Uint32Array(text.length);
        // Ends come in order: a later one at the same place is longer.
        longest[from] = index + 1;
      }
    }
    return longest;
  }

  #mayStand(token: AddedToken, text: string, from: number, to: number, parseSpecial: ParseSpecial): boolean {
    if (token.special) {
      const allowed = typeof parseSpecial === "function" ? parseSpecial(from, to) : parseSpecial;
      if (!allowed) return false;
    }
    return !(token.singleWord && (WORD.test(text[from - 1] ?? "") || WORD.test(text[to] ?? "")));
  }
}
