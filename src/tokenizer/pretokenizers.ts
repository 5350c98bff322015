/**
 * How byte-level vocabularies split text into words before merging, by the name in GGUF files
 * (tokenizer.ggml.pre). A pre-tokeniser is a list of passes; each pass splits the fragments of the previous
 * one, and text that a pass does not match stays a fragment. Patterns are those of the models' tokenizer.json
 * files in llama.cpp's form (llama-vocab.cpp), tested with the vectors of both.
 */
import { UnsupportedError } from "../base/errors.ts";
import { charClass, codePointAt, LETTER, NUMBER, PUNCTUATION, SPACE, unitsOf } from "./char-class.ts";
import { CASED_LETTERS } from "./letter-ranges.ts";
import {
  type CharTest,
  casedWords,
  deepseekV3,
  gpt2,
  hasClass,
  isBlank,
  isNewline,
  ledRun,
  llama3,
  run,
  runEnd,
  type Scanner,
} from "./scanners.ts";

/** Splits [start, end) of the text: appends the end of every fragment, the last of which is `end`. */
export type Pass = (text: string, start: number, end: number, cuts: number[]) => void;

/** A pass that makes every match of the scanner a fragment. */
export function matches(scan: Scanner): Pass {
  return (text, start, end, cuts) => {
    let unmatched = start;
    for (let at = start; at < end; ) {
      const to = scan(text, at, end);
      if (to === at) {
        at += unitsOf(codePointAt(text, at));
        continue;
      }
      if (at > unmatched) cuts.push(at);
      cuts.push(to);
      at = to;
      unmatched = to;
    }
    if (unmatched < end) cuts.push(end);
  };
}

/** `\s+$` */
const trailingSpace: Pass = (text, start, end, cuts) => {
  let from = end;
  while (from > start && charClass(text.charCodeAt(from - 1)) & SPACE) from--;
  if (from > start) cuts.push(from);
  if (from < end) cuts.push(end);
};

function charSet(chars: string): CharTest {
  const set = new Set(Array.from(chars, (char) => char.codePointAt(0)));
  return (codePoint) => set.has(codePoint);
}

/** Inclusive ranges of code points. */
export function inRanges(ranges: readonly (readonly [number, number])[]): CharTest {
  return (codePoint) => {
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (codePoint > ranges[middle][1]) low = middle + 1;
      else high = middle;
    }
    return low < ranges.length && codePoint >= ranges[low][0];
  };
}

const isPunctuation = hasClass(PUNCTUATION);
const isNumber = hasClass(NUMBER);
const isAsciiDigit: CharTest = (codePoint) => codePoint >= 0x30 && codePoint <= 0x39;
const or =
  (a: CharTest, b: CharTest): CharTest =>
  (codePoint) =>
    a(codePoint) || b(codePoint);

/** Exactly three ASCII digits. */
const threeDigits: Scanner = (text, at, end) =>
  runEnd(text, at, end, isAsciiDigit, 3) === at + 3 ? at + 3 : at;
/** [一-龥 ࠀ-一 가-퟿], as in DeepSeek's pattern: U+0800 to U+9FA5, and U+AC00 to U+D7FF. */
const isDeepseekCjk = inRanges([
  [0x800, 0x9fa5],
  [0xac00, 0xd7ff],
]);
const isDeepseekV3Cjk = inRanges([
  [0x3040, 0x30ff],
  [0x4e00, 0x9fa5],
]);
/** ASCII punctuation (and, by the range from ":" to "~", letters), full-width forms, quotes, 　、。 */
const isDeepseekPunctuation = inRanges([
  [0x21, 0x2f],
  [0x3a, 0x7e],
  [0x2018, 0x201f],
  [0x3000, 0x3002],
  [0xff01, 0xff0f],
  [0xff1a, 0xff5e],
]);
const isBloomBreak = or(hasClass(SPACE), charSet("(|.,!?…。，、।۔،)"));

const noTail: CharTest = () => false;

const gpt2Passes = [matches(gpt2)];
const llama3Passes = [matches(llama3(3))];
const qwen2Passes = [matches(llama3(1))];
const starcoderPasses = [matches(run(isNumber, 1)), matches(gpt2)];
const bloomPasses = [matches(ledRun(isBlank, (codePoint) => !isBloomBreak(codePoint)))];
const deepseekV3Passes = [matches(run(isNumber, 3)), matches(run(isDeepseekV3Cjk)), matches(deepseekV3)];
const casedPasses = [matches(casedWords(3, true))];
export const PRETOKENIZERS: ReadonlyMap<string, readonly Pass[]> = new Map<string, readonly Pass[]>([
  [
    "default",
    [
      matches(run(or(isPunctuation, charSet("$+<=>^~|")))),
      ...gpt2Passes,
      matches(run(isNumber)),
      matches(threeDigits),
    ],
  ],
  ["falcon", [matches(run(or(isPunctuation, charSet("$+<=>^~|`")))), ...gpt2Passes, matches(threeDigits)]],
  [
    "deepseek-llm",
    [
      matches(run(isNewline, 1)),
      matches(ledRun(hasClass(SPACE), inRanges(CASED_LETTERS))),
      matches(ledRun(hasClass(SPACE), isDeepseekPunctuation)),
      trailingSpace,
      matches(run(isDeepseekCjk)),
      matches(run(isNumber)),
    ],
  ],
  [
    "deepseek-coder",
    [
      matches(run(isNewline, 1)),
      matches(ledRun(hasClass(SPACE), hasClass(LETTER))),
      matches(ledRun(hasClass(SPACE), isPunctuation)),
      matches(run(isDeepseekCjk)),
      matches(run(isNumber, 1)),
    ],
  ],
  ["viking", [...bloomPasses, matches(run(isNumber, 1))]],
  ["tekken", [matches(casedWords(1, false))]],
  ["seed-coder", [matches(llama3(1, noTail))]],
  ...named(gpt2Passes, "gpt-2 mpt olmo jais trillion granite-docling phi-2 jina-es jina-de jina-v2-es"),
  ...named(
    gpt2Passes,
    "jina-v2-de jina-v1-en jina-v2-code roberta-bpe gigachat a.x-4.0 mellum modern-bert exaone4",
  ),
  ...named(llama3Passes, "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 dbrx smaug-bpe"),
  ...named(llama3Passes, "smaug chatglm-bpe glm4"),
  ...named(qwen2Passes, "qwen2 deepseek-r1-qwen stablelm2 megrez hunyuan grok-2 solar-open kormo"),
  ...named(starcoderPasses, "starcoder refact command-r smollm codeshell exaone minerva-7b"),
  ...named(bloomPasses, "bloom poro-chat gpt3-finnish"),
  ...named(deepseekV3Passes, "deepseek-v3 hunyuan-dense joyai-llm"),
  ...named(casedPasses, "gpt-4o llama4 kanana2 minimax-m2"),
]);

function named(passes: readonly Pass[], names: string): [string, readonly Pass[]][] {
  return names.split(" ").map((name) => [name, passes]);
}

/**
 * Pre-tokenisers whose vocabularies encode a whole word that is a piece without merging, and start with a
 * BOS.
 */
const LLAMA3_LIKE = new Set(
  "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 tekken".split(" "),
);

/** Defaults that a GGUF file does not state for vocabularies with this pre-tokeniser. */
export function defaultsOfPre(pre: string): { ignoreMerges: boolean; addBos: boolean } {
  const like = LLAMA3_LIKE.has(pre);
  return { ignoreMerges: like, addBos: like };
}

/** Passes by name. Throws UnsupportedError for a name that is not in the table. */
export function passesOf(pre: string, vocabularyName: string): readonly Pass[] {
  const passes = PRETOKENIZERS.get(pre);
  if (passes !== undefined) return passes;
  throw new UnsupportedError({
    doing: `use the vocabulary of "${vocabularyName}"`,
    expected: `one of the pre-tokenisers ${[...PRETOKENIZERS.keys()].join(", ")}`,
    found: JSON.stringify(pre),
    fix: "Cria does not know this model's pre-tokeniser",
  });
}

/** Ends of the words of a text after all passes. */
export function cutWords(text: string, passes: readonly Pass[]): number[] {
  let cuts = text === "" ? [] : [text.length];
  for (const pass of passes) {
    const finer: number[] = [];
    let start = 0;
    for (const end of cuts) {
      pass(text, start, end, finer);
      start = end;
    }
    cuts = finer;
  }
  return cuts;
}
