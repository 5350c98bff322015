/** The text that a vocabulary is trained on: documents of any format that Cria reads, and the standard input. */
import { FormatError, RequestError } from "../base/errors.ts";
import {
  type DocumentFormat,
  type DocumentInput,
  findInputs,
  type ReadOptions,
  readDocuments,
} from "../data/index.ts";

export interface TextOptions {
  /** Format of the input, regardless of its name. */
  readonly format?: DocumentFormat | undefined;
}

/** Finds all inputs that the arguments name. Throws FileError and RequestError before anything is read. */
export function findTexts(paths: readonly string[], { format }: TextOptions): readonly DocumentInput[] {
  const streams = paths.map((path) =>
    path === "-" ? { name: "the standard input", chunks: process.stdin } : path,
  );
  const { inputs } = findInputs(streams, format);
  if (inputs.length > 0) return inputs;
  throw new RequestError({
    doing: `read text from ${paths.map((path) => `"${path}"`).join(", ")}`,
    expected: "files named .txt, .jsonl, .ndjson or .parquet, with .gz or .zst or without",
    found: "none",
  });
}

export interface ReadingOptions {
  /** Fields or columns with the text; the first that exists is used. */
  readonly fields: readonly string[];
  /** Called with the length of every chunk read. */
  readonly onBytes: (byteLength: number) => void;
  /** Stops reading and waiting for input, with its reason. */
  readonly signal: AbortSignal;
}

/** Vocabulary training ignores document borders, so long documents are read in parts. */
const PART_BYTES = 4 << 20;

/** The documents of one input. Throws FormatError for one that cannot be read. */
export async function* textsOf(input: DocumentInput, options: ReadOptions): AsyncGenerator<string> {
  for await (const documents of readDocuments(input, options)) {
    for (const document of documents) {
      if (document.kind === "bad") throw new FormatError(document.problem);
      yield document.text;
    }
  }
}

/** The documents of all inputs, one after another. Throws FormatError for one that cannot be read. */
export async function* documentsOf(
  inputs: readonly DocumentInput[],
  { fields, onBytes, signal }: ReadingOptions,
): AsyncGenerator<string> {
  // Otherwise an idle pipe would delay the abort.
  signal.addEventListener("abort", () => process.stdin.destroy(signal.reason as Error));
  const options = {
    fields,
    partBytes: PART_BYTES,
    onBytes: (bytes: Uint8Array) => onBytes(bytes.byteLength),
  };
  for (const input of inputs) {
    for await (const text of textsOf(input, options)) {
      signal.throwIfAborted();
      yield text;
    }
  }
}
