/**
 * What a request demands of the form of its answer: a JSON schema, a grammar, a pattern, choices, or calls of tools. This is
 * the only place that translates the fields of requests to the library's options of constrained generation.
 */
import type { StructureOptions } from "../generation/grammar/index.ts";
import type { ToolOptions } from "../library/tool-plan.ts";
import { ApiError } from "./errors.ts";
import type { ChatBody } from "./schemas/chat.ts";

type Demand = Partial<Pick<ChatBody, "response_format" | "grammar" | "json_schema" | "regex" | "choices">>;

/** @throws ApiError 400 that names the field at fault. More than one structure is refused by the library. */
export function structureOptions(body: Demand): StructureOptions {
  const { response_format: format, grammar, json_schema: schema, regex, choices } = body;
  return {
    ...formatOptions(format),
    ...(schema === undefined || schema === null ? {} : { schema }),
    ...(typeof grammar === "string" && grammar !== "" ? { grammar } : {}),
    ...(typeof regex === "string" ? { regex } : {}),
    ...(choices === undefined || choices === null ? {} : { choices }),
  };
}

function formatOptions(format: Demand["response_format"]): StructureOptions {
  if (format === undefined || format === null || format.type === "text") return {};
  const schema = format.json_schema?.schema ?? format.schema;
  if (schema !== undefined && schema !== null) return { schema };
  if (format.type === "json_object") return { json: true };
  throw new ApiError(400, 'Invalid value of "response_format": "json_schema" needs a schema', {
    param: "response_format.json_schema",
    code: "invalid_value",
  });
}

type Calling = Pick<ChatBody, "tools" | "tool_choice" | "parallel_tool_calls">;

/** The library checks names, schemas and the choice. */
export function toolOptions({
  tools,
  tool_choice: choice,
  parallel_tool_calls: parallel,
}: Calling): ToolOptions {
  return {
    ...(tools === undefined || tools === null ? {} : { tools: tools.map(toolOf) }),
    ...(choice === undefined || choice === null
      ? {}
      : { toolChoice: typeof choice === "string" ? choice : { name: choice.function.name } }),
    ...(typeof parallel === "boolean" ? { parallelToolCalls: parallel } : {}),
  };
}

/** Fields that are null count as absent. `strict` changes nothing: arguments are always valid. */
function toolOf({
  type,
  function: { name, description, parameters },
}: NonNullable<Calling["tools"]>[number]) {
  return {
    type,
    function: {
      name,
      ...(typeof description === "string" ? { description } : {}),
      ...(parameters === undefined || parameters === null ? {} : { parameters }),
    },
  };
}
