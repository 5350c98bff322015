/** The bodies of the routes that the chat page needs. */
import * as z from "zod/mini";
import { CHAT } from "./chat.ts";
import { MODEL } from "./fields.ts";

export const SHOWN_PROMPT = z.strictObject({
  ...MODEL,
  messages: CHAT.shape.messages,
  chat_template_kwargs: CHAT.shape.chat_template_kwargs,
});
