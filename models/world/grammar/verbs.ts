/** Forms of English verbs. */
import { DOUBLING_VERBS, IRREGULAR_VERBS } from "../data/irregular-verbs.ts";

/** Who a verb agrees with: I, you, one other (he, Mia, the cat), or several (we, they). */
export type Agreement = "I" | "you" | "one" | "many";
/** When a verb happens. */
export type Tense = "past" | "present";

const endsInConsonantY = (verb: string): boolean => /[^aeiou]y$/.test(verb);

/** walk → walked, try → tried, stop → stopped, find → found. */
export function pastOf(verb: string): string {
  const irregular = IRREGULAR_VERBS.get(verb);
  if (irregular !== undefined) return irregular.past;
  if (verb.endsWith("e")) return `${verb}d`;
  if (endsInConsonantY(verb)) return `${verb.slice(0, -1)}ied`;
  return `${verb}${DOUBLING_VERBS.has(verb) ? verb.at(-1) : ""}ed`;
}

/** walk → walking, make → making, run → running, lie → lying. */
export function ingOf(verb: string): string {
  if (verb.endsWith("ie")) return `${verb.slice(0, -2)}ying`;
  if (verb.endsWith("e") && !/(?:ee|oe|ye|^be)$/.test(verb)) return `${verb.slice(0, -1)}ing`;
  return `${verb}${DOUBLING_VERBS.has(verb) ? verb.at(-1) : ""}ing`;
}

/** walk → walks, try → tries, catch → catches, have → has. */
export function thirdPersonOf(verb: string): string {
  if (verb === "have") return "has";
  if (endsInConsonantY(verb)) return `${verb.slice(0, -1)}ies`;
  return `${verb}${/(?:s|x|z|ch|sh|o)$/.test(verb) ? "es" : "s"}`;
}

const BE: Record<Tense, Record<Agreement, string>> = {
  past: { I: "was", you: "were", one: "was", many: "were" },
  present: { I: "am", you: "are", one: "is", many: "are" },
};
const MODALS: Readonly<Record<string, Record<Tense, string>>> = {
  can: { past: "could", present: "can" },
  will: { past: "would", present: "will" },
};

/** The finite form of a verb: conjugate("be", "many", "past") is "were". */
export function conjugate(verb: string, agreement: Agreement, tense: Tense): string {
  if (verb === "be") return BE[tense][agreement];
  const modal = MODALS[verb];
  if (modal !== undefined) return modal[tense];
  if (tense === "past") return pastOf(verb);
  return agreement === "one" ? thirdPersonOf(verb) : verb;
}

/** The negative: "was not", "could not", "did not find". */
export function conjugateNot(verb: string, agreement: Agreement, tense: Tense): string {
  if (verb === "can") return tense === "past" ? "could not" : "cannot";
  if (verb === "be" || verb === "will") return `${conjugate(verb, agreement, tense)} not`;
  return `${conjugate("do", agreement, tense)} not ${verb}`;
}
