/**
 * GBNF, the notation of llama.cpp's grammar files (its grammars/README.md): rules `name ::= …` with literals,
 * character classes, `.`, groups, alternatives, repetitions and comments. `<[id]>` is a control token.
 */
import { ANY, type CodePoints, codePoints, complement } from "./code-points.ts";
import {
  characters,
  choice,
  EMPTY,
  type Expression,
  type Grammar,
  literal,
  repeat,
  rule,
  sequence,
  token,
} from "./expression.ts";
import { requireRules } from "./program.ts";
import { readCounts, SourceReader } from "./source-reader.ts";

const NAME = /[A-Za-z0-9_-]/;
const SPACE = /[ \t]/;
const ANY_SPACE = /[ \t\r\n]/;

/** Escapes with a fixed meaning. */
const ESCAPES: Readonly<Record<string, string>> = { t: "\t", r: "\r", n: "\n" };
/** Escaped punctuation stands for itself. */
const PUNCTUATION = /^[!-/:-@[-`{-~]$/;
/** Escapes with a code: digits by letter. */
const CODES: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const COUNTS: Readonly<Record<string, readonly [number, number]>> = {
  "*": [0, Number.POSITIVE_INFINITY],
  "+": [1, Number.POSITIVE_INFINITY],
  "?": [0, 1],
};

/** @throws RequestError that shows the place of an error; for a rule that is used but not defined; without `root`. */
export function grammarFromGbnf(source: string): Grammar {
  const rules = new GbnfReader(source).rules();
  const grammar = { rules, root: rule("root") };
  requireRules(grammar);
  return grammar;
}

class GbnfReader {
  readonly #reader: SourceReader;

  constructor(source: string) {
    this.#reader = new SourceReader(source, "the grammar");
  }

  rules(): Map<string, Expression> {
    const rules = new Map<string, Expression>();
    this.#skip(true);
    while (!this.#reader.isAtEnd) {
      const name = this.#name();
      this.#skip(false);
      this.#reader.expect("::=");
      this.#skip(true);
      if (rules.has(name)) throw this.#reader.wrong("one rule of each name", `a second rule "${name}"`);
      rules.set(name, this.#alternatives(false));
      this.#skip(false);
      if (!this.#reader.isAtEnd && !/[\r\n]/.test(this.#reader.next))
        throw this.#reader.wrong("the end of the line");
      this.#skip(true);
    }
    return rules;
  }

  /** Skips spaces and comments, and line breaks where a rule cannot end. */
  #skip(lines: boolean): void {
    while (true) {
      this.#reader.takeWhile(lines ? ANY_SPACE : SPACE);
      if (this.#reader.next !== "#") return;
      this.#reader.takeWhile(/[^\r\n]/);
    }
  }

  #name(): string {
    const name = this.#reader.takeWhile(NAME);
    if (name === "") throw this.#reader.wrong("the name of a rule");
    return name;
  }

  #alternatives(nested: boolean): Expression {
    const options = [this.#sequence(nested)];
    while (this.#reader.takes("|")) {
      this.#skip(true);
      options.push(this.#sequence(nested));
    }
    return choice(...options);
  }

  #sequence(nested: boolean): Expression {
    const parts: Expression[] = [];
    for (let part = this.#part(nested); part !== undefined; part = this.#part(nested)) parts.push(part);
    return parts.length === 0 ? EMPTY : sequence(...parts);
  }

  /** One symbol with its repetition; undefined if none follows. */
  #part(nested: boolean): Expression | undefined {
    let part = this.#symbol();
    if (part === undefined) return undefined;
    this.#skip(nested);
    for (let counts = this.#counts(); counts !== undefined; counts = this.#counts()) {
      part = repeat(part, ...counts);
      this.#skip(nested);
    }
    return part;
  }

  #counts(): readonly [number, number] | undefined {
    const { next } = this.#reader;
    if (this.#reader.takes("{")) return readCounts(this.#reader, "[ \\t\\r\\n]");
    if (!Object.hasOwn(COUNTS, next)) return undefined;
    this.#reader.take();
    return COUNTS[next];
  }

  #symbol(): Expression | undefined {
    const reader = this.#reader;
    if (reader.takes('"')) return this.#literal();
    if (reader.takes("[")) return characters(this.#class());
    if (reader.takes(".")) return characters(ANY);
    if (reader.takes("<[")) return this.#token();
    if (reader.takes("(")) return this.#group();
    return NAME.test(reader.next) && reader.next !== "" ? rule(this.#name()) : undefined;
  }

  #group(): Expression {
    this.#skip(true);
    const inner = this.#reader.nested(() => this.#alternatives(true));
    this.#reader.expect(")");
    return inner;
  }

  #literal(): Expression {
    let text = "";
    while (!this.#reader.takes('"')) text += String.fromCodePoint(this.#character());
    return literal(text);
  }

  #class(): CodePoints {
    const negated = this.#reader.takes("^");
    const ranges: [number, number][] = [];
    while (!this.#reader.takes("]")) {
      const low = this.#character();
      const isRange = this.#reader.next === "-" && this.#reader.ahead(2) !== "-]";
      if (isRange) this.#reader.take();
      const high = isRange ? this.#character() : low;
      if (low > high) throw this.#reader.wrong("a range in ascending order", "one in descending order");
      ranges.push([low, high]);
    }
    const set = codePoints(ranges);
    return negated ? complement(set) : set;
  }

  #token(): Expression {
    const id = this.#reader.takeNumber();
    this.#reader.expect("]>");
    if (id >= 2 ** 21) throw this.#reader.wrong("the id of a token", `${id}`);
    return token(id);
  }

  /** Code point of a character or an escape. */
  #character(): number {
    const reader = this.#reader;
    if (!reader.takes("\\")) return reader.takeCode();
    const { next } = reader;
    if (Object.hasOwn(CODES, next)) {
      reader.take();
      return reader.takeHex(CODES[next]);
    }
    const plain = PUNCTUATION.test(next) ? next : undefined;
    const escaped = Object.hasOwn(ESCAPES, next) ? ESCAPES[next] : plain;
    if (escaped === undefined) throw reader.wrong("a known escape");
    reader.take();
    return escaped.charCodeAt(0);
  }
}
