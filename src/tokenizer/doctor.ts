/**
 * Detects vocabularies that lose parts of a text. OpenLLaMA's first tokenizer merges runs of spaces, which
 * ruins source code; others drop line ends or tabs, or have no bytes for characters outside their alphabet.
 */
import type { Tokenizer } from "./tokenizer.ts";

export interface TokenizerLoss {
  readonly what: "runs of spaces" | "spaces at the ends" | "line ends" | "tabs" | "rare characters";
  readonly text: string;
  /** The text after encoding and decoding. */
  readonly became: string;
}

const SAMPLES: readonly (readonly [TokenizerLoss["what"], string])[] = [
  ["runs of spaces", "if x:    y =  1"],
  ["spaces at the ends", "  return x  "],
  ["line ends", "def f(x):\nreturn x\r\n\n"],
  ["tabs", "a:\tb\t\tc"],
  ["rare characters", "Zażółć 漢字 🦙 \u0e01"],
];

/** Samples that encoding and decoding change; empty for a lossless vocabulary. */
export function findLosses(tokenizer: Tokenizer): TokenizerLoss[] {
  return SAMPLES.flatMap(([what, text]) => {
    const became = tokenizer.decode(tokenizer.encode(text));
    return became === text ? [] : [{ what, text, became }];
  });
}
