/** A vocabulary alone, without the weights: from a tokenizer's file, a vocabulary-only GGUF, or any model. */
import { platform } from "#platform";
import type { ByteSource } from "../base/bytes.ts";
import { CriaError, FileError, TokenizerError } from "../base/errors.ts";
import { openGguf } from "../formats/gguf/index.ts";
import { openModel, requireTokenizer } from "../open/open-model.ts";
import { hasGgufTokenizer, openTokenizer, type Tokenizer, tokenizerFromGguf } from "../tokenizer/index.ts";
import type { CheckpointFormat } from "../weights/index.ts";
import { recogniseFile } from "../weights/recognise.ts";

export interface LoadTokenizerOptions {
  /** A tokenizer's file, instead of what lies in or beside `path`. */
  readonly tokenizer?: string | undefined;
}

const MAX_TOKENIZER_BYTES = 256 * 1024 * 1024;
const FILE_NAMES = ["tokenizer.json", "tokenizer.model", "tokenizer.bin"];
/**
 * Opens the tokenizer that `path` is or has: a file or folder of a model, a GGUF with a vocabulary only, or a
 * tokenizer's own file.
 * @throws FileError, FormatError, TokenizerError, UnsupportedError.
 */
export async function loadTokenizer(path: string, options: LoadTokenizerOptions = {}): Promise<Tokenizer> {
  const chosen = options.tokenizer ?? path;
  const status = platform.status(chosen);
  if (status === undefined) {
    throw new FileError({ doing: `open the tokenizer of "${chosen}"`, found: "no such file or folder" });
  }
  return status.kind === "folder" ? fromFolder(chosen) : fromFile(chosen);
}

function fromFile(path: string): Tokenizer {
  using source = platform.open(path);
  const format = checkpointFormat(source);
  if (format === "gguf") return fromGguf(path);
  if (format !== undefined) return fromModel(path);
  return fromTokenizerFile(source);
}

/** Undefined for what is no model, among them every tokenizer's file. */
function checkpointFormat(source: ByteSource): CheckpointFormat | undefined {
  try {
    return recogniseFile(source);
  } catch (error) {
    if (error instanceof CriaError) return undefined;
    throw error;
  }
}

function fromTokenizerFile(source: ByteSource): Tokenizer {
  if (source.byteLength > MAX_TOKENIZER_BYTES) {
    throw new TokenizerError({
      doing: `open the tokenizer "${source.name}"`,
      expected: `at most ${MAX_TOKENIZER_BYTES} bytes`,
      found: String(source.byteLength),
    });
  }
  const settings = platform.join(platform.folderOf(source.name), "tokenizer_config.json");
  const config =
    platform.status(settings)?.kind === "file"
      ? { config: new TextEncoder().encode(platform.readText(settings)) }
      : {};
  return openTokenizer(source.name, source.bytes(0, source.byteLength).slice(), config);
}

function fromGguf(path: string): Tokenizer {
  using file = openGguf(path);
  return hasGgufTokenizer(file.metadata) ? tokenizerFromGguf(file.metadata) : fromModel(path);
}

function fromModel(path: string): Tokenizer {
  using model = openModel(path);
  return requireTokenizer(model);
}

/** A model's folder knows best which of several tokenizers is its own; a folder without weights has to do, too. */
function fromFolder(folder: string): Tokenizer {
  try {
    return fromModel(folder);
  } catch (error) {
    const paths = FILE_NAMES.map((name) => platform.join(folder, name));
    const path = paths.find((candidate) => platform.status(candidate)?.kind === "file");
    if (path === undefined || !(error instanceof CriaError)) throw error;
    return fromFile(path);
  }
}
