/** Tokens by their bytes, as a tree in the order of a depth-first walk: a subtree is skipped with one assignment. */
import type { Automaton } from "./automaton.ts";

/** A token and its bytes, one character per byte. */
export interface TokenBytes {
  readonly id: number;
  readonly bytes: string;
}

/** The nodes of the tree in depth-first order; each is one byte. */
export interface TokenTrie {
  readonly bytes: Uint8Array;
  /** Number of bytes before the node's own. */
  readonly depths: Uint16Array;
  /** Number of the first node after the node's subtree. */
  readonly ends: Uint32Array;
  /** Places in `tokens` of those that end at the node: from its own entry to the next one's. */
  readonly firsts: Uint32Array;
  readonly tokens: Uint32Array;
  readonly maxDepth: number;
}

/** Sorts by bytes, as `buildTrie` needs it. */
export function sortTokens(tokens: readonly TokenBytes[]): TokenBytes[] {
  return [...tokens].sort((a, b) => (a.bytes < b.bytes ? -1 : a.bytes > b.bytes ? 1 : a.id - b.id));
}

/** @param tokens sorted, none of them empty. */
export function buildTrie(tokens: readonly TokenBytes[]): TokenTrie {
  let total = 0;
  let maxDepth = 0;
  for (const { bytes } of tokens) {
    total += bytes.length;
    if (bytes.length > maxDepth) maxDepth = bytes.length;
  }
  const bytes = new Uint8Array(total);
  const depths = new Uint16Array(total);
  const ends = new Uint32Array(total);
  const firsts = new Uint32Array(total + 1);
  const path = new Uint32Array(maxDepth + 1);
  let count = 0;
  let depth = 0;
  let before = "";
  tokens.forEach(({ bytes: text }, at) => {
    const shared = sharedLength(before, text);
    while (depth > shared) ends[path[--depth]] = count;
    for (; depth < text.length; depth++) {
      path[depth] = count;
      bytes[count] = text.charCodeAt(depth);
      depths[count] = depth;
      firsts[count++] = at;
    }
    // Nodes before the last of a new path hold no token: their range is empty, as the last one begins at `at`.
    firsts[count] = at + 1;
    before = text;
  });
  while (depth > 0) ends[path[--depth]] = count;
  return {
    bytes: bytes.slice(0, count),
    depths: depths.slice(0, count),
    ends: ends.slice(0, count),
    firsts: firsts.slice(0, count + 1),
    tokens: Uint32Array.from(tokens, ({ id }) => id),
    maxDepth,
  };
}

function sharedLength(a: string, b: string): number {
  const limit = Math.min(a.length, b.length);
  let length = 0;
  while (length < limit && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}

/** Sets the bit of every token of the tree that the automaton can read from the state. */
export function addReadable(trie: TokenTrie, automaton: Automaton, state: number, mask: Uint32Array): void {
  const { bytes, depths, ends, firsts, tokens, maxDepth } = trie;
  const states = new Int32Array(maxDepth + 1);
  states[0] = state;
  for (let node = 0; node < bytes.length; ) {
    const depth = depths[node];
    const next = automaton.step(states[depth], bytes[node]);
    if (next < 0) {
      node = ends[node];
      continue;
    }
    states[depth + 1] = next;
    for (let at = firsts[node]; at < firsts[node + 1]; at++) mask[tokens[at] >> 5] |= 1 << (tokens[at] & 31);
    node++;
  }
}
