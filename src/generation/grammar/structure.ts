/**
 * What a text must look like: one of a JSON schema, JSON mode, a regular expression, a GBNF grammar or choices. This file
 * turns each into a grammar.
 */
import { grammarFromChoices } from "./choices.ts";
import type { Grammar } from "./expression.ts";
import { characters } from "./expression.ts";
import { grammarFromGbnf } from "./gbnf.ts";
import { givenStructure, type StructureName } from "./given.ts";
import { grammarFromSchema } from "./json-schema/write.ts";
import { JsonRules } from "./json-text.ts";
import { GRAMMAR_LIMITS, tooComplex } from "./limits.ts";
import { patternOf } from "./regex/regex.ts";
import { expressionOf } from "./regex/regular.ts";
import { RuleTable } from "./rule-table.ts";

/** The options, of which one may be given. */
export interface StructureOptions {
  /** JSON that is valid for this JSON Schema (2020-12), as parsed JSON. */
  readonly schema?: unknown;
  /** JSON: any object. */
  readonly json?: boolean | undefined;
  /** A text that this regular expression matches completely. */
  readonly regex?: string | undefined;
  /** A text of this grammar, in GBNF. */
  readonly grammar?: string | undefined;
  /** One of these texts. */
  readonly choices?: readonly string[] | undefined;
}

/** A structure that was chosen: its grammar, compiled when first needed, and its identity in caches. */
export interface Structure {
  readonly key: string;
  readonly isJson: boolean;
  /** @throws RequestError, UnsupportedError for a source that cannot be used. */
  readonly compile: () => Grammar;
}

interface Kind {
  readonly isJson?: boolean;
  readonly compile: (source: never) => Grammar;
}

const KINDS: Readonly<Record<StructureName, Kind>> = {
  schema: { isJson: true, compile: grammarFromSchema },
  json: { isJson: true, compile: anyObject },
  regex: { compile: grammarFromRegex },
  grammar: { compile: grammarFromGbnf },
  choices: { compile: grammarFromChoices },
};

/** @throws RequestError for more than one of the options. Undefined without any. */
export function structureOf(options: StructureOptions): Structure | undefined {
  const name = givenStructure(options);
  if (name === undefined) return undefined;
  const { isJson = false, compile } = KINDS[name];
  const source = options[name];
  const key = `${name} ${JSON.stringify(source)}`;
  if (key.length > 2 * GRAMMAR_LIMITS.sourceLength)
    throw tooComplex(`use the option "${name}"`, "characters", "sourceLength");
  return { key, isJson, compile: () => compile(source as never) };
}

function anyObject(): Grammar {
  const table = new RuleTable();
  const root = new JsonRules(table).object;
  return { rules: table.rules, root };
}

function grammarFromRegex(source: string): Grammar {
  const pattern = patternOf(source, { whole: true });
  const table = new RuleTable();
  const root =
    pattern.kind === "expression" ? pattern.expression : expressionOf(pattern.dfa, characters, table);
  return { rules: table.rules, root };
}
