/**
 * JSON as text: strings, numbers and values. White space is fixed so that no text can consist of it endlessly: one
 * space may follow a colon or comma, and there is none elsewhere.
 */
import {
  ANY,
  type CodePoints,
  charactersOf,
  codePoints,
  intersect,
  pairsOf,
  subtract,
} from "./code-points.ts";
import {
  characters,
  choice,
  EMPTY,
  type Expression,
  literal,
  NEVER,
  optional,
  repeat,
  rule,
  sequence,
} from "./expression.ts";
import type { RuleTable } from "./rule-table.ts";

const CONTROLS: CodePoints = [0, 0x1f];
const ESCAPED = codePoints([...pairsOf(CONTROLS), ...pairsOf(charactersOf('"\\'))]);
/** Characters that stand in a string as they are. */
const PLAIN = subtract(ANY, ESCAPED);
const HEX = characters(charactersOf("0123456789abcdefABCDEF"));
const DIGIT = characters([0x30, 0x39]);
const NON_ZERO = characters([0x31, 0x39]);
const QUOTE = literal('"');

/** Digits of a number on each side of the point: with more, different texts would be the same number. */
export const MAX_DIGITS = 15;

const SPACE = optional(literal(" "));
export const COMMA = sequence(literal(","), SPACE);
export const COLON = sequence(literal(":"), SPACE);

/** One character of a string, written in any way but as half of a surrogate pair. */
const ANY_CHARACTER = choice(
  characters(PLAIN),
  sequence(
    literal("\\"),
    choice(
      characters(charactersOf('"\\/bfnrt')),
      sequence(literal("u"), characters(charactersOf("0123456789abcefABCEF")), HEX, HEX, HEX),
      sequence(literal("u"), characters(charactersOf("dD")), characters(charactersOf("01234567")), HEX, HEX),
    ),
  ),
);

/** A string of `min` to `max` characters. */
export function stringText(min = 0, max = Number.POSITIVE_INFINITY): Expression {
  return sequence(QUOTE, repeat(ANY_CHARACTER, min, max), QUOTE);
}

/** Characters of a set as they stand in a string, each in one way. */
export function escapedCharacters(set: CodePoints): Expression {
  const escapes = pairsOf(intersect(set, ESCAPED)).flatMap(([low, high]) =>
    Array.from({ length: high - low + 1 }, (_, i) => literal(escapedText(String.fromCodePoint(low + i)))),
  );
  return choice(characters(intersect(set, PLAIN)), ...escapes);
}

const escapedText = (text: string): string => JSON.stringify(text).slice(1, -1);

/** A string whose content is a text of the expression, which has no rules. */
export function quoted(content: Expression): Expression {
  return sequence(QUOTE, escaped(content), QUOTE);
}

function escaped(expression: Expression): Expression {
  switch (expression.kind) {
    case "literal":
      return literal(escapedText(expression.text));
    case "class":
      return escapedCharacters(expression.set);
    case "sequence":
      return sequence(...expression.parts.map(escaped));
    case "choice":
      return choice(...expression.options.map(escaped));
    case "repeat":
      return repeat(escaped(expression.body), expression.min, expression.max);
    default:
      return expression;
  }
}

/** Quotes around content that is already escaped. */
export const inQuotes = (content: Expression): Expression => sequence(QUOTE, content, QUOTE);

/** Any number that a double holds; not "-0", which is "0". */
export const NUMBER = numberText();

function numberText(): Expression {
  const whole = sequence(NON_ZERO, repeat(DIGIT, 0, MAX_DIGITS - 1));
  const fraction = sequence(literal("."), repeat(DIGIT, 1, MAX_DIGITS));
  const sign = optional(characters(charactersOf("+-")));
  const exponent = sequence(characters(charactersOf("eE")), sign, repeat(DIGIT, 1, 2));
  const size = choice(sequence(whole, optional(fraction)), sequence(literal("0"), fraction));
  return choice(literal("0"), sequence(optional(literal("-")), size, optional(exponent)));
}

/** Text of a value, without white space. */
export const jsonLiteral = (value: unknown): Expression => literal(JSON.stringify(value));

/** `min` to `max` items, separated by commas. */
export function separated(item: Expression, min: number, max: number): Expression {
  if (max === 0) return min === 0 ? EMPTY : NEVER;
  const some = sequence(item, repeat(sequence(COMMA, item), Math.max(0, min - 1), max - 1));
  return min === 0 ? optional(some) : some;
}

/** Rules of JSON, added to a table when first needed. */
export class JsonRules {
  readonly #table: RuleTable;
  #value: Expression | undefined;

  constructor(table: RuleTable) {
    this.#table = table;
  }

  /** Any value. */
  get value(): Expression {
    if (this.#value !== undefined) return this.#value;
    const name = this.#table.reserve("value");
    this.#value = rule(name);
    const scalars = [stringText(), NUMBER, literal("true"), literal("false"), literal("null")];
    this.#table.set(name, choice(this.object, this.array, ...scalars));
    return this.#value;
  }

  get object(): Expression {
    const member = this.#table.add("member", sequence(stringText(), COLON, this.value));
    return sequence(literal("{"), separated(member, 0, Number.POSITIVE_INFINITY), literal("}"));
  }

  get array(): Expression {
    return sequence(literal("["), separated(this.value, 0, Number.POSITIVE_INFINITY), literal("]"));
  }
}
