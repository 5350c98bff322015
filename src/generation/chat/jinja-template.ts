/** Chat templates in Jinja, as stored in model files: untrusted programs that run under limits. */
import { CriaError, TemplateError } from "../../base/errors.ts";
import { Budget, TEMPLATE_LIMITS, type TemplateLimits } from "./jinja/budget.ts";
import { evaluateTemplate } from "./jinja/evaluate.ts";
import { globals, Refusal } from "./jinja/globals.ts";
import { InputReader } from "./jinja/input.ts";
import { type Node, parseTemplate } from "./jinja/nodes.ts";
import { Text } from "./jinja/text.ts";
import type { Value } from "./jinja/values.ts";
import { plainText } from "./plain-text.ts";
import type { ChatInput, ChatMessage, ChatSegment, CompiledTemplate } from "./types.ts";

export interface JinjaTemplateOptions {
  /** Name of the model or file, for messages. */
  readonly name?: string | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly limits?: Partial<TemplateLimits> | undefined;
}

/** Matches templates that name the fields of message parts. Other templates get the text of all parts as one string. */
const READS_PARTS = /\[\s*['"](?:type|text)['"]\s*\]|\.(?:type|text)\b/;

/** @throws TemplateError when the source is too long or is not Jinja. */
export function jinjaTemplate(source: string, options: JinjaTemplateOptions = {}): CompiledTemplate {
  const { name = "chat_template", stop = [] } = options;
  const limits: TemplateLimits = { ...TEMPLATE_LIMITS, ...options.limits };
  const body = parseTemplate(source, name, limits);
  const readsParts = READS_PARTS.test(source);
  const render = (input: ChatInput): ChatSegment[] => {
    const reader = new InputReader(limits);
    const given = readInput(input, readsParts, reader);
    const budget = new Budget(name, limits, reader.amount);
    const names = new Map([...globals(input.now ?? new Date(), budget), ...given]);
    return segmentsOf(evaluate(name, body, names, budget));
  };
  return { name, stop, render };
}

function readInput(input: ChatInput, readsParts: boolean, reader: InputReader): [string, Value][] {
  const simplify = (message: ChatMessage): ChatMessage =>
    !readsParts && Array.isArray(message?.content) ? { ...message, content: plainText(message) } : message;
  const variables = Object.entries(input.variables ?? {});
  const marks = input.marksMessages ?? false;
  return [
    ["tools", input.tools === undefined ? null : reader.read(input.tools, "tools")],
    ["documents", null],
    ...variables.map(([key, value]): [string, Value] => [key, reader.read(value, key)]),
    ["messages", input.messages.map((message, i) => reader.message(simplify(message), i, marks))],
    ["add_generation_prompt", input.addGenerationPrompt ?? true],
    ["bos_token", Text.of(input.bosToken ?? "")],
    ["eos_token", Text.of(input.eosToken ?? "")],
  ];
}

/** Wraps every failure of a template in a TemplateError with the template's name. */
function evaluate(name: string, body: readonly Node[], names: Map<string, Value>, budget: Budget): Text {
  const doing = `render the chat template "${name}"`;
  try {
    const text = evaluateTemplate(body, names, budget);
    if (text.length > budget.limits.outputLength) {
      throw budget.exceeded(`${budget.limits.outputLength} characters of output`);
    }
    return text;
  } catch (error) {
    if (error instanceof CriaError) throw error;
    if (error instanceof Refusal)
      throw new TemplateError({ doing, found: `its own message: "${error.message}"`, cause: error });
    if (error instanceof RangeError)
      throw budget.exceeded("the depth of the stack or the length of a string");
    const found = error instanceof Error ? error.message : String(error);
    throw new TemplateError({ doing, found, cause: error });
  }
}

function segmentsOf(text: Text): ChatSegment[] {
  return text.runs.map(({ text: part, input, message }) => {
    const segment = { text: part, special: !input };
    return message === undefined ? segment : { ...segment, message };
  });
}
