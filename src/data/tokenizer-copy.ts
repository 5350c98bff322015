/** The vocabulary of a corpus: its identity, its file in the folder, and how to open it. */
import { platform } from "#platform";
import { bufferSource } from "../base/bytes.ts";
import { FormatError } from "../base/errors.ts";
import { openGguf, writeGguf } from "../formats/gguf/index.ts";
import type { FolderSink } from "../platform/platform.ts";
import {
  ggufFromVocabulary,
  openTokenizer,
  type Tokenizer,
  type TokenizerFormat,
  tokenizerFormat,
  tokenizerFromGguf,
} from "../tokenizer/index.ts";
import type { CorpusFile } from "./corpus-file.ts";

const MAX_TOKENIZER_BYTES = 2 ** 28;
const SETTINGS = "tokenizer_config.json";
const utf8 = new TextEncoder();

/**
 * SHA-256 of the pieces in the order of their ids, each as its length in UTF-8 bytes (u32, little-endian) followed by these
 * bytes. Two vocabularies have the same identity if and only if each id has the same piece, whatever their files.
 */
export function tokenizerIdentity({ vocabulary }: Tokenizer): string {
  const hash = platform.hash("sha256");
  const length = new DataView(new ArrayBuffer(4));
  for (const piece of vocabulary.pieces) {
    const bytes = utf8.encode(piece);
    length.setUint32(0, bytes.byteLength, true);
    hash.update(new Uint8Array(length.buffer));
    hash.update(bytes);
  }
  return hash.digest();
}

/** File names that other programs expect. */
const FILE_NAMES: Partial<Record<TokenizerFormat, string>> = {
  sentencepiece: "tokenizer.model",
  tiktoken: "tokenizer.tiktoken",
  llama2c: "tokenizer.bin",
  huggingface: "tokenizer.json",
};

type TokenizerEntry = CorpusFile["tokenizer"];

/**
 * Adds the tokenizer to the folder: a copy of its file (with the settings next to it) if that has the same vocabulary,
 * else a GGUF file with only the vocabulary.
 */
export function copyTokenizer(
  folder: FolderSink,
  tokenizer: Tokenizer,
  path: string | undefined,
): TokenizerEntry {
  const identity = tokenizerIdentity(tokenizer);
  const entry = { identity, vocabSize: tokenizer.vocabSize };
  const own = path === undefined ? undefined : ownFile(path);
  if (own === undefined || tokenizerIdentity(own.open()) !== identity) {
    const sink = folder.file("tokenizer.gguf");
    const metadata = [["general.architecture", { type: "string", value: "llama" }] as const];
    writeGguf(sink, { metadata: [...metadata, ...ggufFromVocabulary(tokenizer.vocabulary)], tensors: [] });
    sink.commit();
    return { ...entry, file: "tokenizer.gguf" };
  }
  write(folder, own.name, own.bytes);
  if (own.config === undefined) return { ...entry, file: own.name };
  write(folder, SETTINGS, own.config);
  return { ...entry, file: own.name, config: SETTINGS };
}

function write(folder: FolderSink, name: string, bytes: Uint8Array): void {
  const sink = folder.file(name);
  sink.write(bytes);
  sink.commit();
}

/** A tokenizer's own file; undefined for a model that contains one. */
function ownFile(path: string) {
  const status = platform.status(path);
  if (status?.kind !== "file" || status.byteLength > MAX_TOKENIZER_BYTES) return undefined;
  const bytes = readAll(path);
  const format = tokenizerFormat(bytes);
  const name = format === undefined ? undefined : FILE_NAMES[format];
  if (name === undefined) return undefined;
  const settings = platform.join(platform.folderOf(path), SETTINGS);
  const config =
    (format === "huggingface" || format === "sentencepiece") && platform.status(settings)?.kind === "file"
      ? readAll(settings)
      : undefined;
  return {
    name,
    bytes,
    config,
    open: () => openTokenizer(path, bytes, config === undefined ? {} : { config }),
  };
}

function readAll(path: string): Uint8Array {
  using source = platform.open(path);
  return source.bytes(0, source.byteLength).slice();
}

/** Opens the tokenizer of a corpus. @throws FormatError, TokenizerError. */
export function openCopiedTokenizer(folder: string, { file, config, vocabSize }: TokenizerEntry): Tokenizer {
  const path = platform.join(folder, file);
  const bytes = readAll(path);
  const tokenizer = open(
    path,
    bytes,
    config === undefined ? undefined : readAll(platform.join(folder, config)),
  );
  if (tokenizer.vocabSize === vocabSize) return tokenizer;
  throw new FormatError({
    doing: `open the tokenizer of the corpus "${folder}"`,
    expected: `${vocabSize} pieces in ${file}`,
    found: String(tokenizer.vocabSize),
    fix: "the folder is damaged; pack the corpus again",
  });
}

function open(path: string, bytes: Uint8Array, config: Uint8Array | undefined): Tokenizer {
  if (tokenizerFormat(bytes) !== "gguf")
    return openTokenizer(path, bytes, config === undefined ? {} : { config });
  using file = openGguf(bufferSource(bytes, path));
  return tokenizerFromGguf(file.metadata);
}
