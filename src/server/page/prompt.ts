/** POST /cria/prompt: a conversation as the model sees it, with the origin of every part. */
import { chatPrompt } from "../../generation/chat/index.ts";
import { ApiError } from "../errors.ts";
import { chatMessage, lengthOf } from "../openai/chat-messages.ts";
import { checkTextLength } from "../prompt-text.ts";
import { route } from "../route.ts";
import { withTokenizer } from "../run.ts";
import { SHOWN_PROMPT } from "../schemas/page.ts";

export const PROMPT = route({
  method: "POST",
  path: "/cria/prompt",
  summary: "The prompt of a conversation: which text is the template's, which is a message's, and its tokens",
  tag: "Cria",
  body: SHOWN_PROMPT,
  handle: (call) =>
    withTokenizer(call, call.body.model, (model) => {
      const { tokenizer, opened } = model;
      const template = call.server.template ?? opened.chatTemplate;
      if (template === undefined) throw new ApiError(400, "This model has no chat template");
      const messages = call.body.messages.map(chatMessage);
      checkTextLength(model, lengthOf(messages));
      const { chat_template_kwargs: variables } = call.body;
      const { segments, tokens } = chatPrompt(tokenizer, template, messages, {
        continueLast: true,
        marksMessages: true,
        ...(variables === undefined || variables === null ? {} : { variables }),
      });
      return Response.json({ segments, tokens, pieces: tokens.map((id) => tokenizer.piece(id)) });
    }),
});
