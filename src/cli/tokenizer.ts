/** `cria tokenizer train`: trains a vocabulary on text and writes its files. */
import { platform } from "#platform";
import { RequestError } from "../base/errors.ts";
import type { DocumentFormat, DocumentInput } from "../data/index.ts";
import type { FileSink } from "../platform/platform.ts";
import {
  type ByteTrainingOptions,
  type SpmTrainingOptions,
  type TrainedTokenizer,
  type TrainingReport,
  type TrainTokenizerOptions,
  trainTokenizer,
} from "../tokenizer/index.ts";
import { EXIT } from "./exit-codes.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { progressBar } from "./progress.ts";
import { columns } from "./table.ts";
import { formatBytes, formatCount, formatSeconds, jsonLine, printable, threeDigits } from "./text.ts";
import { documentsOf, findTexts } from "./training-text.ts";
import type { OptionValues, VerbAction } from "./values.ts";

type Kind = TrainTokenizerOptions["kind"];

/** Options of this verb; training options have the library's names. */
interface TrainValues
  extends Omit<OptionValues, "format">,
    Partial<Omit<SpmTrainingOptions, keyof OptionValues | "kind" | "onProgress">>,
    Partial<Omit<ByteTrainingOptions, keyof OptionValues | "kind" | "onProgress">> {
  readonly output?: string;
  readonly vocab?: number;
  readonly kind?: Kind;
  readonly format?: DocumentFormat;
}

const doing = "train a tokenizer";
const HELD_OUT = 0.01;
const SETTINGS_NAME = "tokenizer_config.json";

export const trainVerb: VerbAction = async (paths, given) => {
  const values = given as TrainValues;
  const started = performance.now();
  const output = required(values.output, "-o FILE");
  const options = trainingOptions(output, values);
  const inputs = findTexts(paths, values);
  const names = outputNames(output, options.kind);
  const overwrite = values.force === true;
  using interrupt = listenForInterrupt();
  const trained = await withFiles(names, overwrite, async (sinks) => {
    const result = await trainOn(inputs, options, interrupt.signal, values);
    for (const [at, sink] of sinks.entries()) sink.write(result.files[at].bytes);
    return result;
  });
  const summary = {
    output,
    files: names,
    kind: options.kind,
    ...trained.report,
    seconds: (performance.now() - started) / 1000,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
  if (values.json === true) process.stdout.write(jsonLine(summary));
  else if (values.quiet !== true) process.stdout.write(summaryText(summary));
  return EXIT.ok;
};

/** Creates the files before the work, so that an existing target is noticed at once. On failure none remains. */
async function withFiles<T>(
  names: readonly string[],
  overwrite: boolean,
  work: (sinks: readonly FileSink[]) => Promise<T>,
): Promise<T> {
  const sinks: FileSink[] = [];
  try {
    for (const name of names) sinks.push(platform.createFile(name, { overwrite }));
    const result = await work(sinks);
    for (const sink of sinks) sink.commit();
    return result;
  } finally {
    for (const sink of sinks) sink.abort();
  }
}

async function trainOn(
  inputs: readonly DocumentInput[],
  options: TrainTokenizerOptions,
  signal: AbortSignal,
  values: TrainValues,
): Promise<TrainedTokenizer> {
  const total = inputs.reduce((sum, { byteLength = 0 }) => sum + byteLength, 0);
  let bytes = 0;
  const reading = progressBar(values, "text ");
  const merging = progressBar(values, "pieces ", formatCount);
  try {
    const onBytes = (byteLength: number): void => {
      bytes += byteLength;
    };
    return await trainTokenizer(documentsOf(inputs, { fields: values.field ?? ["text"], onBytes, signal }), {
      ...options,
      signal,
      onProgress: (progress) => {
        if (progress.phase === "counting") reading.update(bytes, Math.max(total, bytes));
        else {
          reading.stop();
          merging.update(progress.done, progress.total);
        }
      },
    });
  } finally {
    reading.stop();
    merging.stop();
  }
}

function required<T>(value: T | undefined, flag: string): T {
  if (value !== undefined) return value;
  throw new RequestError({ doing, expected: flag, found: "none" });
}

function kindOf(output: string, kind: Kind | undefined): Kind {
  if (kind !== undefined) return kind;
  if (/\.model$/i.test(output)) return "spm-bpe";
  if (/\.json$/i.test(output)) return "byte-bpe";
  throw new RequestError({
    doing,
    expected: "--kind, or a name that ends in .model or .json",
    found: output,
  });
}

/** The settings of a tokenizer.json are in a file with a fixed name next to it. */
function outputNames(output: string, kind: Kind): string[] {
  if (kind === "spm-bpe") return [output];
  const settings = platform.join(platform.folderOf(output), SETTINGS_NAME);
  if (platform.baseName(output) !== SETTINGS_NAME) return [output, settings];
  throw new RequestError({ doing, expected: `another name than ${SETTINGS_NAME}`, found: output });
}

/** Options of only one kind. */
const OF_SPM = [
  "unkPiece",
  "characterCoverage",
  "requiredChars",
  "byteFallback",
  "splitDigits",
  "splitByUnicodeScript",
  "splitByNumber",
  "splitByWhitespace",
  "allowWhitespaceOnlyPieces",
  "addDummyPrefix",
  "maxLineBytes",
] as const satisfies readonly (keyof SpmTrainingOptions)[];
const OF_BYTES = ["pre"] as const satisfies readonly (keyof ByteTrainingOptions)[];
const OF_BOTH = [
  "controlSymbols",
  "userDefinedSymbols",
  "bosPiece",
  "eosPiece",
  "padPiece",
  "maxPieceLength",
  "minFrequency",
  "hardVocabLimit",
  "heldOut",
  "sample",
  "seed",
] as const;

function trainingOptions(output: string, values: TrainValues): TrainTokenizerOptions {
  const kind = kindOf(output, values.kind);
  const [own, others] = kind === "spm-bpe" ? [OF_SPM, OF_BYTES] : [OF_BYTES, OF_SPM];
  for (const key of others) {
    // "--no-split-digits" is true where it was not given.
    if (values[key] === undefined || values[key] === true) continue;
    throw new RequestError({ doing, expected: `options of the kind ${kind}`, found: key });
  }
  const given = [...OF_BOTH, ...own].flatMap((key) =>
    values[key] === undefined ? [] : [[key, values[key]]],
  );
  return {
    kind,
    vocabSize: required(values.vocab, "--vocab N"),
    heldOut: HELD_OUT,
    ...Object.fromEntries(given),
  };
}

interface Summary extends TrainingReport {
  readonly files: readonly string[];
  readonly kind: string;
  readonly seconds: number;
  readonly peakMemoryBytes: number;
}

function summaryText(summary: Summary): string {
  const { kind, heldOut, skippedLines } = summary;
  const rows = [
    ["written", summary.files.join(", ")],
    ["pieces", `${formatCount(summary.vocabSize)} (${kind}), ${formatCount(summary.merges)} of them merged`],
    [
      "text",
      `${formatCount(summary.documents)} documents, ${formatCount(summary.lines)} lines, ` +
        `${formatCount(summary.characters)} characters, ${formatCount(summary.distinctWords)} distinct words`,
    ],
    ...(skippedLines === 0 ? [] : [["skipped", `${formatCount(skippedLines)} lines that were too long`]]),
    ...(kind === "byte-bpe"
      ? []
      : [
          [
            "characters",
            `${formatCount(summary.alphabetSize)} with a piece, ${(summary.coverage * 100).toFixed(3)} % of the text`,
          ],
        ]),
    heldOut === undefined
      ? ["held out", "nothing"]
      : ["held out", `${formatBytes(heldOut.bytes)}, ${threeDigits(heldOut.bytesPerToken)} bytes per token`],
    ["time", formatSeconds(summary.seconds)],
    ["peak memory", formatBytes(summary.peakMemoryBytes)],
  ];
  return `${columns(rows.map((row) => row.map(printable)))}\n`;
}
