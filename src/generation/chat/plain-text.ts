/** The text of a message, for templates that support only text. */
import { RequestError } from "../../base/errors.ts";
import type { ChatMessage } from "./types.ts";

/** @throws RequestError for parts that are not text. */
export function plainText({ role, content }: ChatMessage): string {
  if (typeof content === "string") return content;
  const parts = Array.isArray(content) ? content : undefined;
  const wrong = parts?.find((part) => part?.type !== "text" || typeof part.text !== "string");
  if (parts === undefined || wrong !== undefined) {
    const found =
      wrong === undefined
        ? `${content === null ? "null" : typeof content}`
        : `a part of type "${wrong?.type}"`;
    throw new RequestError({
      doing: `use the content of a message of role "${role}"`,
      expected: "text",
      found,
    });
  }
  return parts.map((part) => part.text).join("\n");
}
