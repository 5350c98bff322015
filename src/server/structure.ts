/**
 * What a request demands of the form of its answer: a JSON schema, a grammar, or calls of tools. This is the only place
 * that connects the fields of requests with constrained generation; what is not supported is refused by name.
 */
import { ApiError } from "./errors.ts";
import type { ChatBody } from "./schemas/chat.ts";

type Demand = Partial<
  Pick<
    ChatBody,
    "response_format" | "grammar" | "json_schema" | "tools" | "tool_choice" | "parallel_tool_calls"
  >
>;

/** Fields that demand something beyond plain text; a field that is absent or demands nothing passes. */
const DEMANDS: Readonly<Record<keyof Demand, (body: Demand) => boolean>> = {
  response_format: ({ response_format: format }) =>
    format !== undefined && format !== null && format.type !== "text",
  grammar: ({ grammar }) => typeof grammar === "string" && grammar !== "",
  json_schema: ({ json_schema: schema }) => schema !== undefined && schema !== null,
  tools: ({ tools }) => (tools?.length ?? 0) > 0,
  tool_choice: ({ tool_choice: choice }) => choice === "required" || typeof (choice ?? "none") === "object",
  parallel_tool_calls: () => false,
};

/** @throws ApiError 400 that names the first field that is not supported. */
export function checkStructure(body: Demand): void {
  for (const [name, demands] of Object.entries(DEMANDS)) {
    if (!demands(body)) continue;
    throw new ApiError(400, `Unsupported field "${name}": this server generates plain text only`, {
      param: name,
      code: "unsupported_parameter",
    });
  }
}
