/** Choices: one of several texts. */
import { RequestError } from "../../base/errors.ts";
import { choice, type Grammar, literal } from "./expression.ts";
import { GRAMMAR_LIMITS, tooComplex } from "./limits.ts";

/** @throws RequestError without choices, for an empty one, or for too many characters in all. */
export function grammarFromChoices(choices: readonly string[]): Grammar {
  if (choices.length === 0 || choices.includes("")) {
    const found = choices.length === 0 ? "none" : "an empty text";
    throw new RequestError({ doing: "use choices", expected: "one or more texts that are not empty", found });
  }
  const total = choices.reduce((sum, text) => sum + text.length, 0);
  if (total > GRAMMAR_LIMITS.choices) throw tooComplex("use choices", "characters", "choices");
  return { rules: new Map(), root: choice(...choices.map(literal)) };
}
