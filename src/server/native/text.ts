/** llama.cpp's routes between texts and tokens: /tokenize, /detokenize, /apply-template. */
import { renderChat } from "../../generation/chat/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { ApiError } from "../errors.ts";
import { chatMessage, lengthOf } from "../openai/chat-messages.ts";
import { checkTextLength } from "../prompt-text.ts";
import { route } from "../route.ts";
import { withTokenizer } from "../run.ts";
import { APPLY_TEMPLATE, DETOKENIZE, TOKENIZE } from "../schemas/native.ts";

export const TOKENIZED = route({
  method: "POST",
  path: "/tokenize",
  summary: "The token ids of a text",
  tag: "llama.cpp",
  body: TOKENIZE,
  handle: (call) =>
    withTokenizer(call, call.body.model, ({ tokenizer }) => {
      const { content, add_special: special, parse_special: parse, with_pieces: pieces } = call.body;
      const ids = tokenizer.encode(content, {
        bos: special === true && tokenizer.addBos,
        parseSpecial: parse === true,
      });
      return Response.json({
        tokens: pieces === true ? ids.map((id) => ({ id, piece: pieceOf(tokenizer, id) })) : ids,
      });
    }),
});

/** The text of a token, or its bytes if they are not whole characters. */
function pieceOf(tokenizer: Tokenizer, id: number): string | number[] {
  const bytes = tokenizer.tokenBytes(id);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Array.from(bytes);
  }
}

export const DETOKENIZED = route({
  method: "POST",
  path: "/detokenize",
  summary: "The text of token ids",
  tag: "llama.cpp",
  body: DETOKENIZE,
  handle: (call) =>
    withTokenizer(call, call.body.model, ({ tokenizer }) =>
      Response.json({ content: tokenizer.decode(call.body.tokens) }),
    ),
});

export const APPLIED_TEMPLATE = route({
  method: "POST",
  path: "/apply-template",
  summary: "The prompt of a conversation",
  tag: "llama.cpp",
  body: APPLY_TEMPLATE,
  handle: (call) =>
    withTokenizer(call, call.body.model, (model) => {
      const { tokenizer, opened } = model;
      const chatTemplate = call.server.template ?? opened.chatTemplate;
      if (chatTemplate === undefined) throw new ApiError(400, "This model has no chat template");
      const piece = (id: number | undefined): string => (id === undefined ? "" : tokenizer.piece(id));
      const messages = call.body.messages.map(chatMessage);
      checkTextLength(model, lengthOf(messages));
      const { text } = renderChat(chatTemplate, {
        messages,
        addGenerationPrompt: call.body.add_generation_prompt ?? true,
        variables: call.body.chat_template_kwargs ?? undefined,
        bosToken: piece(tokenizer.bosId),
        eosToken: piece(tokenizer.eosId),
      });
      return Response.json({ prompt: text });
    }),
});
