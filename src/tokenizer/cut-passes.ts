/** Passes for combinations of steps that are in no table: each known step may follow any other. */

import { charClass, NUMBER, PUNCTUATION } from "./char-class.ts";
import { keyOfSteps, type Step } from "./cut-steps.ts";
import { NAMED_STEPS } from "./named-steps.ts";
import { matches, type Pass, PRETOKENIZERS } from "./pretokenizers.ts";
import { hasClass, run, type Scanner } from "./scanners.ts";

const isNumber = hasClass(NUMBER);
/** Rust's is_ascii_punctuation, or Unicode's punctuation. */
const isPunctuation = (codePoint: number): boolean =>
  (charClass(codePoint) & PUNCTUATION) !== 0 || "$+<=>^`|~".includes(String.fromCodePoint(codePoint));

const PASSES = new Map<string, Pass>([
  [keyOfSteps([{ kind: "digits", individual: true }]), matches(run(isNumber, 1))],
  [keyOfSteps([{ kind: "digits", individual: false }]), matches(run(isNumber))],
  [keyOfSteps([{ kind: "punctuation", individual: true }]), matches(run(isPunctuation, 1))],
  [keyOfSteps([{ kind: "punctuation", individual: false }]), matches(run(isPunctuation))],
]);
for (const [name, steps] of NAMED_STEPS) {
  const passes = PRETOKENIZERS.get(name) ?? [];
  if (passes.length !== steps.length) continue;
  for (const [i, step] of steps.entries()) {
    const key = keyOfSteps([step]);
    if (!PASSES.has(key)) PASSES.set(key, passes[i]);
  }
}

/** Makes every occurrence of a text a word. */
function literal(text: string): Scanner {
  return (all, at, end) => (at + text.length <= end && all.startsWith(text, at) ? at + text.length : at);
}

/** The pass of one step, or undefined for an unknown pattern. */
export function passOfStep(step: Step): Pass | undefined {
  if (step.kind === "literal") return matches(literal(step.text));
  return PASSES.get(keyOfSteps([step]));
}

/** Passes of all steps; undefined if one is unknown. */
export function passesOfSteps(steps: readonly Step[]): Pass[] | undefined {
  const passes = steps.map(passOfStep).filter((pass) => pass !== undefined);
  return passes.length === steps.length ? passes : undefined;
}
