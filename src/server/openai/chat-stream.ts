/** Answers of /v1/chat/completions as server-sent events. */
import type { Generation } from "../../generation/generation.ts";
import type { GeneratedToken, GenerationResult } from "../../generation/text-result.ts";
import type { AnswerPart } from "../../generation/tools/index.ts";
import type { Call } from "../route.ts";
import { noteResults, streamOptions } from "../run.ts";
import type { ChatBody } from "../schemas/chat.ts";
import { eventStream, type SendEvent } from "../sse.ts";
import { answerHead, finishReason, usageOf } from "./answers.ts";
import type { Answers } from "./chat.ts";
import { chatLogprobs } from "./logprobs.ts";

/** Sends a chunk of one answer. */
type SendDelta = (delta: object, logprobs?: object | null, reason?: string | null) => void;

export function streamChat(call: Call<ChatBody>, answers: Answers): Response {
  const { run, generations } = answers;
  const hasUsage = call.body.stream_options?.include_usage === true;
  const head = answerHead("chat.completion.chunk", `chatcmpl-${call.id}`, run, call.server);
  const usage = hasUsage ? { usage: null } : {};
  const sendTo =
    (send: SendEvent, index: number): SendDelta =>
    (delta, logprobs = null, reason = null) =>
      send({ ...head, choices: [{ index, delta, logprobs, finish_reason: reason }], ...usage });
  return eventStream(
    async (send) => {
      const results = await Promise.all(
        generations.map((generation, index) => sendAnswer(sendTo(send, index), generation, answers)),
      );
      noteResults(call, run, results);
      if (hasUsage) send({ ...head, choices: [], usage: usageOf([results]) });
    },
    streamOptions(call, run),
  );
}

async function sendAnswer(
  send: SendDelta,
  generation: Generation<unknown>,
  answers: Answers,
): Promise<GenerationResult> {
  send({ role: "assistant", content: "", refusal: null });
  if (answers.mayCall) for await (const part of generation.parts()) send(deltaOf(part));
  else for await (const token of generation.tokens()) sendToken(send, token, answers);
  const result = await generation.result();
  const calls = answers.mayCall ? await generation.calls() : [];
  send({}, null, finishReason(result, calls.length > 0));
  return result;
}

function sendToken(send: SendDelta, { text, logprobs }: GeneratedToken, { run, hasLogprobs }: Answers): void {
  if (text === "" && !hasLogprobs) return;
  send({ content: text }, logprobs === undefined ? null : chatLogprobs([logprobs], run.model.tokenizer));
}

/** A call's name comes first, then its arguments bit by bit. */
function deltaOf(part: AnswerPart): object {
  if (part.type === "text") return { content: part.text };
  const { index } = part;
  if (part.type === "arguments") return { tool_calls: [{ index, function: { arguments: part.text } }] };
  const { id, name } = part;
  return { tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] };
}
