/** Limits on grammars, which come from requests. */
import { RequestError } from "../../base/errors.ts";

/** They count sizes and steps, not seconds, so that the same grammar always has the same result. */
export const GRAMMAR_LIMITS = {
  /** Characters of a schema, grammar or pattern. */
  sourceLength: 1 << 18,
  /** Nesting of groups, of schemas, and of references that are followed while a schema is read. */
  sourceDepth: 128,
  /** Unicode properties in one pattern: the characters of each must be searched. */
  properties: 12,
  /** Rules of a grammar, with those that Cria makes of a schema. */
  rules: 1 << 15,
  /** Schemas inside a schema. */
  schemas: 1 << 14,
  /** Characters of all choices together. */
  choices: 1 << 17,
  /** Parts that are rewritten because they match the empty text. */
  empties: 1 << 18,
  /** Schemas that are read, each once for every combination of cases (`anyOf` inside `allOf`) that it belongs to. */
  cases: 1 << 15,
  /** Nodes of the automaton. */
  nodes: 1 << 17,
  /** States of a pattern that is combined with another condition. */
  regularStates: 1 << 13,
  /** Sets of characters that such a pattern tells apart. */
  regularSets: 1 << 9,
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
