/** Loads a vocabulary without weights: from a tokenizer file, a vocabulary-only GGUF, or any model. */
import { platform } from "#platform";
import { CriaError, FileError } from "../base/errors.ts";
import { openGguf } from "../formats/gguf/index.ts";
import { openModel, openTokenizerFile, requireTokenizer } from "../open/index.ts";
import { hasGgufTokenizer, type Tokenizer, tokenizerFromGguf } from "../tokenizer/index.ts";
import type { CheckpointFormat } from "../weights/index.ts";
import { recogniseFile } from "../weights/recognise.ts";
import { type FetchOptions, openNamed } from "./named-model.ts";

export interface LoadTokenizerOptions extends FetchOptions {
  /** A tokenizer file to use instead of the one in or beside `path`. */
  readonly tokenizer?: string | undefined;
}

const FILE_NAMES = ["tokenizer.json", "tokenizer.model", "vocab.json", "tokenizer.bin"];

/**
 * Opens the tokenizer of `name`: a model's file, folder or reference, a GGUF with only a vocabulary, or a
 * tokenizer file.
 * @throws FileError, FormatError, TokenizerError, UnsupportedError.
 */
export async function loadTokenizer(name: string, options: LoadTokenizerOptions = {}): Promise<Tokenizer> {
  const { tokenizer } = options;
  return tokenizer === undefined ? openNamed(name, options, fromPath) : fromPath(tokenizer);
}

function fromPath(chosen: string): Tokenizer {
  const status = platform.status(chosen);
  if (status === undefined) {
    throw new FileError({ doing: `open the tokenizer of "${chosen}"`, found: "no such file or folder" });
  }
  return status.kind === "folder" ? fromFolder(chosen) : fromFile(chosen);
}

function fromFile(path: string): Tokenizer {
  const format = checkpointFormat(path);
  if (format === "gguf") return fromGguf(path);
  return format === undefined ? openTokenizerFile(path, platform) : fromModel(path);
}

/** Undefined if the path is not a model; tokenizer files are not models. */
function checkpointFormat(path: string): CheckpointFormat | undefined {
  using source = platform.open(path);
  try {
    return recogniseFile(source);
  } catch (error) {
    if (error instanceof CriaError) return undefined;
    throw error;
  }
}

function fromGguf(path: string): Tokenizer {
  using file = openGguf(path);
  return hasGgufTokenizer(file.metadata) ? tokenizerFromGguf(file.metadata) : fromModel(path);
}

function fromModel(path: string): Tokenizer {
  using model = openModel(path);
  return requireTokenizer(model);
}

/** A model folder knows which of several tokenizers is its own; a folder without weights must do, too. */
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
