/** Whether a given value fulfils facts: for `enum` and `const` beside other keywords. */
import { accepts } from "../regex/regular.ts";
import type { Facts } from "./facts.ts";
import { refusedKeyword, type TypeName } from "./keywords.ts";
import { textDfa } from "./string-text.ts";

/** The types of a value, the narrower one first. */
export function typesOfValue(value: unknown): readonly TypeName[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  if (typeof value === "number") return Number.isInteger(value) ? ["integer", "number"] : ["number"];
  return [typeof value as TypeName];
}

/** @throws UnsupportedError for objects and arrays beside keywords that limit them. */
export function fits(value: unknown, facts: Facts): boolean {
  const types = typesOfValue(value);
  if (facts.types !== undefined && !types.some((type) => facts.types?.has(type))) return false;
  if (typeof value === "string") {
    const dfa = textDfa(facts);
    return dfa === undefined || accepts(dfa, value);
  }
  if (typeof value === "number") return isInRange(value, facts);
  if (typeof value === "object" && value !== null && types.some((type) => facts.mentioned.has(type)))
    throw refusedKeyword("enum or const with objects or arrays beside keywords that limit them");
  return true;
}

function isInRange(value: number, { low, high, aboveLow, belowHigh, factors }: Facts): boolean {
  if (value < low || value > high || (aboveLow && value === low) || (belowHigh && value === high))
    return false;
  return factors.every((factor) => Number.isInteger(value / factor));
}
