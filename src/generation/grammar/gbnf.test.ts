/** GBNF: accepted and rejected texts of the notation's own examples, wrong sources, hostile ones. */
import { describe, expect, it } from "vitest";
import { TextChecker } from "../../../test/support/grammar-texts.ts";
import { RequestError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { grammarFromGbnf } from "./gbnf.ts";

const checkerOf = (source: string): TextChecker => new TextChecker(grammarFromGbnf(source));

const JSON_GRAMMAR = `
root   ::= object
value  ::= object | array | string | number | ("true" | "false" | "null") ws

object ::=
  "{" ws (
            string ":" ws value
    ("," ws string ":" ws value)*
  )? "}" ws

array  ::=
  "[" ws (
            value
    ("," ws value)*
  )? "]" ws

string ::=
  "\\"" (
    [^"\\\\\\x7F\\x00-\\x1F] |
    "\\\\" (["\\\\bfnrt] | "u" [0-9a-fA-F]{4}) # escapes
  )* "\\"" ws

number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws

# Optional space: by convention, applied in this grammar after literal chars when allowed
ws ::= | " " | "\\n" [ \\t]{0,20}
`;

const ARITHMETIC = `
root  ::= (expr "=" ws term "\\n")+
expr  ::= term ([-+*/] term)*
term  ::= ident | num | "(" ws expr ")" ws
ident ::= [a-z] [a-z0-9_]* ws
num   ::= [0-9]+ ws
ws    ::= [ \\t\\n]*
`;

/** By name: a grammar, texts of it, and other texts. */
const CASES: readonly (readonly [name: string, source: string, accepted: string[], rejected: string[]])[] = [
  ["a literal", 'root ::= "abc"', ["abc"], ["", "ab", "abcd"]],
  ["alternatives", 'root ::= "a" | "bc" | ""', ["a", "bc", ""], ["b", "abc"]],
  ["alternatives over lines", 'root ::= "a" |\n  "b" |\n\n  "c"', ["a", "b", "c"], ["d"]],
  ["a group over lines", 'root ::= (\n "a" # one\n | "b"\n) "c"', ["ac", "bc"], ["c"]],
  ["rules", "root ::= x-1 x_2\nx-1 ::= [a-c]\nx_2 ::= [^a-c]", ["ad", "b1"], ["aa", "da"]],
  ["star, plus, question mark", 'root ::= "a"* "b"+ "c"?', ["b", "aabbc"], ["a", "c", "bcc"]],
  ["exact counts", 'root ::= "a"{3}', ["aaa"], ["aa", "aaaa"]],
  ["counts from", 'root ::= "a"{2,}', ["aa", "aaaaaaa"], ["a", ""]],
  ["counts between", 'root ::= [ab]{1,3} "c"{0,2}', ["a", "abacc"], ["", "abab", "accc"]],
  ["counts up to", 'root ::= "a"{,2}', ["", "aa"], ["aaa"]],
  ["counts of counts", 'root ::= ("a"{2,3}){2,3}', ["aaaa", "aaaaaaaaa"], ["aaa", "aaaaaaaaaa"]],
  [
    "counts with a gap",
    'root ::= ("a"{5,6}){1,2} "b"',
    ["aaaaab", "aaaaaaaaaaab"],
    ["aaaaaaab", "aaaaaaaaab"],
  ],
  [
    "a repeated optional part",
    'root ::= ("a"? "b"?){2,4} "c"',
    ["c", "abababc", "aaaac", "bac"],
    ["ababababac", "d"],
  ],
  ["any character", 'root ::= . "b"', ["ab", "éb", "🙂b", "\nb"], ["b", "aab"]],
  [
    "escapes",
    'root ::= "\\t\\r\\n\\\\\\"\\[\\]" [\\]\\[\\\\-] "\\x41\\u00e9\\U0001F642"',
    ['\t\r\n\\"[]-Aé🙂', '\t\r\n\\"[][Aé🙂'],
    ["x"],
  ],
  ["classes", "root ::= [a-cx\\-9-]+", ["abcx-9"], ["d", "8"]],
  ["a negated class", 'root ::= [^"\\n]+', ["aé🙂"], ['"', "a\n"]],
  ["characters beyond ASCII", "root ::= [ぁ-んァ-ン]+", ["あア"], ["a", "漢"]],
  ["right recursion", 'root ::= "a" root | "b"', ["b", "aaaab"], ["a", "ba"]],
  ["nesting", 'root ::= "(" root ")" | "x"', ["x", "((x))"], ["(x", "x)"]],
  ["comments", '# head\nroot ::= "a" # tail\n# end', ["a"], ["#"]],
  [
    "JSON",
    JSON_GRAMMAR,
    ["{}", '{"a": [1, 2.5e3, "x\\u00e9", {"b": null}]}', '{\n  "a": true}'],
    ["[]", '{"a" 1}', '{"a": 01}'],
  ],
  ["arithmetic", ARITHMETIC, ["x = 1\n", "(a +1) *2= y\n1=1\n"], ["1", "a=b", "(a=1\n"]],
];

describe("a grammar in GBNF", () => {
  it.each(CASES)("with %s", (_, source, accepted, rejected) => {
    const checker = checkerOf(source);
    for (const text of accepted) expect(checker.accepts(text), JSON.stringify(text)).toBe(true);
    for (const text of rejected) expect(checker.accepts(text), JSON.stringify(text)).toBe(false);
  });

  it("gives random texts that it accepts", () => {
    const checker = checkerOf(JSON_GRAMMAR);
    const random = new Random(1);
    const texts = Array.from({ length: 50 }, () => checker.sample(random)).filter(
      (text) => text !== undefined,
    );
    expect(texts.length).toBeGreaterThan(20);
    for (const text of texts) expect(() => JSON.parse(text)).not.toThrow();
  });
});

describe("a wrong grammar", () => {
  it.each([
    ["", '"root"'],
    ['other ::= "a"', '"root"'],
    ['root ::= "a', "expected more"],
    ["root ::= [a", "expected more"],
    ['root ::= ("a"', '")"'],
    ['root = "a"', '"::="'],
    ['root ::= "a" )', "end of the line"],
    ["root ::= other", 'named "other"'],
    ['root ::= "a"\nroot ::= "b"', "second rule"],
    ['root ::= "\\q"', "known escape"],
    ['root ::= "\\uD800"', "Unicode character"],
    ['root ::= "\\x4"', "2 hexadecimal digits"],
    ["root ::= [b-a]", "ascending"],
    ['root ::= "a"{3,2}', "greatest count"],
    ['root ::= "a"{}', "a number"],
    ['root ::= root "a" | "b"', "root → root"],
    ['root ::= x\nx ::= ""? y\ny ::= x "a" | "b"', "x → y → x"],
    ['root ::= "a" root', "no text can match"],
    ["root ::= []", "no text can match"],
  ])("%j is refused: %s", (source, message) => {
    expect(() => checkerOf(source)).toThrow(RequestError);
    expect(() => checkerOf(source)).toThrow(message);
  });
});

describe("a hostile grammar", () => {
  it("with repetitions of repetitions stays small", () => {
    const checker = checkerOf('root ::= (("a"{1,300}){1,300}){1,300}');
    expect(checker.accepts("a".repeat(5000))).toBe(true);
    expect(checker.accepts("")).toBe(false);
  });

  it.each([
    [
      "too many readings, by counts",
      'root ::= (("a"{1,300} "b"?){1,300} "c"?){1,300}',
      "a".repeat(500),
      "readings of a text",
    ],
    [
      "too many readings, by nesting",
      'root ::= s\ns ::= "a" s "b" | "a" s "c" | ""',
      "a".repeat(40),
      "readings of a text",
    ],
  ])("with %s ends in an error", (_, source, text, message) => {
    expect(() => checkerOf(source).begins(text)).toThrow(RequestError);
    expect(() => checkerOf(source).begins(text)).toThrow(message);
  });

  it.each([
    ["deep groups", `root ::= ${"(".repeat(100_000)}`, "nested parts"],
    ["too many characters", `root ::= "${"a".repeat(2_000_000)}"`, "characters"],
    ["too many nodes", `root ::= "${"a".repeat(200_000)}"`, "nodes"],
    [
      "a long chain of rules",
      Array.from({ length: 10_000 }, (_, i) => `${i === 0 ? "root" : `r${i}`} ::= r${i + 1} "x"`).join("\n") +
        '\nr10000 ::= "a"',
      "nested rules",
    ],
  ])("with %s is refused", (_, source, message) => {
    expect(() => checkerOf(source)).toThrow(RequestError);
    expect(() => checkerOf(source)).toThrow(message);
  });

  it("with endless nesting can always be completed", () => {
    const checker = checkerOf('root ::= "(" root ")" | "x"');
    expect(checker.begins("(".repeat(200))).toBe(true);
    expect(checker.begins("(".repeat(10_000))).toBe(false);
    expect(checker.accepts(`${"(".repeat(200)}x${")".repeat(200)}`)).toBe(true);
  });
});
