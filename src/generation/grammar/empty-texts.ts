/**
 * Which expressions match the empty text, and what they match besides it. A repetition of such an expression could
 * repeat nothing for ever, so the compiler repeats the expression without its empty text instead.
 */
import { RequestError } from "../../base/errors.ts";
import {
  choice,
  EMPTY,
  type Expression,
  isEmpty,
  NEVER,
  type Rules,
  repeat,
  rule,
  sequence,
} from "./expression.ts";
import { GRAMMAR_LIMITS, tooComplex } from "./limits.ts";

/** Ends the name of a rule without its empty text; no front end makes such names. */
const WITHOUT_EMPTY = "\u0000";

/** Answers questions about the empty text in one grammar. */
export class EmptyTexts {
  readonly #rules: Map<string, Expression>;
  readonly #nullable: ReadonlySet<string>;
  #steps = 0;

  /** @param rules receives the rules that `without` needs. */
  constructor(rules: Map<string, Expression>) {
    this.#rules = rules;
    this.#nullable = nullableRules(rules);
  }

  /** Whether the expression matches the empty text. */
  has(expression: Expression): boolean {
    return isNullable(expression, this.#nullable);
  }

  /** An expression for the same texts except the empty one. */
  without(expression: Expression): Expression {
    if (++this.#steps > GRAMMAR_LIMITS.empties) throw tooComplex("compile a grammar", "parts", "empties");
    if (!this.has(expression)) return expression;
    switch (expression.kind) {
      case "choice":
        return choice(...expression.options.map((option) => this.without(option)));
      case "repeat":
        return repeat(this.without(expression.body), 1, expression.max);
      case "rule":
        return this.#ruleWithout(expression.name);
      case "sequence": {
        const [first, ...rest] = expression.parts;
        const others = sequence(...rest);
        return choice(sequence(this.without(first), others), this.without(others));
      }
      default:
        return isEmpty(expression) ? NEVER : expression;
    }
  }

  #ruleWithout(name: string): Expression {
    const changed = name + WITHOUT_EMPTY;
    if (!this.#rules.has(changed)) {
      this.#rules.set(changed, EMPTY); // a rule may contain itself
      this.#rules.set(changed, this.without(this.#rules.get(name) ?? NEVER));
    }
    return rule(changed);
  }
}

function isNullable(expression: Expression, nullable: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case "literal":
      return expression.text === "";
    case "sequence":
      return expression.parts.every((part) => isNullable(part, nullable));
    case "choice":
      return expression.options.some((option) => isNullable(option, nullable));
    case "repeat":
      return expression.min === 0 || isNullable(expression.body, nullable);
    case "rule":
      return nullable.has(expression.name);
    default:
      return false;
  }
}

/** A rule is visited again only when a rule that it names has become nullable. */
function nullableRules(rules: Rules): Set<string> {
  const users = new Map<string, string[]>();
  for (const [name, body] of rules) for (const used of namesIn(body)) pushTo(users, used, name);
  const nullable = new Set<string>();
  // A set keeps the order in which names were added; a name that waits already is not added again.
  const waiting = new Set(rules.keys());
  let steps = 0;
  for (const name of waiting) {
    waiting.delete(name);
    const body = rules.get(name);
    if (body === undefined || nullable.has(name)) continue;
    steps += partsOf(body).length;
    if (steps > GRAMMAR_LIMITS.empties) throw tooComplex("compile a grammar", "visits of parts", "empties");
    if (!isNullable(body, nullable)) continue;
    nullable.add(name);
    for (const user of users.get(name) ?? []) waiting.add(user);
  }
  return nullable;
}

function pushTo(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Names of all rules in an expression. */
export function namesIn(expression: Expression): Set<string> {
  const names = new Set<string>();
  const visit = (each: Expression): void => {
    if (each.kind === "rule") names.add(each.name);
    else for (const part of partsOf(each)) visit(part);
  };
  visit(expression);
  return names;
}

function partsOf(expression: Expression): readonly Expression[] {
  if (expression.kind === "sequence") return expression.parts;
  if (expression.kind === "choice") return expression.options;
  return expression.kind === "repeat" ? [expression.body] : [];
}

/**
 * Refuses rules that can begin with themselves, which no token by token matcher can follow.
 * @throws RequestError that names the rules of the cycle.
 */
export function refuseLeftRecursion(rules: Rules, empties: EmptyTexts): void {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    if (done.has(name)) return;
    if (path.includes(name)) throw leftRecursion([...path.slice(path.indexOf(name)), name]);
    if (path.length >= GRAMMAR_LIMITS.sourceDepth * 16)
      throw tooComplex("compile a grammar", "nested rules", "sourceDepth");
    path.push(name);
    for (const next of namesAtStart(rules.get(name) ?? NEVER, empties)) visit(next);
    path.pop();
    done.add(name);
  };
  for (const name of rules.keys()) visit(name);
}

/** Names of the rules with which a text of the expression can begin. */
function namesAtStart(expression: Expression, empties: EmptyTexts): string[] {
  if (expression.kind === "rule") return [expression.name];
  if (expression.kind !== "sequence")
    return partsOf(expression).flatMap((part) => namesAtStart(part, empties));
  const end = expression.parts.findIndex((part) => !empties.has(part));
  const reached = end < 0 ? expression.parts : expression.parts.slice(0, end + 1);
  return reached.flatMap((part) => namesAtStart(part, empties));
}

function leftRecursion(cycle: readonly string[]): RequestError {
  return new RequestError({
    doing: "compile a grammar",
    expected: "rules that do not begin with themselves",
    found: cycle.slice(0, 8).join(" → "),
    fix: 'write lists as repetitions: `list ::= item ("," item)*`',
  });
}
