/**
 * Packs documents into a corpus. Reading, encoding and writing are streamed, so memory grows only with the
 * longest document, not with the input. The same inputs and options give the same bytes.
 */
import { platform } from "#platform";
import { FormatError, type Problem } from "../base/errors.ts";
import type { FolderSink } from "../platform/platform.ts";
import { findLosses } from "../tokenizer/index.ts";
import {
  CORPUS_FORMAT,
  CORPUS_JSON,
  CORPUS_VERSION,
  type CorpusFile,
  type CorpusFileSource,
  isCorpusFile,
  SPLITS,
} from "./corpus-file.ts";
import { type BadDocument, type DocumentInput, findInputs } from "./documents/index.ts";
import { createEncoder, type Encoder } from "./encode-pool.ts";
import { TextCutter } from "./long-text.ts";
import { type Borders, checkPackOptions, type PackOptions, type PackReport } from "./pack-options.ts";
import { type PackContext, SourcePacker } from "./source-packer.ts";
import { copyTokenizer } from "./tokenizer-copy.ts";

/** Most bad documents in a report. */
const MAX_REPORTED = 100;

const withSkip = (problem: Problem): Problem => ({
  ...problem,
  fix: `${problem.fix}, or skip bad documents (--skip-bad)`,
});

/**
 * Packs documents into a folder for `openCorpus`. The folder appears complete or not at all.
 * @throws RequestError, FileError, FormatError for a document that cannot be read (unless `skipBad`).
 */
export async function packCorpus(options: PackOptions): Promise<PackReport> {
  const { sources, tokenizer, format, heldOut = 0 } = options;
  const borders = checkPackOptions(options);
  const found = sources.map(({ inputs, heldOutInputs = [] }) => ({
    train: findInputs(inputs, format),
    heldOut: findInputs(heldOutInputs, format),
  }));
  const lists = found.flatMap((lists) => SPLITS.map((split) => lists[split]));
  const inputs = lists.flatMap((list) => list.inputs);
  const bad: BadDocument[] = [];
  using folder = platform.createFolder(options.output, {
    overwrite: options.overwrite ?? false,
    replaces: isCorpusFile,
  });
  using encoder = createEncoder(tokenizer, borders, options.threads ?? platform.coreCount);
  const context = contextOf(options, { folder, encoder, borders, bad, inputs });
  const packers = sources.map((source) => new SourcePacker(source, context));
  // Held-out files of all sources come first: copies of their documents are skipped everywhere else.
  for (const [i, packer] of packers.entries()) await packer.pack(found[i].heldOut.inputs, "heldOut");
  for (const [i, packer] of packers.entries())
    await packer.pack(found[i].train.inputs, heldOut > 0 ? "both" : "train");
  const corpus = corpusFile(options, {
    tokenizer: copyTokenizer(folder, tokenizer, options.tokenizerFile),
    tokenType: context.tokenType,
    borders,
    sources: packers.map((packer) => packer.close()),
  });
  if (corpus.sources.every(({ train, heldOut }) => train.documents + heldOut.documents === 0))
    throw nothing(inputs);
  writeText(folder, CORPUS_JSON, `${JSON.stringify(corpus, undefined, 1)}\n`);
  options.signal?.throwIfAborted();
  folder.commit();
  return reportOf(options, { corpus, bad, ignored: lists.flatMap(({ ignored }) => ignored) });
}

function nothing(inputs: readonly DocumentInput[]): FormatError {
  return new FormatError({
    doing: "pack a corpus",
    expected: "at least one document with text",
    found: `none in ${inputs.length} files`,
    fix: "check the inputs; files in folders must end in .txt, .jsonl, .ndjson or .parquet",
  });
}

interface ContextParts {
  readonly folder: FolderSink;
  readonly encoder: Encoder;
  readonly borders: Borders;
  readonly bad: BadDocument[];
  readonly inputs: readonly DocumentInput[];
}

function contextOf(
  options: PackOptions,
  { folder, encoder, borders, bad, inputs }: ContextParts,
): PackContext {
  const total = inputs.reduce((sum, { byteLength = 0 }) => sum + byteLength, 0);
  const progress = { done: 0, documents: 0, tokens: 0 };
  return {
    folder,
    encoder,
    borders,
    cutter: new TextCutter(options.tokenizer),
    tokenType: options.tokenizer.vocabSize <= 2 ** 16 ? "u16" : "u32",
    fields: options.fields ?? ["text"],
    heldOut: options.heldOut ?? 0,
    heldOutTexts: new Set(),
    onBad(document) {
      if (options.skipBad !== true) throw new FormatError(withSkip(document.problem));
      if (bad.length < MAX_REPORTED) bad.push(document);
    },
    onProgress({ bytes = 0, documents = 0, tokens = 0 }) {
      options.signal?.throwIfAborted();
      progress.done += bytes;
      progress.documents += documents;
      progress.tokens += tokens;
      options.onProgress?.({ ...progress, total });
    },
  };
}

type CorpusParts = Pick<CorpusFile, "tokenizer" | "tokenType" | "sources"> & { readonly borders: Borders };

function corpusFile({ tokenizer, heldOut = 0 }: PackOptions, { borders, ...parts }: CorpusParts): CorpusFile {
  const content = {
    ...parts,
    bos: (borders.bos ? tokenizer.bosId : undefined) ?? null,
    eos: (borders.eos ? tokenizer.eosId : undefined) ?? null,
    heldOut,
  };
  return { format: CORPUS_FORMAT, version: CORPUS_VERSION, id: identityOf(content), ...content };
}

/** Hash of everything that training depends on; names and compression of the inputs do not matter. */
function identityOf({
  tokenizer,
  tokenType,
  sources,
}: Pick<CorpusFile, "tokenizer" | "tokenType" | "sources">): string {
  const seen = [
    tokenizer.identity,
    tokenType,
    sources.map(({ name, train, heldOut }) => [name, train, heldOut]),
  ];
  const hash = platform.hash("sha256");
  hash.update(new TextEncoder().encode(JSON.stringify(seen)));
  return hash.digest();
}

function writeText(folder: FolderSink, name: string, text: string): void {
  const sink = folder.file(name);
  sink.write(new TextEncoder().encode(text));
  sink.commit();
}

function reportOf(
  { output, tokenizer, heldOut = 0 }: PackOptions,
  { corpus, bad, ignored }: Pick<PackReport, "corpus" | "bad" | "ignored">,
): PackReport {
  const splits = corpus.sources.flatMap((source) => SPLITS.map((split) => source[split]));
  const sum = <T>(items: readonly T[], of: (item: T) => number) =>
    items.reduce((total, item) => total + of(item), 0);
  const skippedOf = (kind: keyof CorpusFileSource["skipped"]) =>
    sum(corpus.sources, ({ skipped }) => skipped[kind]);
  const documents = sum(splits, (split) => split.documents);
  const held = sum(corpus.sources, (source) => source.heldOut.documents);
  const losses = findLosses(tokenizer).map(({ what }) => what);
  return {
    output,
    corpus,
    documents,
    tokens: sum(splits, ({ tokens }) => tokens),
    bytes: sum(splits, ({ bytes }) => bytes),
    skipped: { empty: skippedOf("empty"), bad: skippedOf("bad"), heldOutCopies: skippedOf("heldOutCopies") },
    bad,
    ignored,
    warnings: [
      ...(heldOut > 0 && held === 0 ? ["no document was held out"] : []),
      ...(losses.length === 0 ? [] : [`the vocabulary loses ${losses.join(", ")}`]),
    ],
  };
}
