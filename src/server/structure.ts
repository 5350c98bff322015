/**
 * What a request demands of the form of its answer: a JSON schema, a grammar, a pattern, choices, or calls of tools. This is
 * the only place that connects the fields of requests with constrained generation; what is not supported is refused by
 * name.
 */
import type { StructureOptions } from "../generation/grammar/index.ts";
import { ApiError } from "./errors.ts";
import type { ChatBody } from "./schemas/chat.ts";

type Demand = Partial<
  Pick<
    ChatBody,
    | "response_format"
    | "grammar"
    | "json_schema"
    | "regex"
    | "choices"
    | "tools"
    | "tool_choice"
    | "parallel_tool_calls"
  >
>;

/** @throws ApiError 400 that names the field at fault. More than one structure is refused by the library. */
export function structureOptions(body: Demand): StructureOptions {
  refuseTools(body);
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

function refuseTools({ tools, tool_choice: choice }: Demand): void {
  const demanded = (tools?.length ?? 0) > 0 ? "tools" : undefined;
  const forced = choice === "required" || typeof (choice ?? "none") === "object" ? "tool_choice" : undefined;
  const param = demanded ?? forced;
  if (param === undefined) return;
  throw new ApiError(400, `Unsupported field "${param}": this server calls no tools`, {
    param,
    code: "unsupported_parameter",
  });
}
