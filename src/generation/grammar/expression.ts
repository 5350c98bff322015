/**
 * Grammars as expressions: what every front end (JSON Schema, regular expressions, GBNF, choices) produces and the
 * compiler reads. Repetitions keep their counts as numbers, so `("a"{1,300}){1,300}` stays small. The functions below
 * build expressions in a simple form; nothing else should.
 */
import { type CodePoints, union } from "./code-points.ts";

export type Expression =
  | { readonly kind: "literal"; readonly text: string }
  /** One character of a set. */
  | { readonly kind: "class"; readonly set: CodePoints }
  /** A control token, which no text can contain otherwise. */
  | { readonly kind: "token"; readonly id: number }
  | { readonly kind: "sequence"; readonly parts: readonly Expression[] }
  /** Without options it matches nothing. */
  | { readonly kind: "choice"; readonly options: readonly Expression[] }
  | { readonly kind: "repeat"; readonly body: Expression; readonly min: number; readonly max: number }
  | { readonly kind: "rule"; readonly name: string };

export type Rules = ReadonlyMap<string, Expression>;

/** A grammar: the language of `root`. */
export interface Grammar {
  /** Every rule that `root` or another rule names. */
  readonly rules: Rules;
  readonly root: Expression;
}

/** Matches the empty text. */
export const EMPTY: Expression = { kind: "literal", text: "" };
/** Matches no text. No other expression has no options. */
export const NEVER: Expression = { kind: "choice", options: [] };
/** No text is as long as this: greater counts mean the same as no limit. */
const UNBOUNDED = 1e9;

export function isEmpty(expression: Expression): boolean {
  return expression.kind === "literal" && expression.text === "";
}

export const literal = (text: string): Expression => ({ kind: "literal", text });
export const rule = (name: string): Expression => ({ kind: "rule", name });
export const token = (id: number): Expression => ({ kind: "token", id });

export function characters(set: CodePoints): Expression {
  if (set.length === 0) return NEVER;
  if (set.length === 2 && set[0] === set[1]) return literal(String.fromCodePoint(set[0]));
  return { kind: "class", set };
}

export function sequence(...given: readonly Expression[]): Expression {
  const parts: Expression[] = [];
  for (const part of given.flatMap((one) => (one.kind === "sequence" ? one.parts : [one]))) {
    if (part === NEVER) return NEVER;
    const last = parts.at(-1);
    if (isEmpty(part)) continue;
    if (part.kind === "literal" && last?.kind === "literal")
      parts[parts.length - 1] = literal(last.text + part.text);
    else parts.push(part);
  }
  if (parts.length === 0) return EMPTY;
  return parts.length === 1 ? parts[0] : { kind: "sequence", parts };
}

export function choice(...given: readonly Expression[]): Expression {
  const options: Expression[] = [];
  let set: CodePoints = [];
  for (const option of given.flatMap((one) => (one.kind === "choice" ? one.options : [one]))) {
    const single = singleCharacters(option);
    if (single === undefined) options.push(option);
    else set = union(set, single);
  }
  if (set.length > 0) options.push(characters(set));
  if (options.length === 0) return NEVER;
  return options.length === 1 ? options[0] : { kind: "choice", options };
}

/** The set of an expression that matches exactly one character. */
function singleCharacters(expression: Expression): CodePoints | undefined {
  if (expression.kind === "class") return expression.set;
  if (expression.kind !== "literal") return undefined;
  const code = expression.text.codePointAt(0);
  if (code === undefined || String.fromCodePoint(code).length !== expression.text.length) return undefined;
  return [code, code];
}

export const optional = (body: Expression): Expression => choice(body, EMPTY);

/** `body` at least `min` and at most `max` times. */
export function repeat(body: Expression, min: number, max = Number.POSITIVE_INFINITY): Expression {
  const most = max >= UNBOUNDED ? Number.POSITIVE_INFINITY : max;
  if (most < min) return NEVER;
  if (isEmpty(body) || most === 0) return EMPTY;
  if (body === NEVER) return min === 0 ? EMPTY : NEVER;
  if (min === 1 && most === 1) return body;
  if (body.kind === "repeat" && joins(body, min, most))
    return repeat(body.body, body.min * min, body.max * most);
  return { kind: "repeat", body, min, max: most };
}

/** Whether (x{a,b}){c,d} is x{ac,bd}: whether the counts of n and n + 1 repeats leave no gap, for every n from c to d. */
function joins(
  { min: a, max: b }: { readonly min: number; readonly max: number },
  c: number,
  d: number,
): boolean {
  if (c === d || a <= 1) return true;
  return c > 0 && b * c + 1 >= a * (c + 1);
}
