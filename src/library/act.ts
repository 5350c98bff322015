/** The loop of a conversation with functions: the model calls, the functions run, the model continues. */
import { RequestError } from "../base/errors.ts";
import type { ChatMessage } from "../generation/chat/index.ts";
import type { Generation } from "../generation/generation.ts";
import type { AnswerPart, ToolCall } from "../generation/tools/index.ts";
import { checkNumber } from "../schema/numbers.ts";
import type { ChatOptions } from "./model.ts";
import { isStandard, requireWhole, type SchemaValue, validated } from "./structured.ts";

/** A text of the user, or messages. */
export type Sent = string | ChatMessage | readonly ChatMessage[];

/** A function that the model may call. `defineTool` infers the type of its arguments. */
export interface RunnableTool<Schema = unknown> {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema, or a schema object of zod or a like library, of the arguments' object. Default: no arguments. */
  readonly parameters?: Schema | undefined;
  /** Its result, or the message of its error, is told to the model: text as it is, other values as JSON. */
  readonly run: (
    args: never,
    context: { readonly signal: AbortSignal | undefined; readonly id: string },
  ) => unknown;
}

/** A tool whose `run` gets the type of its parameters' schema. */
export function defineTool<const Schema>(
  tool: Omit<RunnableTool<Schema>, "run"> & {
    readonly run: (
      args: SchemaValue<Schema>,
      context: { readonly signal: AbortSignal | undefined; readonly id: string },
    ) => unknown;
  },
): RunnableTool<Schema> {
  return tool;
}

export interface ActOptions extends Omit<ChatOptions, "tools"> {
  /** Most answers with calls; the one after them must be without. Default 8. */
  readonly maxRounds?: number | undefined;
  /** Called with each piece of every answer. */
  readonly onPart?: ((part: AnswerPart) => void) | undefined;
  /** Called after each function. */
  readonly onResult?: ((call: ToolCall, result: string) => void) | undefined;
}

export interface ActResult {
  /** The last answer. */
  readonly text: string;
  /** All calls, in order, with the results that the model was told. */
  readonly calls: readonly (ToolCall & { readonly result: string })[];
}

const ROUNDS = 8;
const MAX_RESULT = 1 << 20;

type Send = (message: Sent, options: ChatOptions) => Generation;

/** @throws RequestError for wrong options, ContextError or RequestError for calls that were cut; errors of functions are told to the model. */
export async function act(
  send: Send,
  message: Sent,
  tools: readonly RunnableTool[],
  { maxRounds = ROUNDS, onPart, onResult, ...options }: ActOptions,
): Promise<ActResult> {
  checkNumber("maxRounds", maxRounds, { min: 1, max: 1000, integer: true });
  const definitions = tools.map(({ name, description, parameters }) => ({
    type: "function",
    function: { name, description, parameters },
  }));
  const done: (ToolCall & { result: string })[] = [];
  let next = message;
  for (let round = 0; ; round++) {
    const isLast = round === maxRounds;
    // A choice is about the first answer; a call that is demanded again and again would never end.
    const toolChoice = isLast ? "none" : round === 0 ? options.toolChoice : "auto";
    const generation = send(next, { ...options, tools: definitions, toolChoice });
    for await (const part of generation.parts()) onPart?.(part);
    const calls = await generation.calls();
    if (calls.length === 0) return { text: await generation.text(), calls: done };
    requireWhole(await generation.result());
    const results: ChatMessage[] = [];
    for (const call of calls) {
      const result = await runTool(tools, call, options.signal);
      onResult?.(call, result);
      done.push({ ...call, result });
      results.push({ role: "tool", tool_call_id: call.id, name: call.name, content: result });
    }
    next = results;
  }
}

/** What the model is told about a call. */
async function runTool(
  tools: readonly RunnableTool[],
  call: ToolCall,
  signal: AbortSignal | undefined,
): Promise<string> {
  signal?.throwIfAborted();
  try {
    const tool = tools.find(({ name }) => name === call.name);
    if (tool === undefined) throw new RequestError({ doing: "call a function", found: `no "${call.name}"` });
    const args = await argumentsOf(tool, call.arguments);
    const result = await tool.run(args as never, { signal, id: call.id });
    return textOf(result);
  } catch (error) {
    signal?.throwIfAborted();
    return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
  }
}

/** The arguments, checked by their schema's own functions. */
async function argumentsOf({ parameters }: RunnableTool, text: string): Promise<unknown> {
  const value: unknown = JSON.parse(text);
  return isStandard(parameters) ? validated(parameters, value) : value;
}

function textOf(result: unknown): string {
  const text = typeof result === "string" ? result : (JSON.stringify(result) ?? "null");
  if (text.length <= MAX_RESULT) return text;
  throw new RequestError({
    doing: "use a function's result",
    expected: `at most ${MAX_RESULT} characters`,
    found: `${text.length}`,
  });
}
