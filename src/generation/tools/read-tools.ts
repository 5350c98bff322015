/** Checks the functions that a caller offers, and the choice among them. */
import { RequestError } from "../../base/errors.ts";
import type { FunctionTool, ToolChoice } from "./types.ts";

const MAX_TOOLS = 128;
const NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/** @throws RequestError for tools that are not functions, wrong or double names, or too many. */
export function readTools(tools: readonly unknown[]): readonly FunctionTool[] {
  if (tools.length > MAX_TOOLS) throw wrong(`at most ${MAX_TOOLS} tools`, `${tools.length}`);
  const read = tools.map(readTool);
  const names = read.map((tool) => tool.function.name);
  const double = names.find((name, i) => names.indexOf(name) !== i);
  if (double !== undefined) throw wrong("names that differ", `"${double}" twice`);
  return read;
}

function readTool(tool: unknown, index: number): FunctionTool {
  const given = tool as Partial<FunctionTool> | null;
  const name: unknown = given?.function?.name;
  if (given?.type === "function" && typeof name === "string" && NAME.test(name)) return tool as FunctionTool;
  throw wrong(
    'tools as { type: "function", function: { name, description, parameters } }, with a name of at most 64 letters, digits, "_", "-" and "."',
    typeof name === "string"
      ? `the name ${JSON.stringify(name.slice(0, 80))}`
      : `another value as tool ${index + 1}`,
  );
}

/** @throws RequestError for a name that no tool has, or a call that is demanded without tools. */
export function readChoice(choice: ToolChoice, tools: readonly FunctionTool[]): ToolChoice {
  const named = typeof choice === "object" ? choice.name : undefined;
  if (named !== undefined && !tools.some((tool) => tool.function.name === named))
    throw wrong("the name of one of the tools", JSON.stringify(named.slice(0, 80)));
  if (choice === "required" && tools.length === 0) throw wrong("tools to call", "none");
  return choice;
}

function wrong(expected: string, found: string): RequestError {
  return new RequestError({ doing: "use tools", expected, found });
}
