/** /v1/chat/completions: answers a conversation. */
import type { ChatMessage } from "../../generation/chat/index.ts";
import type { Generation } from "../../generation/generation.ts";
import type { GeneratedToken, GenerationResult } from "../../generation/text-result.ts";
import { ApiError } from "../errors.ts";
import { type Call, route } from "../route.ts";
import { beginRun, generateOptions, noteResults, type Run, seedsOf, streamOptions } from "../run.ts";
import { CHAT, type ChatBody, type RequestMessage } from "../schemas/chat.ts";
import { eventStream, type SendEvent } from "../sse.ts";
import { structureOptions } from "../structure.ts";
import { answerHead, finishReason, usageOf } from "./answers.ts";
import { chatLogprobs } from "./logprobs.ts";

export const CHAT_COMPLETIONS = route({
  method: "POST",
  path: "/v1/chat/completions",
  aliases: ["/chat/completions"],
  summary: "Answer a conversation",
  tag: "OpenAI",
  body: CHAT,
  handle: answerChat,
});

/** The requested answers, running. */
interface Answers {
  readonly run: Run;
  readonly generations: readonly Generation[];
  readonly hasLogprobs: boolean;
}

async function answerChat(call: Call<ChatBody>): Promise<Response> {
  const messages = call.body.messages.map(chatMessage);
  const run = await beginRun(call, call.body.model);
  try {
    const answers = startAnswers(call, run, messages);
    if (call.body.stream === true) return streamAnswers(call, answers);
    const results = await Promise.all(answers.generations.map((generation) => generation.result()));
    run.end();
    noteResults(call, run, results);
    return Response.json(wholeAnswer(call, answers, results));
  } catch (error) {
    call.abort.abort(error);
    run.end();
    throw error;
  }
}

function startAnswers(call: Call<ChatBody>, run: Run, messages: readonly ChatMessage[]): Answers {
  const { body } = call;
  const logprobs = logprobsOf(body);
  const options = {
    ...generateOptions(call),
    adapters: run.adapters,
    template: call.server.template,
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    variables: body.chat_template_kwargs ?? undefined,
    logprobs,
    ...structureOptions(body),
  };
  const generations = seedsOf(body.seed, body.n ?? 1).map((seed) =>
    run.model.chat(messages, { ...options, seed }),
  );
  return { run, generations, hasLogprobs: logprobs !== undefined };
}

function logprobsOf({ logprobs, top_logprobs: top }: ChatBody): number | undefined {
  if (logprobs === true) return top ?? 0;
  if (top === undefined || top === null || top === 0) return undefined;
  throw new ApiError(400, '"top_logprobs" needs "logprobs": true', { param: "top_logprobs" });
}

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
    .map(({ type, text }, i) => {
      if (type === "text" && text !== undefined) return text;
      const param = `${at}[${i}]`;
      const what = type === "text" ? "a part without its text" : `${JSON.stringify(type.slice(0, 40))}`;
      throw new ApiError(400, `Unsupported content in "${param}": ${what}; this model reads text only`, {
        param,
        code: "unsupported_content",
      });
    })
    .join("\n");
}

function wholeAnswer(call: Call<ChatBody>, answers: Answers, results: readonly GenerationResult[]) {
  const { run, hasLogprobs } = answers;
  return {
    ...answerHead("chat.completion", `chatcmpl-${call.id}`, run),
    choices: results.map((result, index) => ({
      index,
      message: { role: "assistant", content: result.text, refusal: null },
      logprobs: hasLogprobs ? chatLogprobs(result.logprobs ?? [], run.model.tokenizer) : null,
      finish_reason: finishReason(result),
    })),
    usage: usageOf([results]),
  };
}

function streamAnswers(call: Call<ChatBody>, { run, generations, hasLogprobs }: Answers): Response {
  const hasUsage = call.body.stream_options?.include_usage === true;
  const head = answerHead("chat.completion.chunk", `chatcmpl-${call.id}`, run);
  const usage = hasUsage ? { usage: null } : {};
  const logprobsOfToken = ({ logprobs }: GeneratedToken) =>
    hasLogprobs && logprobs !== undefined ? chatLogprobs([logprobs], run.model.tokenizer) : null;

  const sendAnswer = async (
    send: SendEvent,
    generation: Generation,
    index: number,
  ): Promise<GenerationResult> => {
    const chunk = (delta: object, logprobs: object | null, reason: string | null): void =>
      send({ ...head, choices: [{ index, delta, logprobs, finish_reason: reason }], ...usage });
    chunk({ role: "assistant", content: "", refusal: null }, null, null);
    for await (const token of generation.tokens()) {
      if (token.text !== "" || hasLogprobs) chunk({ content: token.text }, logprobsOfToken(token), null);
    }
    const result = await generation.result();
    chunk({}, null, finishReason(result));
    return result;
  };

  return eventStream(
    async (send) => {
      const results = await Promise.all(generations.map((each, index) => sendAnswer(send, each, index)));
      noteResults(call, run, results);
      if (hasUsage) send({ ...head, choices: [], usage: usageOf([results]) });
    },
    streamOptions(call, run),
  );
}
