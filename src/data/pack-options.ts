/** Options of `packCorpus`, checked before anything is read, and its report. */
import { platform } from "#platform";
import { FileError, RequestError } from "../base/errors.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { CORPUS_JSON, type CorpusFile, SOURCE_NAME } from "./corpus-file.ts";
import type { BadDocument, DocumentFormat, StreamInput } from "./documents/index.ts";

/** A named part of a corpus with its own share in mixtures. */
export interface PackSource {
  /** Letters, digits, "-" and "_". */
  readonly name: string;
  /** Files, folders and streams, in order. */
  readonly inputs: readonly (string | StreamInput)[];
  /** Files whose documents are all held out. Copies of these documents in other inputs are skipped. */
  readonly heldOutInputs?: readonly (string | StreamInput)[];
  /** Default share in a mixture, relative to the other sources. */
  readonly weight?: number;
}

export interface PackOptions {
  readonly sources: readonly PackSource[];
  readonly tokenizer: Tokenizer;
  /** The file of the tokenizer; it is copied. Without it the vocabulary is written as a GGUF file. */
  readonly tokenizerFile?: string;
  /** The folder to create. */
  readonly output: string;
  /** Add BOS before each document. Default: if the vocabulary adds it to prompts. */
  readonly bos?: boolean;
  /** Add EOS after each document. Default: if the vocabulary has one and it is not the BOS that is added. */
  readonly eos?: boolean;
  /** Share of documents to hold out by a hash of their text, from 0 (default) to below 1. */
  readonly heldOut?: number;
  /** Fields or columns with the text; the first existing one is used. Default: text. */
  readonly fields?: readonly string[];
  /** Format of named files and streams; overrides their names. */
  readonly format?: DocumentFormat;
  /** Skip unreadable documents, and report them. */
  readonly skipBad?: boolean;
  /** Replace an existing corpus. */
  readonly overwrite?: boolean;
  /** Number of encoding threads. Default: the number of processors. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PackProgress) => void;
}

export interface PackProgress {
  /** Bytes read from the files, as stored. */
  readonly done: number;
  /** Bytes of all files, without streams. */
  readonly total: number;
  readonly documents: number;
  readonly tokens: number;
}

export interface PackReport {
  readonly output: string;
  /** The contents of corpus.json: counts by source and split. */
  readonly corpus: CorpusFile;
  /** Totals over all sources and both splits. */
  readonly documents: number;
  readonly tokens: number;
  /** UTF-8 bytes of text. */
  readonly bytes: number;
  readonly skipped: { readonly empty: number; readonly bad: number; readonly heldOutCopies: number };
  /** The first hundred documents that could not be read. */
  readonly bad: readonly BadDocument[];
  /** Files in folders that were ignored because of their names. */
  readonly ignored: readonly string[];
  readonly warnings: readonly string[];
}

/** Whether BOS and EOS are added to documents. */
export interface Borders {
  readonly bos: boolean;
  readonly eos: boolean;
}

function wrong(expected: string, found: string, fix?: string): RequestError {
  return new RequestError({ doing: "pack a corpus", expected, found, ...(fix === undefined ? {} : { fix }) });
}

/** @throws RequestError for impossible options, FileError for a target that must not be replaced. */
export function checkPackOptions(options: PackOptions): Borders {
  const { sources, heldOut = 0 } = options;
  if (sources.length === 0) throw wrong("at least one source", "none");
  const names = new Set<string>();
  for (const { name, inputs, heldOutInputs = [], weight } of sources) {
    if (!SOURCE_NAME.test(name))
      throw wrong(`a name of letters, digits, "-" and "_", at most 64`, JSON.stringify(name.slice(0, 80)));
    const known = name.toLowerCase(); // they become file names, and some systems ignore case
    if (names.has(known)) throw wrong("sources with different names", `"${name}" twice`);
    names.add(known);
    if (inputs.length + heldOutInputs.length === 0) throw wrong(`inputs for the source "${name}"`, "none");
    if (weight !== undefined && !(weight > 0 && weight < Number.POSITIVE_INFINITY))
      throw wrong(`a positive weight for the source "${name}"`, String(weight));
  }
  if (!(heldOut >= 0 && heldOut < 1)) throw wrong("a held-out share from 0 to below 1", String(heldOut));
  checkTarget(options.output, options.overwrite === true);
  return bordersOf(options);
}

/** Only a corpus may be replaced: a wrong path must not delete another folder. */
function checkTarget(output: string, overwrite: boolean): void {
  const status = platform.status(output);
  if (status === undefined) return;
  const doing = `write the corpus "${output}"`;
  if (!overwrite)
    throw new FileError({ doing, found: "it already exists", fix: "remove it, or replace it (--force)" });
  const isCorpus =
    status.kind === "folder" && platform.status(platform.join(output, CORPUS_JSON)) !== undefined;
  const isEmpty = status.kind === "folder" && platform.list(output).length === 0;
  if (isCorpus || isEmpty) return;
  throw new FileError({
    doing,
    expected: "a corpus to replace",
    found: "a different folder or file",
    fix: "choose another path, or remove it",
  });
}

function bordersOf({ tokenizer, bos, eos }: PackOptions): Borders {
  const { bosId, eosId } = tokenizer;
  if (bos === true && bosId === undefined) throw wrong("a vocabulary with a BOS token", "none", "omit BOS");
  if (eos === true && eosId === undefined) throw wrong("a vocabulary with an EOS token", "none", "omit EOS");
  const front = bos ?? (tokenizer.addBos && bosId !== undefined);
  return { bos: front, eos: eos ?? (eosId !== undefined && !(front && eosId === bosId)) };
}
