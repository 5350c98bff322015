/** Messages of requests, in the form that chat templates take. */
import type { ChatMessage } from "../../generation/chat/index.ts";
import { ApiError } from "../errors.ts";
import type { RequestMessage } from "../schemas/chat.ts";

/** Roles of OpenAI's newer models, under the name that templates know. */
const ROLES: Readonly<Partial<Record<RequestMessage["role"], string>>> = {
  developer: "system",
  function: "tool",
};

/** @throws ApiError 400 for content that is not text. */
export function chatMessage(message: RequestMessage, index: number): ChatMessage {
  const { role, content, refusal, ...rest } = message;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined && value !== null);
  return {
    ...Object.fromEntries(given),
    role: ROLES[role] ?? role,
    content: contentText(content, `messages[${index}].content`) ?? refusal ?? (rest.tool_calls ? null : ""),
  };
}

function contentText(content: RequestMessage["content"], at: string): string | undefined {
  if (content === undefined || content === null) return undefined;
  if (typeof content === "string") return content;
  return content
    .map(({ type, text, ...rest }, i) => {
      const param = `${at}[${i}]`;
      const [extra] = Object.keys(rest);
      if (type === "text" && text !== undefined) {
        if (extra === undefined) return text;
        const field = `${param}.${extra.slice(0, 60)}`;
        throw new ApiError(400, `Unsupported field "${field}"`, {
          param: field,
          code: "unsupported_parameter",
        });
      }
      const what = type === "text" ? "a part without its text" : `${JSON.stringify(type.slice(0, 40))}`;
      throw new ApiError(400, `Unsupported content in "${param}": ${what}; this model reads text only`, {
        param,
        code: "unsupported_content",
      });
    })
    .join("\n");
}

/** Characters of the conversation, of all messages together. */
export const lengthOf = (messages: readonly ChatMessage[]): number =>
  messages.reduce((sum, { content }) => sum + (typeof content === "string" ? content.length : 0), 0);
