/**
 * The cache of keys and values: pages with counted references, the sequences that hold them, and the prefix tree, in
 * which a text finds pages that earlier texts computed. This room handles page numbers only; the bytes are a state of
 * the backend.
 */
export { PagePool } from "./pages.ts";
export { type PageNode, PrefixTree } from "./prefix-tree.ts";
export { CachedSequence, CacheFullError, type CacheRoom } from "./sequence.ts";
