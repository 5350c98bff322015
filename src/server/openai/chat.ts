/** /v1/chat/completions: answers a conversation. */
import type { ChatMessage } from "../../generation/chat/index.ts";
import type { Generation } from "../../generation/generation.ts";
import type { GenerationResult } from "../../generation/text-result.ts";
import { ApiError } from "../errors.ts";
import { checkTextLength } from "../prompt-text.ts";
import { type Call, route } from "../route.ts";
import { beginRun, generateOptions, noteResults, type Run, seedsOf } from "../run.ts";
import { CHAT, type ChatBody } from "../schemas/chat.ts";
import { structureOptions, toolOptions } from "../structure.ts";
import { answerHead, finishReason, usageOf } from "./answers.ts";
import { chatMessage, lengthOf } from "./chat-messages.ts";
import { streamChat } from "./chat-stream.ts";
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
export interface Answers {
  readonly run: Run;
  readonly generations: readonly Generation<unknown>[];
  readonly hasLogprobs: boolean;
  /** The answers may call functions. */
  readonly mayCall: boolean;
}

async function answerChat(call: Call<ChatBody>): Promise<Response> {
  const messages = call.body.messages.map(chatMessage);
  const run = await beginRun(call, call.body.model);
  try {
    const answers = startAnswers(call, run, messages);
    if (call.body.stream === true) return streamChat(call, answers);
    const results = await Promise.all(answers.generations.map((generation) => generation.result()));
    run.end();
    noteResults(call, run, results);
    return Response.json(await wholeAnswer(call, answers, results));
  } catch (error) {
    call.abort.abort(error);
    run.end();
    throw error;
  }
}

function startAnswers(call: Call<ChatBody>, run: Run, messages: readonly ChatMessage[]): Answers {
  const { body } = call;
  checkTextLength(run.model, lengthOf(messages));
  const logprobs = logprobsOf(body);
  const mayCall = (body.tools?.length ?? 0) > 0;
  if (mayCall && logprobs !== undefined && body.stream === true)
    throw new ApiError(400, '"logprobs" with "tools" cannot be streamed', { param: "logprobs" });
  const options = {
    ...generateOptions(call),
    adapters: run.adapters,
    template: call.server.template,
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? undefined,
    variables: body.chat_template_kwargs ?? undefined,
    logprobs,
    ...structureOptions(body),
    ...toolOptions(body),
  };
  const generations = seedsOf(body.seed, body.n ?? 1).map((seed) =>
    run.model.chat(messages, { ...options, seed }),
  );
  return { run, generations, hasLogprobs: logprobs !== undefined, mayCall };
}

function logprobsOf({ logprobs, top_logprobs: top }: ChatBody): number | undefined {
  if (logprobs === true) return top ?? 0;
  if (top === undefined || top === null || top === 0) return undefined;
  throw new ApiError(400, '"top_logprobs" needs "logprobs": true', { param: "top_logprobs" });
}

async function wholeAnswer(call: Call<ChatBody>, answers: Answers, results: readonly GenerationResult[]) {
  const { run, generations, hasLogprobs } = answers;
  const messages = await Promise.all(generations.map((generation) => generation.message()));
  return {
    ...answerHead("chat.completion", `chatcmpl-${call.id}`, run, call.server),
    choices: results.map((result, index) => ({
      index,
      message: { ...messages[index], refusal: null },
      logprobs: hasLogprobs ? chatLogprobs(result.logprobs ?? [], run.model.tokenizer) : null,
      finish_reason: finishReason(result, messages[index].tool_calls !== undefined),
    })),
    usage: usageOf([results]),
  };
}
