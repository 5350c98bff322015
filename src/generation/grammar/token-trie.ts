/** Tokens as a tree of their bytes, in the order of a depth-first walk: a subtree is skipped with one assignment. */
import type { Automaton } from "./automaton.ts";
import type { TokenTable } from "./token-table.ts";

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

/** @param isIn by place in the table: 0 leaves a token out. Default: all are in. */
export function buildTrie({ ids, bytes, starts, shared }: TokenTable, isIn?: Uint8Array): TokenTrie {
  const nodes = new Uint8Array(bytes.length);
  const depths = new Uint16Array(bytes.length);
  const ends = new Uint32Array(bytes.length);
  const firsts = new Uint32Array(bytes.length + 1);
  const tokens = new Uint32Array(ids.length);
  const path: number[] = [];
  let count = 0;
  let taken = 0;
  let maxDepth = 0;
  let common = 0;
  for (let at = 0; at < ids.length; at++) {
    common = Math.min(common, shared[at]);
    if (isIn?.[at] === 0) continue;
    while (path.length > common) ends[path.pop() as number] = count;
    const length = starts[at + 1] - starts[at];
    for (let depth = common; depth < length; depth++) {
      path.push(count);
      nodes[count] = bytes[starts[at] + depth];
      depths[count] = depth;
      firsts[count++] = taken;
    }
    tokens[taken++] = ids[at];
    // The last node of a path holds the token; nodes before it begin at the same place, so they hold none.
    firsts[count] = taken;
    if (length > maxDepth) maxDepth = length;
    common = length;
  }
  while (path.length > 0) ends[path.pop() as number] = count;
  return {
    bytes: nodes.slice(0, count),
    depths: depths.slice(0, count),
    ends: ends.slice(0, count),
    firsts: firsts.slice(0, count + 1),
    tokens: tokens.slice(0, taken),
    maxDepth,
  };
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
