/**
 * Options for training a tokenizer. The defaults of the SentencePiece kind are those of the LLaMA and Llama 2
 * vocabularies (trainer_spec of their tokenizer.model).
 */
import { RequestError } from "../../base/errors.ts";
import { hasPreComponents } from "../hf-pretokenizers.ts";
import { SPACE_MARK, wellFormed } from "../text.ts";
import { byteOfPiece } from "../vocabulary.ts";

/** Progress of a training: text counted, then pieces created. */
export type TrainingProgress =
  | { readonly phase: "counting"; readonly characters: number; readonly distinctWords: number }
  | { readonly phase: "merging"; readonly done: number; readonly total: number };

/** Options of both kinds. */
interface CommonOptions {
  /** Total number of pieces of the vocabulary. */
  readonly vocabSize: number;
  /** Special tokens that text never becomes, in addition to beginning, end and padding. */
  readonly controlSymbols?: readonly string[];
  /** Texts that are always one piece. For spm-bpe, spaces in them are written "▁" (U+2581). */
  readonly userDefinedSymbols?: readonly string[];
  /** Beginning of a text; "" for none. Default "<s>", "<|begin_of_text|>", or GPT-2's "<|endoftext|>". */
  readonly bosPiece?: string;
  /** End of a text; "" for none. Default "</s>", "<|end_of_text|>", or GPT-2's "<|endoftext|>". */
  readonly eosPiece?: string;
  /** Padding; default "", none. */
  readonly padPiece?: string;
  /** Maximum length of a piece: characters for spm-bpe (default 16), bytes for byte-bpe (default 128). */
  readonly maxPieceLength?: number;
  /** Pairs that occur less often become no piece. Default 1 for spm-bpe, 2 for byte-bpe. */
  readonly minFrequency?: number;
  /** Whether a text too small for `vocabSize` is an error (default) or gives fewer pieces. */
  readonly hardVocabLimit?: boolean;
  /** Share of the lines that is excluded from training and measured afterwards, 0 to 0.5. Default 0. */
  readonly heldOut?: number;
  /**
   * Share of the lines that is used, above 0 and up to 1, chosen by the hash of each line. Default 1, all.
   */
  readonly sample?: number;
  /** Seed of the hash that chooses lines for `heldOut` and `sample`. Default 0. */
  readonly seed?: number;
  readonly onProgress?: (progress: TrainingProgress) => void;
  readonly signal?: AbortSignal;
}

/** SentencePiece's BPE. Every line of a document is a sentence. */
export interface SpmTrainingOptions extends CommonOptions {
  readonly kind: "spm-bpe";
  /** Piece for unknown text, if there are no byte pieces. Default "<unk>". */
  readonly unkPiece?: string;
  /** Share of the text's characters that get a piece, 0.98 to 1. Default 0.99995. */
  readonly characterCoverage?: number;
  /** Characters that always get a piece. */
  readonly requiredChars?: string;
  /** 256 pieces for bytes, so that no text is unknown. Default true. */
  readonly byteFallback?: boolean;
  /** Every digit is a separate piece. Default true. */
  readonly splitDigits?: boolean;
  /** No piece has characters of two scripts. Default true. */
  readonly splitByUnicodeScript?: boolean;
  /** No piece extends past a space. Default true. */
  readonly splitByWhitespace?: boolean;
  /** Digits count as a separate script, so "F1" is not a piece. Default true. */
  readonly splitByNumber?: boolean;
  /** Runs of spaces may be pieces. Default true. */
  readonly allowWhitespaceOnlyPieces?: boolean;
  /** Adds a space at the start of each line. Default true. */
  readonly addDummyPrefix?: boolean;
  /** Longer lines (UTF-8 bytes) are skipped, and counted in the report. Default: no limit. */
  readonly maxLineBytes?: number;
}

/** Byte-level BPE. */
export interface ByteTrainingOptions extends CommonOptions {
  readonly kind: "byte-bpe";
  /** Name of the pre-tokeniser (docs/tokenizer-training.md). Default "llama-bpe". */
  readonly pre?: string;
}

export type TrainTokenizerOptions = SpmTrainingOptions | ByteTrainingOptions;

type Complete<T> = Required<Omit<T, "onProgress" | "signal">>;
export type SpmSettings = Complete<SpmTrainingOptions>;
export type ByteSettings = Complete<ByteTrainingOptions>;
export type Settings = SpmSettings | ByteSettings;

/** SentencePiece's limit; means "none". */
const MAX_LINE_BYTES = 2 ** 30;

const COMMON = {
  controlSymbols: [],
  userDefinedSymbols: [],
  padPiece: "",
  hardVocabLimit: true,
  heldOut: 0,
  sample: 1,
  seed: 0,
} as const;

const SPM_DEFAULTS: Omit<SpmSettings, "vocabSize"> = {
  ...COMMON,
  kind: "spm-bpe",
  unkPiece: "<unk>",
  bosPiece: "<s>",
  eosPiece: "</s>",
  maxPieceLength: 16,
  minFrequency: 1,
  characterCoverage: 0.99995,
  requiredChars: "",
  byteFallback: true,
  splitDigits: true,
  splitByUnicodeScript: true,
  splitByWhitespace: true,
  splitByNumber: true,
  allowWhitespaceOnlyPieces: true,
  addDummyPrefix: true,
  maxLineBytes: MAX_LINE_BYTES,
};

const BYTE_DEFAULTS: Omit<ByteSettings, "vocabSize"> = {
  ...COMMON,
  kind: "byte-bpe",
  pre: "llama-bpe",
  bosPiece: "<|begin_of_text|>",
  eosPiece: "<|end_of_text|>",
  maxPieceLength: 128,
  minFrequency: 2,
};
const GPT2_ENDS = { bosPiece: "<|endoftext|>", eosPiece: "<|endoftext|>" };

const doing = "train a tokenizer";

/** Options with their defaults. Throws RequestError for invalid ones. */
export function settingsOf(options: TrainTokenizerOptions): Settings {
  const { onProgress: _, signal: __, ...given } = options;
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const defaults: object =
    options.kind === "spm-bpe"
      ? SPM_DEFAULTS
      : { ...BYTE_DEFAULTS, ...(options.pre === "gpt-2" ? GPT2_ENDS : {}) };
  const settings = { ...defaults, ...present } as Settings;
  checkRanges(settings);
  checkSymbols(settings);
  return settings;
}

type Range = readonly [least: number, most: number, whole?: "whole"];

/** Ranges of the numbers; SentencePiece's where it has the option. */
const RANGES: Readonly<Record<string, Range>> = {
  vocabSize: [1, 2 ** 24, "whole"],
  maxPieceLength: [1, 512, "whole"],
  minFrequency: [1, Number.MAX_SAFE_INTEGER, "whole"],
  heldOut: [0, 0.5],
  sample: [Number.MIN_VALUE, 1],
  seed: [0, Number.MAX_SAFE_INTEGER, "whole"],
  characterCoverage: [0.98, 1],
  maxLineBytes: [10, MAX_LINE_BYTES, "whole"],
};

function checkRanges(settings: Settings): void {
  const { kind } = settings;
  if (kind !== "spm-bpe" && kind !== "byte-bpe") {
    const expected = "the kind spm-bpe or byte-bpe";
    throw new RequestError({ doing, expected, found: JSON.stringify(kind) });
  }
  for (const [key, value] of Object.entries(settings)) {
    const range = RANGES[key];
    if (range === undefined) continue;
    const [least, most, whole] = range;
    const inRange = typeof value === "number" && value >= least && value <= most;
    if (inRange && (whole === undefined || Number.isInteger(value))) continue;
    const low = least === Number.MIN_VALUE ? "above 0" : `from ${least}`;
    const expected = `${key} to be a ${whole ?? "number"}${whole ? " number" : ""} ${low} to ${most}`;
    throw new RequestError({ doing, expected, found: String(value) });
  }
  if (settings.kind === "byte-bpe" && !hasPreComponents(settings.pre)) {
    throw new RequestError({
      doing,
      expected: "the name of a pre-tokeniser that tokenizer.json can describe",
      found: JSON.stringify(settings.pre),
      fix: "use llama-bpe (Llama 3's) or gpt-2",
    });
  }
}

/** A symbol from the caller, its type, and the name of its option. */
export interface NamedSymbol {
  readonly text: string;
  readonly option: string;
  readonly role: "unk" | "bos" | "eos" | "pad" | "control" | "userDefined";
}

/** All symbols from the caller, in the order of their ids. Beginning and end may be the same symbol. */
export function namedSymbols(settings: Settings): NamedSymbol[] {
  const { bosPiece, eosPiece, padPiece, controlSymbols, userDefinedSymbols } = settings;
  const symbols: NamedSymbol[] = [];
  const add = (text: string, option: string, role: NamedSymbol["role"]): void => {
    if (text !== "") symbols.push({ text, option, role });
  };
  if (settings.kind === "spm-bpe") add(settings.unkPiece, "unkPiece", "unk");
  add(bosPiece, "bosPiece", "bos");
  if (eosPiece !== bosPiece || settings.kind === "spm-bpe") add(eosPiece, "eosPiece", "eos");
  add(padPiece, "padPiece", "pad");
  for (const text of controlSymbols) symbols.push({ text, option: "controlSymbols", role: "control" });
  for (const text of userDefinedSymbols) {
    symbols.push({ text, option: "userDefinedSymbols", role: "userDefined" });
  }
  return symbols;
}

function checkSymbols(settings: Settings): void {
  if (settings.kind === "spm-bpe" && settings.unkPiece === "") {
    throw new RequestError({ doing, expected: "a text for unkPiece", found: "none" });
  }
  const seen = new Map<string, string>();
  for (const { text, option } of namedSymbols(settings)) {
    const problem = problemOfSymbol(text, settings);
    const before = seen.get(text);
    const quoted = JSON.stringify(text.slice(0, 60));
    if (problem !== undefined) throw new RequestError({ doing, ...problem, found: `${quoted} in ${option}` });
    if (before !== undefined) {
      const where = before === option ? `twice in ${option}` : `in ${before} and in ${option}`;
      throw new RequestError({ doing, expected: "every symbol once", found: `${quoted} ${where}` });
    }
    seen.set(text, option);
  }
}

function problemOfSymbol(text: string, settings: Settings): { expected: string; fix?: string } | undefined {
  if (text === "") return { expected: "symbols with at least one character" };
  if (text.includes("\0") || wellFormed(text) !== text) return { expected: "symbols of valid characters" };
  if (settings.kind === "byte-bpe") return undefined;
  if (text.includes(" ")) {
    return { expected: "symbols without spaces", fix: `write ${SPACE_MARK} (U+2581) for a space` };
  }
  if (settings.byteFallback && byteOfPiece(text) !== undefined) {
    return { expected: "symbols that are not the name of a byte", fix: "omit it: bytes have pieces" };
  }
  return undefined;
}
