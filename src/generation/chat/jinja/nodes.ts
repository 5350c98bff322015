/** The syntax tree of the parser of @huggingface/jinja, and parsing under limits. */
import { parse, tokenize } from "@huggingface/jinja";
import { TemplateError } from "../../../base/errors.ts";
import type { TemplateLimits } from "./budget.ts";
import { normaliseSource } from "./source.ts";
import { rewriteTokens } from "./tokens.ts";

interface Typed<T extends string> {
  readonly type: T;
}
export interface Identifier extends Typed<"Identifier"> {
  readonly value: string;
}
export interface CallExpression extends Typed<"CallExpression"> {
  readonly callee: Node;
  readonly args: readonly Node[];
}
export interface KeywordArgument extends Typed<"KeywordArgumentExpression"> {
  readonly key: Identifier;
  readonly value: Node;
}
export interface Tuple extends Typed<"TupleLiteral"> {
  readonly value: readonly Node[];
}
export interface Member extends Typed<"MemberExpression"> {
  readonly object: Node;
  readonly property: Node;
  readonly computed: boolean;
}
export interface Slice extends Typed<"SliceExpression"> {
  readonly start?: Node;
  readonly stop?: Node;
  readonly step?: Node;
}
export interface Select extends Typed<"SelectExpression"> {
  readonly lhs: Node;
  readonly test: Node;
}
export interface For extends Typed<"For"> {
  readonly loopvar: Identifier | Tuple;
  readonly iterable: Node;
  readonly body: readonly Node[];
  readonly defaultBlock: readonly Node[];
}
export interface SetNode extends Typed<"Set"> {
  readonly assignee: Node;
  readonly value: Node | null;
  readonly body: readonly Node[];
}
export type Parameter = Identifier | KeywordArgument;
export interface Macro extends Typed<"Macro"> {
  readonly name: Identifier;
  readonly args: readonly Parameter[];
  readonly body: readonly Node[];
}
export interface CallBlock extends Typed<"CallStatement"> {
  readonly call: CallExpression;
  readonly callerArgs: readonly Parameter[] | null;
  readonly body: readonly Node[];
}
export type FilterCall = Identifier | CallExpression;
export interface Binary extends Typed<"BinaryExpression"> {
  readonly operator: { readonly value: string };
  readonly left: Node;
  readonly right: Node;
}

export type Node =
  | Identifier
  | CallExpression
  | KeywordArgument
  | Tuple
  | Member
  | Slice
  | Select
  | For
  | SetNode
  | Macro
  | CallBlock
  | Binary
  | (Typed<"Program"> & { readonly body: readonly Node[] })
  | (Typed<"If"> & {
      readonly test: Node;
      readonly body: readonly Node[];
      readonly alternate: readonly Node[];
    })
  | Typed<"Break">
  | Typed<"Continue">
  | Typed<"Comment">
  | (Typed<"IntegerLiteral"> & { readonly value: number })
  | (Typed<"FloatLiteral"> & { readonly value: number })
  | (Typed<"StringLiteral"> & { readonly value: string })
  | (Typed<"ArrayLiteral"> & { readonly value: readonly Node[] })
  | (Typed<"ObjectLiteral"> & { readonly value: ReadonlyMap<Node, Node> })
  | (Typed<"FilterExpression"> & { readonly operand: Node; readonly filter: FilterCall })
  | (Typed<"FilterStatement"> & { readonly filter: FilterCall; readonly body: readonly Node[] })
  | (Typed<"TestExpression"> & {
      readonly operand: Node;
      readonly negate: boolean;
      readonly test: Identifier;
    })
  | (Typed<"UnaryExpression"> & { readonly operator: { readonly value: string }; readonly argument: Node })
  | (Typed<"SpreadExpression"> & { readonly argument: Node })
  | (Typed<"KeywordSpreadExpression"> & { readonly argument: Node })
  | (Typed<"Ternary"> & { readonly condition: Node; readonly trueExpr: Node; readonly falseExpr: Node });

const BLOCKS = { trim_blocks: true, lstrip_blocks: true };

/** @throws TemplateError when the source is too long or not a template. */
export function parseTemplate(source: string, name: string, limits: TemplateLimits): readonly Node[] {
  const refuse = (expected: string, found: string, cause?: unknown): TemplateError =>
    new TemplateError({ doing: `read the chat template "${name}"`, expected, found, cause });
  if (source.length > limits.sourceLength) {
    throw refuse(`at most ${limits.sourceLength} characters`, `${source.length}`);
  }
  let run = 0;
  for (let i = 0; i < source.length; i++) {
    run = source.charCodeAt(i) <= 32 || /\s/.test(source[i]) ? run + 1 : 0;
    if (run > limits.spaceRun)
      throw refuse(`at most ${limits.spaceRun} white space characters in a row`, "more");
  }
  try {
    const program = parse(rewriteTokens(tokenize(normaliseSource(source), BLOCKS)));
    // The package's own node classes are not exported; these types describe them.
    return (program as unknown as { body: readonly Node[] }).body;
  } catch (error) {
    // The parser throws TypeError if it reads past its last token, and RangeError if nesting exceeds the stack.
    const message = error instanceof SyntaxError || error instanceof Error ? error.message : String(error);
    const found = error instanceof TypeError ? "an unclosed tag or expression" : message;
    throw refuse("a Jinja template", found, error);
  }
}
