/** Strings by length, pattern and format. */
import { ANY } from "../code-points.ts";
import { characters, type Expression, NEVER, repeat } from "../expression.ts";
import { escapedCharacters, inQuotes, quoted, stringText } from "../json-text.ts";
import { dfaOfPattern, type Pattern, patternOf } from "../regex/regex.ts";
import { both, type Dfa, dfaOf, expressionOf, longestOf, shortestOf } from "../regex/regular.ts";
import type { RuleTable } from "../rule-table.ts";
import type { Facts } from "./facts.ts";
import { FORMATS } from "./formats.ts";
import { refusedKeyword } from "./keywords.ts";

type TextFacts = Pick<Facts, "minLength" | "maxLength" | "patterns" | "formats">;

/** Formats that only describe are ignored if a pattern says the same more exactly. */
function conditionsOf({ patterns, formats }: TextFacts): Pattern[] {
  const known = formats.flatMap((name) => {
    if (Object.hasOwn(FORMATS, name)) return [patternOf(FORMATS[name], { whole: true })];
    if (patterns.length > 0) return [];
    throw refusedKeyword(
      `the format ${JSON.stringify(name.slice(0, 40))}`,
      `use a pattern, or one of ${Object.keys(FORMATS).join(", ")}`,
    );
  });
  return [...known, ...patterns.map((pattern) => patternOf(pattern))];
}

const hasLength = ({ minLength, maxLength }: TextFacts): boolean =>
  minLength > 0 || Number.isFinite(maxLength);

/** All conditions as one automaton; undefined without any. */
export function textDfa(facts: TextFacts): Dfa | undefined {
  const { minLength, maxLength } = facts;
  const all = conditionsOf(facts).map(dfaOfPattern);
  const fitting = all.length === 0 ? undefined : all.reduce(both);
  if (!hasLength(facts)) return fitting;
  // A length that the patterns imply is no further condition, and automata of lengths are large.
  if (fitting !== undefined && shortestOf(fitting) >= minLength && longestOf(fitting) <= maxLength)
    return fitting;
  const length = dfaOf(repeat(characters(ANY), minLength, maxLength));
  return fitting === undefined ? length : both(fitting, length);
}

/** The JSON text of the strings. */
export function stringOfFacts(facts: TextFacts, rules: RuleTable): Expression {
  if (facts.minLength > facts.maxLength) return NEVER;
  const conditions = conditionsOf(facts);
  if (conditions.length === 0) return stringText(facts.minLength, facts.maxLength);
  const [only] = conditions;
  if (conditions.length === 1 && only.kind === "expression" && !hasLength(facts))
    return quoted(only.expression);
  return textOfDfa(textDfa(facts) as Dfa, rules);
}

/** The JSON text of the strings of an automaton. */
export function textOfDfa(dfa: Dfa, rules: RuleTable): Expression {
  return inQuotes(expressionOf(dfa, escapedCharacters, rules));
}
