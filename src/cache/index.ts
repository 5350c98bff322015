/**
 * The cache of keys and values: pages with counted references, the sequences that hold them, and the tree in which a
 * text finds what an earlier one has computed. It moves numbers of pages; their bytes are a state of the backend.
 */
export { PagePool } from "./pages.ts";
export { type PageNode, PrefixTree } from "./prefix-tree.ts";
export { CachedSequence, type CacheRoom } from "./sequence.ts";
