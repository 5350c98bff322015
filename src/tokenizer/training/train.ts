/** Training a tokenizer, from documents to the files of a vocabulary. */
import { RequestError } from "../../base/errors.ts";
import { Tokenizer } from "../tokenizer.ts";
import type { Vocabulary } from "../vocabulary.ts";
import { ByteTraining } from "./byte-training.ts";
import type { Merge, Prepared, TrainedFile, Training } from "./kind.ts";
import { LineChooser } from "./lines.ts";
import { type Settings, settingsOf, type TrainTokenizerOptions } from "./options.ts";
import { Pace } from "./pace.ts";
import { SpmTraining } from "./spm-training.ts";

/** Statistics of a training. */
export interface TrainingReport {
  readonly vocabSize: number;
  /** Pieces that come from merges. */
  readonly merges: number;
  /** Count of the last merged pair. */
  readonly lastFrequency: number;
  /** Number of characters with their own piece, and their share of the text; for bytes 256 and 1. */
  readonly alphabetSize: number;
  readonly coverage: number;
  readonly documents: number;
  /** Lines that were counted, and their UTF-16 units. */
  readonly lines: number;
  readonly characters: number;
  /** Skipped lines, longer than `maxLineBytes`. */
  readonly skippedLines: number;
  readonly distinctWords: number;
  /** Compression of held-out text. Absent if none was held out. */
  readonly heldOut?: { readonly bytes: number; readonly tokens: number; readonly bytesPerToken: number };
}

export interface TrainedTokenizer {
  readonly vocabulary: Vocabulary;
  /** tokenizer.model; or tokenizer.json and tokenizer_config.json. */
  readonly files: readonly TrainedFile[];
  readonly report: TrainingReport;
}

/**
 * Trains a vocabulary on documents. The result depends only on the text and the options, not on the order of
 * the documents, on threads or on chance. Memory grows with the number of distinct words, not with the text.
 *
 * Throws RequestError for invalid options, or options that do not fit the text (a vocabulary too small for
 * its characters, or too large for its words), and the reason of `signal` when it aborts.
 */
export async function trainTokenizer(
  documents: Iterable<string> | AsyncIterable<string>,
  options: TrainTokenizerOptions,
): Promise<TrainedTokenizer> {
  const settings = settingsOf(options);
  const pace = new Pace(options.signal);
  const training = settings.kind === "spm-bpe" ? new SpmTraining(settings) : new ByteTraining(settings);
  const counted = await countText(documents, training, settings, options, pace);
  const { distinctWords } = training;
  const prepared = await training.prepare(pace);
  const merges = await merge(prepared, settings, options, pace);
  const { vocabulary, files } = training.finish(prepared, merges.list);
  const heldOut = await measure(vocabulary, counted.heldOut, pace);
  return {
    vocabulary,
    files,
    report: {
      vocabSize: vocabulary.pieces.length,
      merges: merges.list.length,
      lastFrequency: merges.lastFrequency,
      alphabetSize: prepared.alphabetSize,
      coverage: prepared.coverage,
      ...counted.totals,
      distinctWords,
      ...(heldOut === undefined ? {} : { heldOut }),
    },
  };
}

interface Counted {
  readonly totals: Pick<TrainingReport, "documents" | "lines" | "characters" | "skippedLines">;
  readonly heldOut: readonly string[];
}

async function countText(
  documents: Iterable<string> | AsyncIterable<string>,
  training: Training,
  settings: Settings,
  { onProgress }: TrainTokenizerOptions,
  pace: Pace,
): Promise<Counted> {
  const chooser = new LineChooser(settings);
  const totals = { documents: 0, lines: 0, characters: 0, skippedLines: 0 };
  const count = (line: string): void => {
    if (!training.count(line)) totals.skippedLines++;
    else {
      totals.lines++;
      totals.characters += line.length;
    }
  };
  const rest = async (): Promise<void> => {
    const { characters } = totals;
    onProgress?.({ phase: "counting", characters, distinctWords: training.distinctWords });
    await pace.rest();
  };
  for await (const document of documents) {
    totals.documents++;
    for (const line of training.linesOf(document)) {
      if (chooser.choose(line) === "train") count(line);
      if (pace.isDue) await rest();
    }
    if (pace.isDue) await rest();
  }
  let heldOut = chooser.heldOutLines();
  if (totals.lines === 0 && heldOut.length > 0) {
    // A text of one line, which would have been held out.
    for (const line of heldOut) count(line);
    heldOut = [];
  }
  if (training.distinctWords === 0) {
    throw new RequestError({
      doing: "train a tokenizer",
      expected: "text to train on",
      found: totals.documents === 0 ? "no document" : `${totals.documents} documents without a usable line`,
    });
  }
  return { totals, heldOut };
}

async function merge(
  { merger, symbols, fixed }: Prepared,
  { vocabSize, hardVocabLimit, minFrequency }: Settings,
  { onProgress }: TrainTokenizerOptions,
  pace: Pace,
): Promise<{ list: Merge[]; lastFrequency: number }> {
  const total = vocabSize - fixed;
  const list: Merge[] = [];
  const texts = new Set<string>();
  let lastFrequency = 0;
  while (list.length < total) {
    const best = await merger.best();
    if (best === undefined) break;
    const product = symbols.addPair(best.left, best.right);
    const text = symbols.textOf(product);
    if (texts.has(text)) {
      // Another split of an existing piece: encoding will merge it to that piece.
      symbols.removeLast();
      merger.barBest();
      continue;
    }
    texts.add(text);
    merger.mergeBest(product);
    list.push({ left: best.left, right: best.right, product });
    lastFrequency = best.count;
    if (!pace.isDue) continue;
    onProgress?.({ phase: "merging", done: list.length, total });
    await pace.rest();
  }
  if (list.length < total && hardVocabLimit) {
    throw new RequestError({
      doing: "train a tokenizer",
      expected: `a vocabSize of at most ${fixed + list.length}, the maximum for this text`,
      found: String(vocabSize),
      fix: `lower it, give more text${minFrequency > 1 ? ", lower minFrequency" : ""}, or set hardVocabLimit to false`,
    });
  }
  onProgress?.({ phase: "merging", done: list.length, total: list.length });
  return { list, lastFrequency };
}

/** UTF-16 units that are encoded at once. */
const MEASURED_UNITS = 2 ** 18;

async function measure(
  vocabulary: Vocabulary,
  lines: readonly string[],
  pace: Pace,
): Promise<TrainingReport["heldOut"]> {
  if (lines.length === 0) return undefined;
  const tokenizer = new Tokenizer(vocabulary);
  const utf8 = new TextEncoder();
  let [bytes, tokens, text] = [0, 0, ""];
  const add = (): void => {
    bytes += utf8.encode(text).length;
    tokens += tokenizer.countTokens(text);
    text = "";
  };
  for (const line of lines) {
    text += vocabulary.kind === "byte-bpe" ? line : `${line}\n`;
    if (text.length >= MEASURED_UNITS) add();
    if (pace.isDue) await pace.rest();
  }
  add();
  return { bytes, tokens, bytesPerToken: bytes / tokens };
}
