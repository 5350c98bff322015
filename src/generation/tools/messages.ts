/** Messages with calls and their results, in the form that a template of the format can write. */

import { plainText } from "../chat/plain-text.ts";
import type { ChatMessage } from "../chat/types.ts";
import type { ToolFormat } from "./formats.ts";
import type { FunctionTool, ToolCall } from "./types.ts";

/** A call in a message. Templates want the arguments as an object; OpenAI's API has them as JSON text. */
interface MessageCall {
  readonly id?: string;
  readonly type?: string;
  readonly function: { readonly name: string; readonly arguments: unknown };
}

/** The assistant's message with calls, as OpenAI's API has it. */
export function callMessage(text: string, calls: readonly ToolCall[]): ChatMessage {
  if (calls.length === 0) return { role: "assistant", content: text };
  return {
    role: "assistant",
    content: text === "" ? null : text,
    tool_calls: calls.map(({ id, name, arguments: given }) => ({
      id,
      type: "function",
      function: { name, arguments: given },
    })),
  };
}

/** The messages as the template needs them. @param tools for a format that messages must explain. */
export function messagesForTemplate(
  messages: readonly ChatMessage[],
  format: ToolFormat,
  tools: readonly FunctionTool[],
): ChatMessage[] {
  const read = messages.map((message) => withObjects(message, format));
  return format.isWritten ? explained(written(read, format), tools) : read;
}

function callsIn(message: ChatMessage): readonly MessageCall[] {
  return Array.isArray(message.tool_calls) ? (message.tool_calls as MessageCall[]) : [];
}

/** Arguments as objects and ids of the right length. Some templates only ask whether `tool_calls` is there. */
function withObjects(message: ChatMessage, { hasIds }: ToolFormat): ChatMessage {
  const { tool_calls: _, ...rest } = message;
  const shown =
    hasIds && typeof message.tool_call_id === "string"
      ? { ...rest, tool_call_id: shortId(message.tool_call_id) }
      : rest;
  const calls = callsIn(message);
  if (calls.length === 0) return shown;
  const read = calls.map((call) => ({
    ...call,
    ...(hasIds && typeof call.id === "string" ? { id: shortId(call.id) } : {}),
    function: { ...call.function, arguments: objectOf(call.function?.arguments) },
  }));
  return { ...shown, content: message.content ?? "", tool_calls: read };
}

function objectOf(given: unknown): unknown {
  if (typeof given !== "string") return given;
  try {
    const value: unknown = JSON.parse(given);
    return typeof value === "object" && value !== null ? value : given;
  } catch {
    return given;
  }
}

/** Nine letters and digits: the id itself if it is so, else its last ones. */
function shortId(id: string): string {
  return id
    .replaceAll(/[^A-Za-z0-9]/g, "")
    .slice(-9)
    .padStart(9, "0");
}

/** Calls as the assistant's text, and results as the user's: for templates that know neither. */
function written(messages: readonly ChatMessage[], format: ToolFormat): ChatMessage[] {
  const out: ChatMessage[] = [];
  for (const message of messages) {
    const previous = out.at(-1);
    if (message.role === "tool") {
      const result = `<tool_response>\n${plainText(message)}\n</tool_response>`;
      const isSecond = previous?.results === true;
      if (isSecond) out.pop();
      out.push({
        role: "user",
        content: isSecond ? `${previous.content}\n${result}` : result,
        results: true,
      });
      continue;
    }
    const calls = callsIn(message);
    const { tool_calls: _, ...rest } = message;
    out.push(
      calls.length === 0 ? message : { ...rest, content: withCalls(plainText(message), calls, format) },
    );
  }
  return out.map(({ results: _, ...message }) => message as ChatMessage);
}

function withCalls(text: string, calls: readonly MessageCall[], format: ToolFormat): string {
  const shown = calls.map(
    ({ function: { name, arguments: given } }) =>
      `{"name": ${JSON.stringify(name)}, "${format.argumentsKey}": ${JSON.stringify(given)}}`,
  );
  return `${text}${format.marker}${format.open}${shown.join(format.between)}${format.close}`;
}

/** The tools in the system message, in the words that Hermes was trained with. */
function explained(messages: readonly ChatMessage[], tools: readonly FunctionTool[]): ChatMessage[] {
  const [first, ...others] = messages;
  const list = tools.map((tool) => JSON.stringify(tool)).join("\n");
  const text =
    "You may call one or more functions to assist with the user query.\n\n" +
    `You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n${list}\n</tools>\n\n` +
    "For each function call, return a json object with function name and arguments within <tool_call></tool_call> " +
    'XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>';
  if (first?.role !== "system") return [{ role: "system", content: text }, ...messages];
  return [{ ...first, content: `${plainText(first)}\n\n${text}` }, ...others];
}
