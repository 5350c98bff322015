/** Tokens and their bytes, sorted by bytes, as plain arrays: vocabularies have up to some 200,000 tokens. */

export interface TokenTable {
  readonly ids: Uint32Array;
  /** The bytes of all tokens, one after the other. */
  readonly bytes: Uint8Array;
  /** Place of each token's first byte in `bytes`; one more entry for the end. */
  readonly starts: Uint32Array;
  /** Number of leading bytes that a token shares with the one before it. */
  readonly shared: Uint32Array;
}

/** @param tokens none without bytes. */
export function sortedTable(
  tokens: readonly { readonly id: number; readonly bytes: Uint8Array }[],
): TokenTable {
  const count = tokens.length;
  const starts = new Uint32Array(count + 1);
  tokens.forEach(({ bytes }, i) => {
    starts[i + 1] = starts[i] + bytes.length;
  });
  const flat = new Uint8Array(starts[count]);
  for (const [i, { bytes }] of tokens.entries()) flat.set(bytes, starts[i]);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  sortByBytes(order, flat, starts);
  const sorted: TokenTable = {
    ids: Uint32Array.from(order, (i) => tokens[i].id),
    bytes: new Uint8Array(flat.length),
    starts: new Uint32Array(count + 1),
    shared: new Uint32Array(count),
  };
  order.forEach((from, to) => {
    const bytes = flat.subarray(starts[from], starts[from + 1]);
    sorted.bytes.set(bytes, sorted.starts[to]);
    sorted.starts[to + 1] = sorted.starts[to] + bytes.length;
  });
  for (let i = 1; i < count; i++) sorted.shared[i] = sharedLength(sorted, i - 1, i);
  return sorted;
}

function sharedLength({ bytes, starts }: TokenTable, a: number, b: number): number {
  const limit = Math.min(starts[a + 1] - starts[a], starts[b + 1] - starts[b]);
  let length = 0;
  while (length < limit && bytes[starts[a] + length] === bytes[starts[b] + length]) length++;
  return length;
}

/** Three-way radix quicksort (Bentley and Sedgewick, "Fast algorithms for sorting and searching strings", 1997). */
function sortByBytes(order: Uint32Array, bytes: Uint8Array, starts: Uint32Array): void {
  const byteAt = (at: number, depth: number): number => {
    const start = starts[order[at]] + depth;
    return start < starts[order[at] + 1] ? bytes[start] : -1;
  };
  const swap = (a: number, b: number): void => {
    const kept = order[a];
    order[a] = order[b];
    order[b] = kept;
  };
  const open: [from: number, to: number, depth: number][] = [[0, order.length - 1, 0]];
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const [from, to, depth] = part;
    if (from >= to) continue;
    const pivot = byteAt((from + to) >> 1, depth);
    let [less, at, greater] = [from, from, to];
    while (at <= greater) {
      const byte = byteAt(at, depth);
      if (byte < pivot) swap(less++, at++);
      else if (byte > pivot) swap(at, greater--);
      else at++;
    }
    open.push([from, less - 1, depth], [greater + 1, to, depth]);
    if (pivot >= 0) open.push([less, greater, depth + 1]);
  }
}

/** The longest token with which the text goes on at `at`: its place in the table, or −1. */
export function longestToken(
  { bytes, starts, ids }: TokenTable,
  text: ArrayLike<number>,
  at: number,
): number {
  let [from, to] = [0, ids.length];
  let found = -1;
  for (let depth = 0; at + depth < text.length; depth++) {
    // Tokens shorter than this are in front of the range's others, and are left behind.
    const byteAt = (token: number): number =>
      starts[token] + depth < starts[token + 1] ? bytes[starts[token] + depth] : -1;
    const byte = text[at + depth];
    from = firstFrom(from, to, (token) => byteAt(token) >= byte);
    to = firstFrom(from, to, (token) => byteAt(token) > byte);
    if (from >= to) return found;
    if (starts[from + 1] - starts[from] === depth + 1) found = from;
  }
  return found;
}

/** The first number of a range for which an ascending condition holds. */
function firstFrom(from: number, to: number, holds: (at: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
