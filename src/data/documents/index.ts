/**
 * Documents from any source: text, JSON lines and Parquet, compressed or not, from files, folders and streams. A
 * document is a text with its place; unreadable documents are reported with the reason.
 */
export type { Chunks } from "./decompress.ts";
export {
  type BadDocument,
  type FoundDocument,
  type GoodDocument,
  type Place,
  placeText,
} from "./document.ts";
export { DOCUMENT_FORMATS, type DocumentFormat } from "./formats.ts";
export {
  type DocumentInput,
  type FoundInputs,
  findInputs,
  type StreamInput,
} from "./input.ts";
export { type ReadOptions, readDocuments } from "./read.ts";
