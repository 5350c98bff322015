/** Finds added tokens in text: the leftmost, and of those at one place the longest. */
import { PairTable } from "./pair-table.ts";
import type { AddedToken } from "./vocabulary.ts";

const WHITE_SPACE = /\p{White_Space}/u;
const WORD = /[\p{L}\p{N}_]/u;

type ParseSpecial = boolean | ((from: number, to: number) => boolean);

export class AddedTokenFinder {
  /** A trie: (node, UTF-16 unit) → node; the root is 0. Many tokens share a long beginning. */
  readonly #trie: PairTable;
  /** Tokens that end at a node. */
  readonly #endsAt = new Map<number, AddedToken>();
  readonly #isFirst = new Uint8Array(65536);
  readonly #hasOrdinary: boolean;
  readonly isEmpty: boolean;

  constructor(tokens: readonly AddedToken[]) {
    this.#trie = new PairTable(tokens.length * 8);
    let nodes = 1;
    for (const token of tokens) {
      this.#isFirst[token.content.charCodeAt(0)] = 1;
      let node = 0;
      for (let i = 0; i < token.content.length; i++) {
        const unit = token.content.charCodeAt(i);
        let slot = this.#trie.find(node, unit);
        if (slot < 0) {
          this.#trie.add(node, unit, 0, nodes++);
          slot = this.#trie.find(node, unit);
        }
        node = this.#trie.productAt(slot);
      }
      if (!this.#endsAt.has(node)) this.#endsAt.set(node, token);
    }
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
    let longest: AddedToken | undefined;
    let node = 0;
    for (let end = at; end < text.length; ) {
      const slot = this.#trie.find(node, text.charCodeAt(end++));
      if (slot < 0) break;
      node = this.#trie.productAt(slot);
      const token = this.#endsAt.get(node);
      if (token === undefined) continue;
      const allowed = typeof parseSpecial === "function" ? parseSpecial(at, end) : parseSpecial;
      if (token.special && !allowed) continue;
      const insideWord = token.singleWord && (WORD.test(text[at - 1] ?? "") || WORD.test(text[end] ?? ""));
      if (!insideWord) longest = token;
    }
    return longest;
  }
}
