/** Plans an answer that may call functions: what the template gets, and what the answer may look like. */
import { RequestError } from "../base/errors.ts";
import type { ChatMessage, ChatTemplate } from "../generation/chat/index.ts";
import type { Structure } from "../generation/grammar/index.ts";
import {
  type FunctionTool,
  markerIdOf,
  messagesForTemplate,
  readChoice,
  readTools,
  type ToolChoice,
  type ToolFormat,
  toolFormat,
  toolGrammar,
} from "../generation/tools/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { isStandard, jsonSchemaOf } from "./structured.ts";

/** Options of an answer that may call functions. */
export interface ToolOptions {
  /**
   * Functions that the model may call: `{ type: "function", function: { name, description, parameters } }`; the
   * parameters are a JSON Schema or a schema object.
   */
  readonly tools?: readonly unknown[] | undefined;
  /** Default "auto". */
  readonly toolChoice?: ToolChoice | undefined;
  /** Several calls in one answer, where the model's format has them. Default true. */
  readonly parallelToolCalls?: boolean | undefined;
}

export interface ToolPlan {
  /** For the template; undefined if messages explain them. */
  readonly tools: readonly unknown[] | undefined;
  readonly format: ToolFormat | undefined;
  /** Control tokens that are part of the answer's text. */
  readonly shown: ReadonlySet<number> | undefined;
  readonly structure: Structure | undefined;
  /** The messages as the template needs them. */
  readonly arrange: (messages: readonly ChatMessage[]) => readonly ChatMessage[];
}

/**
 * @param structure what an answer without calls looks like.
 * @throws RequestError for tools or a choice that cannot be used with this template.
 */
export function planTools(
  options: ToolOptions,
  template: ChatTemplate,
  tokenizer: Tokenizer,
  structure: Structure | undefined,
): ToolPlan {
  const { tools: given = [], toolChoice = "auto", parallelToolCalls: parallel = true } = options;
  const format = typeof template === "string" ? toolFormat(template) : undefined;
  if (format === undefined) return unknownFormat(given, toolChoice, structure);
  const tools = readTools(given.map(withJsonSchema));
  const choice = readChoice(toolChoice, tools);
  const arrange = (messages: readonly ChatMessage[]): readonly ChatMessage[] =>
    tools.length > 0 || messages.some(isOfCalls) ? messagesForTemplate(messages, format, tools) : messages;
  const common = { arrange, tools: format.isWritten || given.length === 0 ? undefined : tools };
  if (tools.length === 0) return { ...common, structure, format: undefined, shown: undefined };
  const markerId = markerIdOf(format, tokenizer);
  const inputs = { format, tools, choice, parallel, markerId, structure };
  return {
    ...common,
    format,
    shown: markerId === undefined ? undefined : new Set([markerId]),
    structure: {
      key: `tools ${JSON.stringify([format.name, markerId, choice, parallel, tools, structure?.key])}`,
      isJson: structure?.isJson ?? false,
      compile: () => toolGrammar(inputs),
    },
  };
}

/** The template may write the tools, but nobody knows what calls look like: answers are text. */
function unknownFormat(
  tools: readonly unknown[],
  choice: ToolChoice,
  structure: Structure | undefined,
): ToolPlan {
  if (choice === "required" || typeof choice === "object") {
    throw new RequestError({
      doing: "demand a call of a function",
      expected: "a chat template whose calls have a known format (Hermes and Qwen, Llama 3, Mistral)",
      found: "another one",
      fix: 'use a built-in template, or the tool choice "auto"',
    });
  }
  const given = tools.length === 0 ? undefined : tools;
  return { tools: given, format: undefined, shown: undefined, structure, arrange: (messages) => messages };
}

const isOfCalls = (message: ChatMessage): boolean =>
  message.tool_calls !== undefined || message.role === "tool";

function withJsonSchema(tool: unknown): unknown {
  const given = tool as FunctionTool | null;
  const parameters = given?.function?.parameters;
  if (!isStandard(parameters)) return tool;
  return { ...given, function: { ...given?.function, parameters: jsonSchemaOf(parameters) } };
}
