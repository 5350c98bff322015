/**
 * Invented names. Names from tables can be learnt by heart; these must be copied from what was said, which is the skill
 * that questions about a text need.
 */
import type { Random } from "../../../src/base/index.ts";
import { chance, pick } from "../grammar/choose.ts";
import { capitalised } from "../grammar/nouns.ts";
import { PEOPLE_NAMES } from "./names.ts";

const words = (text: string): readonly string[] => text.split(" ");
const ONSETS = words("b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sh sk st t th tr v w y z");
const VOWELS = words("a a a e e e i i o o u ai ee ia io oo");
const CODAS = words("b ck d g l ll m n nd nn r rk rt s sk ss st t x");
const ENDS = words("a a o e ie i y us in el ek an is on ta la ra na bert lyn win dra mir");

/** "Toralie", "Brenn", "Okis". */
export function inventedName(random: Random): string {
  const onset = chance(random, 0.85) ? pick(random, ONSETS) : "";
  const first = onset + pick(random, VOWELS);
  const middle = chance(random, 0.7) ? pick(random, CODAS) : pick(random, ONSETS);
  return capitalised(first + middle + (chance(random, 0.85) ? pick(random, ENDS) : ""));
}

/** The name of a village: "Shenford". */
export function inventedPlace(random: Random): string {
  const end = pick(random, words("ford ton ham bury field wick brook hill dale mouth bridge stead"));
  return inventedName(random).replace(/[aeiouy]+$/, "") + end;
}

/** A common name or an invented one. */
export const anyName = (random: Random): string =>
  chance(random, 0.5) ? pick(random, PEOPLE_NAMES) : inventedName(random);
