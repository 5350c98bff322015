/** Schemas, patterns and grammars as cases: the first line names the kind. Compiled, then followed for a few bytes. */

import type { ByteSource } from "../../src/base/bytes.ts";
import { RequestError } from "../../src/base/errors.ts";
import { Random } from "../../src/base/random.ts";
import { type Structure, structureOf } from "../../src/generation/grammar/index.ts";
import { TextChecker } from "../support/grammar-texts.ts";
import { SCHEMAS } from "../support/schemas.ts";

const PATTERNS = [
  "^(?=.*b)[a-c]{2,40}(x|yz)*?\\d+[^\\]\\-]$",
  "^\\p{L}\\u{1F642}$|\\x41+|[^\\s,]{3}",
  "([a-z]{1,3}){2,9}(?:\\.\\w+)?@(a|b|)+",
];
const GRAMMARS = [
  'root ::= "a" ([b-d^] | other)* # c\nother ::= "(" root? ")" | "\\x41\\u00e9" {2,3} | .{,4} <[7]>\n',
  'root ::= ((("a"{1,300}){1,300} "b"?){1,300}) | [^"\\n\\]]+',
];

export const grammarSeeds = (): Uint8Array[] =>
  [
    ...Object.values(SCHEMAS).map((schema) => `schema\n${JSON.stringify(schema)}`),
    ...PATTERNS.map((pattern) => `regex\n${pattern}`),
    ...GRAMMARS.map((grammar) => `grammar\n${grammar}`),
  ].map((text) => new TextEncoder().encode(text));

export function useGrammar(source: ByteSource, reach: (stage: string) => void): undefined {
  const text = new TextDecoder().decode(source.bytes(0, source.byteLength));
  const [first] = text.split("\n", 1);
  const rest = text.slice(first.length + 1);
  const kind = first === "schema" || first === "regex" ? first : "grammar";
  const structure = structureOf({ [kind]: kind === "schema" ? parsed(rest) : rest });
  const checker = new TextChecker((structure as Structure).compile());
  reach(`${kind} compiled`);
  // Control tokens are bytes that are not UTF-8.
  checker.sample(new Random(1), 40, false);
  reach(`${kind} followed`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RequestError({ doing: "read a schema", expected: "JSON", found: "another text", cause });
  }
}
