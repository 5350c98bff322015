/**
 * The file formats of a corpus, shared by writer and reader; docs/data.md describes them byte by byte.
 *
 *     corpus.json              the contents: CorpusFile
 *     tokenizer.*              the vocabulary
 *     NAME.train.tokens        token ids, little-endian, 16 or 32 bits each, document after document
 *     NAME.train.index         a header of 32 bytes, then 16 bytes for each document, then 16 for the end
 *     NAME.held-out.*          the same for held-out documents
 *
 * A split without documents has no files.
 */
import * as z from "zod/mini";
import { FormatError } from "../base/errors.ts";
import { DOCUMENT_FORMATS } from "./documents/index.ts";

export const CORPUS_FORMAT = "cria-corpus";
export const CORPUS_VERSION = 1;
export const CORPUS_JSON = "corpus.json";

export const SPLITS = ["train", "heldOut"] as const;
export type SplitName = (typeof SPLITS)[number];
const SPLIT_FILES: Readonly<Record<SplitName, string>> = { train: "train", heldOut: "held-out" };

export function splitFiles(
  source: string,
  split: SplitName,
): { readonly tokens: string; readonly index: string } {
  const stem = `${source}.${SPLIT_FILES[split]}`;
  return { tokens: `${stem}.tokens`, index: `${stem}.index` };
}

/** Whether packing writes files of this name. */
export function isCorpusFile(name: string): boolean {
  return (
    name === CORPUS_JSON || /\.(?:tokens|index)$/.test(name) || /^tokenizer(?:_config)?\.[a-z]+$/.test(name)
  );
}

/** Names of sources become file names, on every system. */
export const SOURCE_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Width of a stored token. */
export const TOKEN_TYPES = ["u16", "u32"] as const;
export type TokenType = (typeof TOKEN_TYPES)[number];
export const bytesOfToken = (type: TokenType): number => (type === "u16" ? 2 : 4);

/** Header of an index: magic, version (u32), bytes of a token (u32), documents (u64), tokens (u64). */
export const INDEX_MAGIC = "CRIAINDX";
export const INDEX_VERSION = 1;
export const INDEX_HEADER_BYTES = 32;
/** A document's first token (u64) and the UTF-8 bytes of its text (u64). */
export const INDEX_RECORD_BYTES = 16;

const count = z.int().check(z.gte(0));
const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
/** A plain name, because it is joined to the folder's path. */
const fileName = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/));

const SPLIT = z.object({
  documents: count,
  tokens: count,
  /** UTF-8 bytes of the documents' text. */
  bytes: count,
  tokensSha256: z.optional(hash),
  indexSha256: z.optional(hash),
});

const INPUT = z.object({
  name: z.string(),
  format: z.enum(DOCUMENT_FORMATS),
  split: z.enum([...SPLITS, "both"]),
  byteLength: count,
  /** Of the file as it is stored. */
  sha256: hash,
});

const SOURCE = z.object({
  name: z.string().check(z.regex(SOURCE_NAME)),
  weight: z.optional(z.number().check(z.positive())),
  train: SPLIT,
  heldOut: SPLIT,
  skipped: z.object({ empty: count, bad: count, heldOutCopies: count }),
  inputs: z.array(INPUT),
});

const CORPUS = z.object({
  format: z.literal(CORPUS_FORMAT),
  version: z.literal(CORPUS_VERSION),
  /** Hash of everything that training depends on: vocabulary, tokens, document borders. */
  id: hash,
  tokenizer: z.object({
    file: fileName,
    config: z.optional(fileName),
    identity: hash,
    vocabSize: count.check(z.gte(1)),
  }),
  tokenType: z.enum(TOKEN_TYPES),
  /** Tokens before and after each document; null for none. */
  bos: z.nullable(count),
  eos: z.nullable(count),
  /** Share of documents held out by hash. */
  heldOut: z.number().check(z.gte(0), z.lt(1)),
  sources: z.array(SOURCE).check(z.minLength(1)),
});

/** The contents of corpus.json. */
export type CorpusFile = z.infer<typeof CORPUS>;
export type CorpusFileSource = CorpusFile["sources"][number];
export type CorpusFileSplit = CorpusFileSource["train"];

/** Reads corpus.json. @throws FormatError that names the key. @param name for messages. */
export function parseCorpusFile(text: string, name: string): CorpusFile {
  const doing = `open the corpus "${name}"`;
  const fix = "the file is damaged, or written by another version of Cria; pack the corpus again";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FormatError({ doing, expected: "JSON", found: "invalid JSON", fix, cause });
  }
  const result = z.safeParse(CORPUS, value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw new FormatError({ doing, found: `${path.join(".") || "the file"}: ${message}`, fix });
}
