/** Who said it: quotation marks, "said Tom", and the commas between. */
import type { Random } from "../../../src/base/index.ts";
import { chance, pick } from "./choose.ts";
import { conjugate, type Tense } from "./verbs.ts";

/** How the words of one speaker are set. */
export interface SpeechStyle {
  readonly random: Random;
  readonly tense: Tense;
  readonly isNarrator: boolean;
  /** Whether someone else spoke just before. */
  readonly isReply: boolean;
  /** Adverbs that fit the speaker's mood. */
  readonly adverbs: readonly string[];
  /** The speaker's name or pronoun, as a subject; asked for once. */
  readonly name: () => string;
}

const VERBS: Readonly<Record<string, readonly string[]>> = {
  "?": ["ask", "ask", "ask", "say"],
  "!": ["cry", "shout", "say", "call", "exclaim"],
  ".": ["say", "say", "say", "say", "whisper"],
};
const REPLIES: typeof VERBS = {
  "?": ["ask", "say", "reply"],
  "!": ["cry", "say", "answer", "call"],
  ".": ["say", "say", "answer", "reply"],
};
/** Verbs that do not go with "sadly" or "in a small voice". */
const LOUD = /^(?:shout|cr[yi]|call|exclaim)/;
const PRONOUN = /^(?:I|he|she)$/;

/** Words with their speaker: "It is mine," said Tom. The result is a whole sentence. */
export function attributed(words: string, style: SpeechStyle): string {
  const { random, tense, isNarrator, isReply, adverbs, name } = style;
  const who = name();
  const end = words.at(-1) ?? ".";
  const adverb = adverbs.length > 0 && chance(random, 0.2) ? ` ${pick(random, adverbs)}` : "";
  const agreement = isNarrator ? "I" : "one";
  const first = /^[^.!?]+[.!?](?= )/.exec(words)?.[0];
  const splits = first !== undefined && chance(random, 0.5);
  const verb = conjugate(
    pick(random, (isReply ? REPLIES : VERBS)[splits ? first.at(-1)! : end]),
    agreement,
    tense,
  );
  if (!splits && chance(random, 0.3)) {
    const said = conjugate(end === "?" ? "ask" : "say", agreement, tense);
    return `${who} ${said}${adverb.includes(" in ") || adverb.includes("with ") ? adverb : ""}, "${words}"`;
  }
  const inverted = !PRONOUN.test(who) && chance(random, 0.6);
  const tag = (inverted ? `${verb} ${who}` : `${who} ${verb}`) + (LOUD.test(verb) ? "" : adverb);
  if (splits) return `"${inQuotes(first)} ${tag}. "${words.slice(first.length + 1)}"`;
  return `"${inQuotes(words)} ${tag}.`;
}

/** A full stop becomes a comma before "said Tom"; other marks stay. */
const inQuotes = (words: string): string => (words.endsWith(".") ? `${words.slice(0, -1)},"` : `${words}"`);
