/** The bodies of the routes that the chat page needs. */
import * as z from "zod/mini";
import { CHAT } from "./chat.ts";
import { MODEL } from "./fields.ts";

export const PULL = z.strictObject({
  reference: z.string().check(z.maxLength(300)),
  /** Digest of the terms that were shown and accepted. */
  accept: z.optional(z.nullable(z.string().check(z.regex(/^[\da-f]{64}$/)))),
});

export const SHOWN_PROMPT = z.strictObject({
  ...MODEL,
  messages: CHAT.shape.messages,
  chat_template_kwargs: CHAT.shape.chat_template_kwargs,
});
