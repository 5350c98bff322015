/**
 * Rewrites the package's tokens where its grammar is narrower than jinja2's: numbers, tests with arguments, tuples,
 * `{% with %}`. The replacements use names that contain a space, which no template can write.
 */
import type { tokenize } from "@huggingface/jinja";

export type Token = ReturnType<typeof tokenize>[number];

/** The filter that a test with arguments becomes: "is divisibleby", "is not divisibleby". */
export const TEST_PREFIX = "is ";
/** The loop variable that marks a rewritten `{% with %}`. */
export const WITH_NAME = "with names";

export function rewriteTokens(tokens: readonly Token[]): Token[] {
  return withTuples(withTests(withBlocks(withNumbers(tokens))));
}

const make = (type: string, value: string): Token => ({ type, value }) as Token;
const isName = (token: Token | undefined, ...names: string[]): boolean =>
  token?.type === "Identifier" && names.includes(token.value);

/** The lexer reads 1e20, 1_000 and 0x1f as a number followed by a name, a pair that no other expression contains. */
function withNumbers(tokens: readonly Token[]): Token[] {
  const joined: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    const next =
      token.type === "NumericLiteral" && tokens[i + 1]?.type === "Identifier" ? tokens[i + 1].value : "";
    const [sign, digits] = [tokens[i + 2]?.value ?? "", tokens[i + 3]];
    const isSigned = /^e$/i.test(next) && /^[+-]$/.test(sign) && digits?.type === "NumericLiteral";
    const mantissa = token.value.includes(".") ? token.value : `${token.value}.0`; // a float, whatever its value
    if (isSigned) joined.push(make("NumericLiteral", `${mantissa}e${sign}${digits.value}`));
    else if (/^e\d+$/i.test(next)) joined.push(make("NumericLiteral", `${mantissa}${next}`));
    else if (/^(_\d+)+$/.test(next))
      joined.push(make("NumericLiteral", token.value + next.replaceAll("_", "")));
    else if (token.value === "0" && /^[xob][\da-f_]+$/i.test(next))
      joined.push(make("NumericLiteral", String(Number(`0${next.replaceAll("_", "")}`))));
    else {
      joined.push(token);
      continue;
    }
    i += isSigned ? 3 : 1;
  }
  return joined;
}

const OPEN = new Set(["OpenParen", "OpenSquareBracket", "OpenCurlyBracket"]);
const CLOSE = new Set(["CloseParen", "CloseSquareBracket", "CloseCurlyBracket"]);

/** For every opening bracket, the index of its closing bracket, or the number of tokens. */
function matching(tokens: readonly Token[]): Uint32Array {
  const match = new Uint32Array(tokens.length).fill(tokens.length);
  const open: number[] = [];
  for (const [i, { type }] of tokens.entries()) {
    if (OPEN.has(type)) open.push(i);
    const from = CLOSE.has(type) ? open.pop() : undefined;
    if (from !== undefined) match[from] = i;
  }
  return match;
}

/** `{% with a = 1, b = 2 %}` becomes a loop over `{"a": 1, "b": 2}`, which the evaluator runs as a `with` block. */
function withBlocks(tokens: readonly Token[]): Token[] {
  const out: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const inTag = tokens[i - 1]?.type === "OpenStatement";
    if (inTag && isName(tokens[i], "endwith")) out.push(make("Identifier", "endfor"));
    else if (!inTag || !isName(tokens[i], "with")) out.push(tokens[i]);
    else {
      out.push(make("Identifier", "for"), make("Identifier", WITH_NAME), make("Identifier", "in"));
      out.push(make("OpenCurlyBracket", "{"));
      let depth = 0;
      for (i++; i < tokens.length && tokens[i].type !== "CloseStatement"; i++) {
        const isTarget = depth === 0 && tokens[i].type === "Identifier" && tokens[i + 1]?.type === "Equals";
        if (OPEN.has(tokens[i].type)) depth++;
        if (CLOSE.has(tokens[i].type)) depth--;
        if (isTarget) {
          out.push(make("StringLiteral", tokens[i].value), make("Colon", ":"));
          i++;
        } else out.push(tokens[i]);
      }
      out.push(make("CloseCurlyBracket", "}"));
      i--;
    }
  }
  return out;
}

const STARTS_ARGUMENT = new Set([
  "Identifier",
  "StringLiteral",
  "NumericLiteral",
  "OpenParen",
  "OpenSquareBracket",
  "OpenCurlyBracket",
]);

/** `x is divisibleby 2` and `x is divisibleby(2)` become filters with names that no template can write. */
function withTests(tokens: readonly Token[]): Token[] {
  const match = matching(tokens);
  const out: Token[] = [];
  /** Parentheses to close before a token. */
  const closers = new Map<number, number>();
  for (let i = 0; i <= tokens.length; i++) {
    for (let n = closers.get(i) ?? 0; n > 0; n--) out.push(make("CloseParen", ")"));
    if (i === tokens.length) break;
    const test = testAt(tokens, i);
    if (test === undefined) {
      out.push(tokens[i]);
      continue;
    }
    out.push(make("Pipe", "|"), make("Identifier", test.filter));
    i = test.argument - 1; // continues with the argument
    if (tokens[test.argument].type === "OpenParen") continue;
    out.push(make("OpenParen", "("));
    const end = argumentEnd(tokens, test.argument, match);
    closers.set(end, (closers.get(end) ?? 0) + 1);
  }
  return out;
}

/** The test with an argument whose "is" is token `i`, if any. */
function testAt(tokens: readonly Token[], i: number): { filter: string; argument: number } | undefined {
  if (!isName(tokens[i], "is") || tokens[i - 1]?.type === "Dot") return undefined;
  const isNegated = isName(tokens[i + 1], "not");
  const name = tokens[i + (isNegated ? 2 : 1)];
  const argument = i + (isNegated ? 3 : 2);
  const starts = STARTS_ARGUMENT.has(tokens[argument]?.type) && !isName(tokens[argument], ...KEYWORDS);
  if (name?.type !== "Identifier" || !starts) return undefined;
  return { filter: `${TEST_PREFIX}${isNegated ? "not " : ""}${name.value}`, argument };
}

/** End of a primary expression with its suffixes (`.name`, `[…]`, `(…)`). */
function argumentEnd(tokens: readonly Token[], start: number, match: Uint32Array): number {
  let at = OPEN.has(tokens[start].type) ? match[start] + 1 : start + 1;
  for (;;) {
    const type = tokens[at]?.type;
    if (type === "Dot") at += 2;
    else if (type === "OpenSquareBracket" || type === "OpenParen") at = match[at] + 1;
    else return Math.min(at, tokens.length);
  }
}

const KEYWORDS = ["in", "not", "and", "or", "if", "else", "is"];
const CALLEES = new Set(["CloseParen", "CloseSquareBracket", "CloseCurlyBracket", "StringLiteral"]);

/** `()` and `(1,)` are lists here, as all tuples are. */
function withTuples(tokens: readonly Token[]): Token[] {
  const match = matching(tokens);
  const out = [...tokens];
  const dropped = new Set<number>();
  for (const [i, token] of tokens.entries()) {
    const before = tokens[i - 1];
    const isCall =
      before !== undefined &&
      (CALLEES.has(before.type) || (before.type === "Identifier" && !KEYWORDS.includes(before.value)));
    if (token.type !== "OpenParen" || isCall) continue;
    const end = match[i];
    const last = tokens[end - 1];
    if (end >= tokens.length || (end !== i + 1 && last.type !== "Comma")) continue;
    out[i] = make("OpenSquareBracket", "[");
    out[end] = make("CloseSquareBracket", "]");
    if (last.type === "Comma") dropped.add(end - 1);
  }
  return out.filter((_, i) => !dropped.has(i));
}
