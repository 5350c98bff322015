/** Conversations of the little world: training text of the chat model. */
import type { Random } from "../../../src/base/index.ts";

export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
  /** 0: an answer that is not learnt, in OpenAI's layout. */
  readonly weight?: 0;
}

/** What one says, and the answer. A wrong answer, which the user corrects, is not learnt. */
export type Exchange = readonly [said: string, answer: string, isWrong?: true];

/** One or more exchanges that belong together, in order; other exchanges may stand between them. */
export type Part = (random: Random) => readonly Exchange[];

/** A text with `{key}` replaced by that filler. */
export function filled(text: string, fillers: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (_, key: string) => fillers[key]);
}

/** Longer texts are not typed carelessly. */
const LONGEST_TYPED = 80;

/** Small differences of writing that people make: no capital, no full stop. */
export function asTyped(random: Random, text: string): string {
  if (text.length > LONGEST_TYPED || text.includes("\n")) return text;
  const draw = random.uniform();
  if (draw < 0.08) return text.toLowerCase().replace(/[.!?]$/, "");
  return draw < 0.16 ? text.replace(/[.]$/, "") : text;
}
