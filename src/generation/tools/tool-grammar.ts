/** The grammar of an answer that may or must call functions, with arguments that fit their schemas. */
import type { Tokenizer } from "../../tokenizer/index.ts";
import { PIECE } from "../../tokenizer/vocabulary.ts";
import { ANY, charactersOf, complement } from "../grammar/code-points.ts";
import {
  characters,
  choice,
  EMPTY,
  type Expression,
  type Grammar,
  literal,
  NEVER,
  optional,
  repeat,
  sequence,
  token,
} from "../grammar/expression.ts";
import { schemaExpression } from "../grammar/json-schema/write.ts";
import { ANY_TEXT, dfaOf, except, expressionOf } from "../grammar/regex/regular.ts";
import { RuleTable } from "../grammar/rule-table.ts";
import type { Structure } from "../grammar/structure.ts";
import type { ToolFormat } from "./formats.ts";
import type { FunctionTool, ToolChoice } from "./types.ts";

/** Most calls in one answer. */
const MAX_CALLS = 16;
const ANYTHING = repeat(characters(ANY), 0);

export interface ToolGrammarInputs {
  readonly format: ToolFormat;
  readonly tools: readonly FunctionTool[];
  readonly choice: ToolChoice;
  readonly parallel: boolean;
  /** The id of the marker, if it is a control token. */
  readonly markerId: number | undefined;
  /** What an answer without calls looks like. Default: any text. */
  readonly structure?: Structure | undefined;
}

/** The id of a format's marker, if the vocabulary has it as a control token. */
export function markerIdOf({ marker }: ToolFormat, tokenizer: Tokenizer): number | undefined {
  const id = marker === "" ? undefined : tokenizer.idOf(marker);
  return id !== undefined && tokenizer.vocabulary.types[id] === PIECE.control ? id : undefined;
}

/** @throws RequestError, UnsupportedError for a schema of arguments that cannot be used. */
export function toolGrammar(inputs: ToolGrammarInputs): Grammar {
  const table = new RuleTable();
  const calls = inputs.choice === "none" ? NEVER : callsOf(inputs, table);
  if (inputs.choice !== "auto" && inputs.choice !== "none") return { rules: table.rules, root: calls };
  const structured = inputs.structure?.compile();
  if (structured !== undefined) return joined(structured, calls, table);
  const text = textWithoutCalls(inputs.format, table);
  // Only a format with a marker can have text before its calls.
  const root = inputs.format.marker === "" ? choice(text, calls) : sequence(text, optional(calls));
  return { rules: table.rules, root };
}

/** An answer of the structure, or calls. The names of their rules must differ. */
function joined({ rules, root }: Grammar, calls: Expression, table: RuleTable): Grammar {
  const prefix = (expression: Expression): Expression => {
    switch (expression.kind) {
      case "rule":
        return { kind: "rule", name: `structure ${expression.name}` };
      case "sequence":
        return { kind: "sequence", parts: expression.parts.map(prefix) };
      case "choice":
        return expression === NEVER ? NEVER : { kind: "choice", options: expression.options.map(prefix) };
      case "repeat":
        return { ...expression, body: prefix(expression.body) };
      default:
        return expression;
    }
  };
  const renamed = [...rules].map(([name, body]) => [`structure ${name}`, prefix(body)] as const);
  return { rules: new Map([...table.rules, ...renamed]), root: choice(prefix(root), calls) };
}

function callsOf(
  { format, tools, choice: chosen, parallel, markerId }: ToolGrammarInputs,
  table: RuleTable,
): Expression {
  const named = typeof chosen === "object" ? chosen.name : undefined;
  const offered = tools.filter((tool) => named === undefined || tool.function.name === named);
  const call = table.add("call", choice(...offered.map((tool) => callOf(format, tool, table))));
  const most = parallel && format.isParallel && named === undefined ? MAX_CALLS - 1 : 0;
  const more = sequence(...withMarkers(format.between, format.marker, markerId), call);
  return sequence(
    ...withMarkers(format.marker, format.marker, markerId),
    literal(format.open),
    call,
    repeat(more, 0, most),
    literal(format.close),
  );
}

/** A text in which the marker, if it is a control token, stands for that token. */
function withMarkers(text: string, marker: string, markerId: number | undefined): Expression[] {
  if (markerId === undefined) return [literal(text)];
  return text
    .split(marker)
    .flatMap((part, i) => (i === 0 ? [literal(part)] : [token(markerId), literal(part)]));
}

function callOf({ argumentsKey, hasIds }: ToolFormat, tool: FunctionTool, table: RuleTable): Expression {
  const { name, parameters } = tool.function;
  const given =
    parameters === undefined || parameters === null ? literal("{}") : schemaExpression(parameters, table);
  const character = characters([0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a]);
  const id = hasIds ? sequence(literal(', "id": "'), repeat(character, 9, 9), literal('"')) : EMPTY;
  return sequence(literal(`{"name": ${JSON.stringify(name)}, "${argumentsKey}": `), given, id, literal("}"));
}

/** Text that nobody can take for a call. */
function textWithoutCalls({ marker }: ToolFormat, table: RuleTable): Expression {
  if (marker === "") return optional(sequence(characters(complement(charactersOf("{ \t\n\r"))), ANYTHING));
  const marked = dfaOf(sequence(ANYTHING, literal(marker), ANYTHING));
  return expressionOf(except(ANY_TEXT, marked), characters, table);
}
