/** Limits on grammars, which come from requests. They count sizes and steps, not seconds, so that results repeat. */
import { RequestError } from "../../base/errors.ts";

export const GRAMMAR_LIMITS = {
  /** Characters of a schema, grammar or pattern. */
  sourceLength: 1 << 20,
  /** Nesting of groups, of schemas, and of references that are followed while a schema is read. */
  sourceDepth: 128,
  /** Parts of a grammar after reading, and steps to read it. */
  expressions: 1 << 18,
  /** Combinations of the cases of a schema (`anyOf` inside `allOf`). */
  cases: 1 << 14,
  /** Nodes of the automaton. */
  nodes: 1 << 18,
  /** States of a pattern that is combined with another condition. */
  regularStates: 1 << 13,
  /** Nesting of rules in a text; what would need more is not allowed in it. */
  depth: 256,
  /** Places of the grammar at which a text can be at once. */
  configurations: 1 << 12,
  /** Steps to compute the allowed tokens of one place of a text. */
  maskSteps: 1 << 22,
  /** States that a grammar keeps between texts. */
  states: 1 << 14,
  /** Bytes of masks that a grammar keeps. */
  maskBytes: 32 << 20,
} as const;

export type GrammarLimit = keyof typeof GRAMMAR_LIMITS;

/** The error of a grammar that exceeds a limit. */
export function tooComplex(doing: string, what: string, limit: GrammarLimit): RequestError {
  return new RequestError({
    doing,
    expected: `at most ${GRAMMAR_LIMITS[limit]} ${what}`,
    found: "more",
    fix: "use a simpler grammar",
  });
}
