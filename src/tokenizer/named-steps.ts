/**
 * The forms in which tokenizer.json files describe the pre-tokenisers of pretokenizers.ts. Their regular
 * expressions come from an untrusted file and could run forever, so they are never executed: each is looked
 * up here.
 */
import type { Step } from "./cut-steps.ts";

const WORD_TAIL = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const FOLDED = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const LETTERS = "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";
const UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
const LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
const CASED_TAIL = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const LED = "[^\\r\\n\\p{L}\\p{N}]?";
const cased = (contraction: string, digits: string): string =>
  `${LED}${UPPER}*${LOWER}+${contraction}|${LED}${UPPER}+${LOWER}*${contraction}|${digits}${CASED_TAIL}`;

const split = (pattern: string): Step => ({ kind: "split", pattern });
const gpt2: Step = { kind: "gpt2" };
const GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const BLOOM_PATTERN = " ?[^(\\s|[.,!?…。，、।۔،])]+";
/** OpenAI's cl100k, which splits like "llama-bpe". */
const CL100K_PATTERN =
  "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";
const DEEPSEEK_CJK = "[一-龥ࠀ-一가-\ud7ff]+";
const DEEPSEEK_LETTERS =
  "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+";
const individualDigits: Step = { kind: "digits", individual: true };

/** Names and their steps; if a name occurs twice, the first form is written. */
export const NAMED_STEPS: readonly (readonly [string, readonly Step[]])[] = [
  ["gpt-2", [gpt2]],
  ["gpt-2", [split(GPT2_PATTERN)]],
  ["llama-bpe", [split(`${FOLDED}${LETTERS}\\p{N}{1,3}${WORD_TAIL}`)]],
  ["qwen2", [split(`${FOLDED}${LETTERS}\\p{N}${WORD_TAIL}`)]],
  ["starcoder", [individualDigits, gpt2]],
  [
    "falcon",
    [
      { kind: "punctuation", individual: false },
      gpt2,
      { kind: "digits", individual: false },
      split("[0-9][0-9][0-9]"),
    ],
  ],
  ["gpt-4o", [split(cased(`${FOLDED}?`, "\\p{N}{1,3}"))]],
  ["tekken", [split(cased("", "\\p{N}"))]],
  [
    "deepseek-v3",
    [
      split("\\p{N}{1,3}"),
      split("[一-龥\u3040-ゟ゠-ヿ]+"),
      split(
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      ),
    ],
  ],
  [
    "deepseek-coder",
    [split("[\r\n]"), split("\\s?\\p{L}+"), split("\\s?\\p{P}+"), split(DEEPSEEK_CJK), individualDigits],
  ],
  [
    "deepseek-llm",
    [
      split("[\r\n]"),
      split(DEEPSEEK_LETTERS),
      split("\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+"),
      split("\\s+$"),
      split(DEEPSEEK_CJK),
      individualDigits,
    ],
  ],
  ["viking", [split(BLOOM_PATTERN), individualDigits]],
  ["dbrx", [split(CL100K_PATTERN)]],
  ["bloom", [split(BLOOM_PATTERN)]],
];

/** Names in GGUF files that are aliases of those above. */
export const SAME_AS: Readonly<Record<string, string>> = {
  mpt: "gpt-2",
  olmo: "gpt-2",
  "phi-2": "gpt-2",
  llama3: "llama-bpe",
  "llama-v3": "llama-bpe",
  "smaug-bpe": "llama-bpe",
  dbrx: "llama-bpe",
  falcon3: "llama-bpe",
  pixtral: "llama-bpe",
  lfm2: "llama-bpe",
  "deepseek-r1-qwen": "qwen2",
  stablelm2: "qwen2",
  megrez: "qwen2",
  refact: "starcoder",
  "command-r": "starcoder",
  smollm: "starcoder",
  codeshell: "starcoder",
  llama4: "gpt-4o",
};
