/**
 * Regular expressions in ECMAScript's syntax with the flag `u` (what JSON Schema's `pattern` uses), as expressions.
 * Refused by name: back references, look-behinds, word boundaries, look-aheads and anchors inside groups.
 */
import { UnsupportedError } from "../../../base/errors.ts";
import { ANY, type CodePoints, codePoints, complement } from "../code-points.ts";
import { characters, choice, EMPTY, type Expression, repeat, sequence } from "../expression.ts";
import { GRAMMAR_LIMITS, tooComplex } from "../limits.ts";
import { readCounts, SourceReader } from "../source-reader.ts";
import { CLASS_ESCAPES, NOT_LINE_END, unicodeProperty } from "./character-classes.ts";
import { ANY_TEXT, both, type Dfa, dfaOf, except } from "./regular.ts";

/** One alternative of a pattern. */
interface Alternative {
  readonly body: Expression;
  /** Ends with `$`; begins with `^`. */
  readonly atEnd: boolean;
  readonly atStart: boolean;
  /** Conditions right after `^`: the rest of the text begins so, or does not. */
  readonly lookaheads: readonly { readonly body: Expression; readonly negative: boolean }[];
}

/** The texts that a pattern matches: an expression without rules, or an automaton if it has look-aheads. */
export type Pattern =
  | { readonly kind: "expression"; readonly expression: Expression }
  | { readonly kind: "dfa"; readonly dfa: Dfa };

const ANYTHING = repeat(characters(ANY), 0);
const CONTROL_ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, "0": 0 };
const COUNTS: Readonly<Record<string, readonly [number, number]>> = {
  "*": [0, Number.POSITIVE_INFINITY],
  "+": [1, Number.POSITIVE_INFINITY],
  "?": [0, 1],
};
const SYNTAX = /[\^$\\.*+?()[\]{}|/]/;

/**
 * Texts in which the pattern matches somewhere, as JSON Schema demands; with `whole`, texts that it matches completely.
 * @throws RequestError for wrong syntax, UnsupportedError for syntax that has no automaton here.
 */
export function patternOf(source: string, { whole = false } = {}): Pattern {
  const alternatives = new RegexReader(source).pattern();
  const expressions = alternatives.map(({ body, atStart, atEnd }) =>
    sequence(atStart || whole ? EMPTY : ANYTHING, body, atEnd || whole ? EMPTY : ANYTHING),
  );
  if (alternatives.every(({ lookaheads }) => lookaheads.length === 0))
    return { kind: "expression", expression: choice(...expressions) };
  const [only] = alternatives;
  if (alternatives.length > 1) throw unsupported("a look-ahead in one of several alternatives");
  return { kind: "dfa", dfa: only.lookaheads.reduce(withLookahead, dfaOf(expressions[0])) };
}

/** The pattern as an automaton. */
export const dfaOfPattern = (pattern: Pattern): Dfa =>
  pattern.kind === "dfa" ? pattern.dfa : dfaOf(pattern.expression);

function withLookahead(dfa: Dfa, { body, negative }: Alternative["lookaheads"][number]): Dfa {
  const begins = both(ANY_TEXT, dfaOf(sequence(body, ANYTHING)));
  return negative ? except(dfa, begins) : both(dfa, begins);
}

function unsupported(what: string): UnsupportedError {
  return new UnsupportedError({
    doing: "use a regular expression",
    found: what,
    fix: "write the pattern without it",
  });
}

class RegexReader {
  readonly #reader: SourceReader;
  readonly #properties = new Set<string>();

  constructor(source: string) {
    this.#reader = new SourceReader(source, "the regular expression");
  }

  pattern(): Alternative[] {
    const alternatives = this.#alternatives();
    if (!this.#reader.isAtEnd) throw this.#reader.wrong("a pattern that ends here");
    return alternatives;
  }

  #alternatives(): Alternative[] {
    const found = [this.#alternative()];
    while (this.#reader.takes("|")) found.push(this.#alternative());
    return found.flat();
  }

  /** An alternative that is one group stands for the group's own alternatives, with their anchors. */
  #alternative(): Alternative[] {
    const reader = this.#reader;
    const atStart = reader.takes("^");
    const lookaheads: { body: Expression; negative: boolean }[] = [];
    while (reader.sees("(?=") || reader.sees("(?!")) {
      if (!atStart) throw unsupported("a look-ahead that does not follow ^ at the start");
      lookaheads.push({ negative: reader.ahead(3) === "(?!", body: this.#lookahead() });
    }
    const terms: (Expression | Alternative[])[] = [];
    while (!reader.isAtEnd && !"|)$".includes(reader.next)) terms.push(this.#term());
    const atEnd = reader.takes("$");
    if (!reader.isAtEnd && !"|)".includes(reader.next)) throw unsupported("an anchor in the middle");
    const [first] = terms;
    if (terms.length === 1 && Array.isArray(first) && !atStart && !atEnd) return first;
    return [{ body: sequence(...terms.map(plain)), atStart, atEnd, lookaheads }];
  }

  #lookahead(): Expression {
    this.#reader.take();
    this.#reader.take();
    this.#reader.take();
    const inner = this.#reader.nested(() => this.#alternatives());
    this.#reader.expect(")");
    const ends = inner.map(({ body, atEnd, atStart, lookaheads }) => {
      if (atEnd || atStart || lookaheads.length > 0) throw unsupported("an anchor in a look-ahead");
      return body;
    });
    return choice(...ends);
  }

  /** An atom with its repetition. A group without one is returned as its alternatives. */
  #term(): Expression | Alternative[] {
    const atom = this.#atom();
    const counts = this.#counts();
    if (counts === undefined) return atom;
    if (this.#reader.takes("+")) throw unsupported("a possessive repetition");
    this.#reader.takes("?"); // laziness changes what is captured, not what matches
    if (this.#counts() !== undefined) throw this.#reader.wrong("one repetition", "a second one");
    return repeat(plain(atom), ...counts);
  }

  #counts(): readonly [number, number] | undefined {
    const { next } = this.#reader;
    if (this.#reader.takes("{")) return readCounts(this.#reader);
    if (!Object.hasOwn(COUNTS, next)) return undefined;
    this.#reader.take();
    return COUNTS[next];
  }

  #atom(): Expression | Alternative[] {
    const reader = this.#reader;
    if (reader.takes("(")) return this.#group();
    if (reader.takes("[")) return characters(this.#class());
    if (reader.takes(".")) return characters(NOT_LINE_END);
    if (reader.sees("\\b") || reader.sees("\\B")) throw unsupported("a word boundary");
    if (/^\\[1-9k]$/.test(reader.ahead(2))) throw unsupported("a back reference");
    if (reader.next === "^") throw unsupported("an anchor in the middle");
    if (reader.takes("\\")) return characters(this.#escape());
    if (SYNTAX.test(reader.next) && reader.next !== "/") throw reader.wrong("an escaped character");
    const code = reader.takeCode();
    return characters([code, code]);
  }

  #group(): Alternative[] {
    const reader = this.#reader;
    if (reader.sees("?<=") || reader.sees("?<!")) throw unsupported("a look-behind");
    if (reader.sees("?=") || reader.sees("?!"))
      throw unsupported("a look-ahead that does not follow ^ at the start");
    if (reader.takes("?<")) {
      reader.takeWhile(/[\w$]/);
      reader.expect(">");
    } else if (reader.takes("?")) {
      reader.expect(":");
    }
    const inner = reader.nested(() => this.#alternatives());
    reader.expect(")");
    return inner;
  }

  #class(): CodePoints {
    const reader = this.#reader;
    const negated = reader.takes("^");
    const ranges: (readonly [number, number])[] = [];
    while (!reader.takes("]")) {
      const low = this.#classAtom();
      const isRange =
        low.length === 2 && low[0] === low[1] && reader.next === "-" && reader.ahead(2) !== "-]";
      if (!isRange) {
        for (let i = 0; i < low.length; i += 2) ranges.push([low[i], low[i + 1]]);
        continue;
      }
      reader.take();
      const high = this.#classAtom();
      if (high.length !== 2 || high[0] !== high[1] || high[0] < low[0])
        throw reader.wrong("a range in ascending order", "another one");
      ranges.push([low[0], high[0]]);
    }
    const set = codePoints(ranges);
    return negated ? complement(set) : set;
  }

  #classAtom(): CodePoints {
    if (this.#reader.takes("\\b")) return [8, 8];
    if (this.#reader.takes("\\")) return this.#escape();
    const code = this.#reader.takeCode();
    return [code, code];
  }

  /** The set of an escape, after the backslash. */
  #escape(): CodePoints {
    const reader = this.#reader;
    const letter = reader.take();
    if (Object.hasOwn(CLASS_ESCAPES, letter)) return CLASS_ESCAPES[letter];
    if (letter === "p" || letter === "P") return this.#property(letter === "P");
    const code = this.#escapedCode(letter);
    return [code, code];
  }

  #escapedCode(letter: string): number {
    const reader = this.#reader;
    if (Object.hasOwn(CONTROL_ESCAPES, letter)) return CONTROL_ESCAPES[letter];
    if (letter === "x") return reader.takeHex(2);
    if (letter === "u") return this.#unicode();
    if (letter === "c" && /[A-Za-z]/.test(reader.next)) return reader.takeCode() % 32;
    if (/[A-Za-z0-9]/.test(letter)) throw reader.wrong("a known escape", `\\${letter}`);
    return reader.checkCode(letter.codePointAt(0) as number);
  }

  /** After `\u`: four digits, a surrogate pair of two escapes, or digits in braces. */
  #unicode(): number {
    const reader = this.#reader;
    if (reader.takes("{")) {
      const digits = reader.takeWhile(/[0-9A-Fa-f]/);
      reader.expect("}");
      return reader.checkCode(digits === "" ? Number.POSITIVE_INFINITY : Number.parseInt(digits, 16));
    }
    const pair = /^([dD][89abAB][0-9A-Fa-f]{2})\\u([dD][c-fC-F][0-9A-Fa-f]{2})$/.exec(reader.ahead(10));
    if (pair === null) return reader.takeHex(4);
    for (let i = 0; i < 10; i++) reader.take();
    const [high, low] = pair.slice(1).map((digits) => Number.parseInt(digits, 16));
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
  }

  #property(negated: boolean): CodePoints {
    const reader = this.#reader;
    reader.expect("{");
    const name = reader.takeWhile(/[^}]/);
    this.#properties.add(name);
    if (this.#properties.size > GRAMMAR_LIMITS.properties)
      throw tooComplex("read the regular expression", "different properties", "properties");
    const set = unicodeProperty(name);
    if (set === undefined) throw reader.wrong("a Unicode property", JSON.stringify(name.slice(0, 40)));
    reader.expect("}");
    return negated ? complement(set) : set;
  }
}

/** A term inside a longer pattern: a group there has no anchors. */
function plain(term: Expression | readonly Alternative[]): Expression {
  if (!isGroup(term)) return term;
  return choice(
    ...term.map(({ body, atStart, atEnd, lookaheads }) => {
      if (atStart || atEnd) throw unsupported("an anchor inside a group");
      if (lookaheads.length > 0) throw unsupported("a look-ahead inside a group");
      return body;
    }),
  );
}

function isGroup(term: Expression | readonly Alternative[]): term is readonly Alternative[] {
  return Array.isArray(term);
}
