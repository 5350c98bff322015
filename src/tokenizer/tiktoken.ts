/**
 * tiktoken rank files (openai/tiktoken, also Meta's tokenizer.model of Llama 3): one line per piece with its
 * bytes in base64, a space, and its rank. The rank is the id and the merge priority. Special tokens are not
 * in the file; they follow the ranks. This file defines those of Llama 3 and 3.1 (llama-models,
 * tokenizer.py).
 */
import { FormatError } from "../base/errors.ts";
import { bytesToAlphabet } from "./byte-alphabet.ts";
import { addedByType, checkVocabulary, findEnds, PIECE, type Vocabulary } from "./vocabulary.ts";

/** The special tokens after the ranks of a model family, and its pre-tokeniser. */
export interface SpecialTokens {
  readonly pre: string;
  /** In order, starting at the first id after the ranks. */
  readonly names: readonly string[];
  readonly bos: string;
  readonly eos: string;
  readonly pad?: string;
}

/** Llama 3.1: 128000 to 128255. Llama 3.0 had other names (reserved 2, 3, 4 …) for four unused ones. */
const LLAMA3_NAMED = [
  "<|begin_of_text|>",
  "<|end_of_text|>",
  "<|reserved_special_token_0|>",
  "<|reserved_special_token_1|>",
  "<|finetune_right_pad_id|>",
  "<|reserved_special_token_2|>",
  "<|start_header_id|>",
  "<|end_header_id|>",
  "<|eom_id|>",
  "<|eot_id|>",
  "<|python_tag|>",
];
const LLAMA30_NAMED = [
  "<|begin_of_text|>",
  "<|end_of_text|>",
  "<|reserved_special_token_0|>",
  "<|reserved_special_token_1|>",
  "<|reserved_special_token_2|>",
  "<|reserved_special_token_3|>",
  "<|start_header_id|>",
  "<|end_header_id|>",
  "<|reserved_special_token_4|>",
  "<|eot_id|>",
];

/** Extends to 256 names with reserved ones, numbered from `next`. */
function reserved(names: readonly string[], next: number): string[] {
  const more = Array.from({ length: 256 - names.length }, (_, i) => `<|reserved_special_token_${next + i}|>`);
  return [...names, ...more];
}

const BOUNDS = { pre: "llama-bpe", bos: "<|begin_of_text|>", eos: "<|end_of_text|>" } as const;
/** Special tokens of Llama 3.1 and later, after the ranks. */
export const LLAMA31_SPECIALS: SpecialTokens = {
  ...BOUNDS,
  names: reserved(LLAMA3_NAMED, 3),
  pad: "<|finetune_right_pad_id|>",
};
/** Special tokens of Llama 3, after the ranks. */
export const LLAMA30_SPECIALS: SpecialTokens = { ...BOUNDS, names: reserved(LLAMA30_NAMED, 5) };

const LINE = /^([A-Za-z0-9+/]+={0,2}) (\d{1,9})$/;

function broken(name: string, line: number, found: string): FormatError {
  const expected = "base64, a space and a rank";
  return new FormatError({
    doing: `read line ${line} of "${name}"`,
    expected,
    found,
    fix: "the file is damaged",
  });
}

/** True if the text starts like a rank file. */
export function isTiktoken(start: string): boolean {
  return LINE.test(start.split("\n", 1)[0].trimEnd());
}

function readRanks(text: string, name: string): string[] {
  const lines = text.split("\n");
  const pieces: string[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const match = LINE.exec(line.trimEnd());
    const rank = match === null ? Number.NaN : Number(match[2]);
    // Ranks are bounded by the number of lines plus the allowed holes.
    if (match === null || rank > lines.length * 2)
      throw broken(name, i + 1, JSON.stringify(line.slice(0, 60)));
    if (pieces[rank] !== undefined) throw broken(name, i + 1, `the rank ${rank} again`);
    pieces[rank] = bytesToAlphabet(decodeBase64(match[1], () => broken(name, i + 1, "broken base64")));
  }
  return pieces;
}

function decodeBase64(text: string, error: () => FormatError): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    throw error();
  }
}

/**
 * The vocabulary of a rank file.
 * @param specials default: those of Llama 3.1. Throws FormatError.
 */
export function vocabularyFromTiktoken(
  bytes: Uint8Array,
  name: string,
  specials: SpecialTokens = LLAMA31_SPECIALS,
): Vocabulary {
  const ranks = readRanks(new TextDecoder().decode(bytes), name);
  const pieces = Array.from(ranks, (piece) => piece ?? "");
  const types = new Uint8Array(pieces.length + specials.names.length).fill(PIECE.control);
  for (let id = 0; id < pieces.length; id++) types[id] = pieces[id] === "" ? PIECE.unused : PIECE.normal;
  const first = pieces.length;
  pieces.push(...specials.names);
  const idOf = (text: string): number => first + specials.names.indexOf(text);
  const eosId = idOf(specials.eos);
  return checkVocabulary({
    kind: "byte-bpe",
    name,
    pieces,
    scores: new Float32Array(pieces.length),
    types,
    ignoreMerges: true,
    pre: specials.pre,
    added: addedByType(pieces, types),
    bosId: idOf(specials.bos),
    eosId,
    ...(specials.pad === undefined ? {} : { padId: idOf(specials.pad) }),
    ...findEnds(pieces, types, { eosId }),
    addBos: true,
    addEos: false,
    addSpacePrefix: false,
    spacePrefixAfterAdded: false,
    normalizer: { removeExtraWhitespaces: false },
  });
}
