/** /v1/completions: continues texts or token ids. */
import type { Generation } from "../../generation/generation.ts";
import type { GenerationResult } from "../../generation/text-result.ts";
import type { Model } from "../../library/model.ts";
import { ApiError } from "../errors.ts";
import { infillPrompt } from "../infill.ts";
import { encodePrompt, mapGently } from "../prompt-text.ts";
import { type Call, route } from "../route.ts";
import { beginRun, generateOptions, noteResults, type Run, seedsOf, streamOptions } from "../run.ts";
import { COMPLETIONS, type CompletionsBody, MAX_PROMPTS } from "../schemas/completions.ts";
import { eventStream, type SendEvent } from "../sse.ts";
import { structureOptions } from "../structure.ts";
import { answerHead, finishReason, usageOf } from "./answers.ts";
import { LogprobList } from "./completion-logprobs.ts";

export const TEXT_COMPLETIONS = route({
  method: "POST",
  path: "/v1/completions",
  summary: "Continue texts or token ids",
  tag: "OpenAI",
  body: COMPLETIONS,
  handle: complete,
});

/** One prompt with its answers, running. */
interface Group {
  readonly prompt: Prompt;
  readonly generations: readonly Generation[];
}

interface Prompt {
  readonly tokens: readonly number[];
  /** Its text, for `echo`. */
  readonly text: string;
}

/** OpenAI's default for completions. */
const DEFAULT_TOKENS = 16;

async function complete(call: Call<CompletionsBody>): Promise<Response> {
  const { body } = call;
  checkCounts(body);
  const run = await beginRun(call, body.model);
  try {
    const prompts = await promptsOf(body, run.model);
    const groups = prompts.map((prompt) => startGroup(call, run, prompt));
    if (body.stream === true) return streamCompletions(call, run, groups);
    const results = await Promise.all(
      groups.map(({ generations }) => Promise.all(generations.map((each) => each.result()))),
    );
    run.end();
    noteResults(call, run, results.flat());
    return Response.json(wholeCompletions(call, run, groups, results));
  } catch (error) {
    call.abort.abort(error);
    run.end();
    throw error;
  }
}

function checkCounts({ n, best_of: best, stream, prompt, suffix, echo, logprobs }: CompletionsBody): void {
  const answers = n ?? 1;
  const refuse = (param: string, message: string): never => {
    throw new ApiError(400, message, { param, code: "invalid_value" });
  };
  if (best !== undefined && best !== null) {
    if (best < answers)
      refuse("best_of", `Invalid value of "best_of": expected at least n (${answers}), got ${best}`);
    if (best > answers && stream === true) refuse("best_of", '"best_of" above "n" cannot be streamed');
  }
  const count = Array.isArray(prompt) && typeof prompt[0] !== "number" ? prompt.length : 1;
  if (count * (best ?? answers) > MAX_PROMPTS)
    refuse("n", `Invalid value of "n": expected at most ${MAX_PROMPTS} answers to all prompts together`);
  if (echo === true && stream === true && typeof logprobs === "number")
    refuse("echo", '"echo" with "logprobs" cannot be streamed');
  if (typeof suffix === "string" && echo === true) refuse("suffix", '"suffix" and "echo" cannot be combined');
}

function promptsOf({ prompt, suffix }: CompletionsBody, model: Model): Promise<Prompt[]> {
  const { tokenizer } = model;
  const several = Array.isArray(prompt) && typeof prompt[0] !== "number" ? prompt : [prompt ?? ""];
  return mapGently(several as (string | number[])[], (each): Prompt => {
    if (typeof suffix === "string") {
      const prefix = typeof each === "string" ? each : tokenizer.decode(each);
      return { tokens: infillPrompt(model, { prefix, suffix }, "suffix"), text: prefix };
    }
    if (typeof each === "string") return { tokens: encodePrompt(model, each), text: each };
    return { tokens: each, text: decodeKnown(tokenizer, each) };
  });
}

/** The text of ids. Ids out of range are left out here; generating refuses them. */
function decodeKnown(tokenizer: Model["tokenizer"], tokens: readonly number[]): string {
  return tokenizer.decode(tokens.filter((id) => id < tokenizer.vocabSize));
}

function startGroup(call: Call<CompletionsBody>, { model, adapters }: Run, prompt: Prompt): Group {
  const { body } = call;
  const { logprobs, echo, best_of: best, n } = body;
  const answers = best ?? n ?? 1;
  const ranks = answers > (n ?? 1);
  const options = {
    ...generateOptions(call),
    adapters,
    maxTokens: body.max_tokens ?? DEFAULT_TOKENS,
    logprobs: logprobs ?? (ranks ? 0 : undefined),
    ...structureOptions(body),
  };
  const generations = seedsOf(body.seed, answers).map((seed, i) =>
    model.generate(prompt.tokens, {
      ...options,
      seed,
      // The prompt is the same for all answers.
      promptLogprobs: echo === true && i === 0 ? (logprobs ?? undefined) : undefined,
    }),
  );
  return { prompt, generations };
}

/** The answers to return: the n with the greatest mean log-probability, or all. */
function bestOf(
  results: readonly GenerationResult[],
  { n, best_of: best }: CompletionsBody,
): readonly GenerationResult[] {
  const answers = n ?? 1;
  if ((best ?? answers) === answers) return results;
  const mean = ({ logprobs = [] }: GenerationResult): number =>
    logprobs.reduce((sum, { logprob }) => sum + logprob, 0) / Math.max(1, logprobs.length);
  return [...results].sort((a, b) => mean(b) - mean(a)).slice(0, answers);
}

function wholeCompletions(
  call: Call<CompletionsBody>,
  run: Run,
  groups: readonly Group[],
  results: readonly (readonly GenerationResult[])[],
) {
  const { body } = call;
  const choices = groups.flatMap(({ prompt }, at) =>
    bestOf(results[at], body).map((result) => ({
      text: body.echo === true ? prompt.text + result.text : result.text,
      logprobs: wholeLogprobs(body, run.model, prompt, result, results[at][0]),
      finish_reason: finishReason(result),
    })),
  );
  return {
    ...answerHead("text_completion", `cmpl-${call.id}`, run, call.server),
    choices: choices.map((choice, index) => ({ index, ...choice })),
    usage: usageOf(results),
  };
}

function wholeLogprobs(
  { logprobs, echo }: CompletionsBody,
  { tokenizer }: Model,
  { tokens, text }: Prompt,
  result: GenerationResult,
  first: GenerationResult,
) {
  if (logprobs === undefined || logprobs === null) return null;
  const list = new LogprobList(tokenizer);
  if (echo === true) addPrompt(list, tokenizer, tokens, first);
  const answer = new LogprobList(tokenizer, echo === true ? text.length : 0);
  const stream = tokenizer.stream({ continued: true });
  for (const [i, token] of result.tokens.entries())
    answer.add(token, stream.push(token), result.logprobs?.[i]);
  const [head, tail] = [list.take(), answer.take()];
  return {
    tokens: [...head.tokens, ...tail.tokens],
    token_logprobs: [...head.token_logprobs, ...tail.token_logprobs],
    top_logprobs: [...head.top_logprobs, ...tail.top_logprobs],
    text_offset: [...head.text_offset, ...tail.text_offset],
  };
}

function addPrompt(
  list: LogprobList,
  tokenizer: Model["tokenizer"],
  tokens: readonly number[],
  { promptLogprobs }: GenerationResult,
): void {
  const stream = tokenizer.stream();
  for (const [i, token] of tokens.entries()) list.add(token, stream.push(token), promptLogprobs?.[i]);
}

function streamCompletions(call: Call<CompletionsBody>, run: Run, groups: readonly Group[]): Response {
  const { body } = call;
  const { tokenizer } = run.model;
  const hasUsage = body.stream_options?.include_usage === true;
  const hasLogprobs = typeof body.logprobs === "number";
  const head = answerHead("text_completion", `cmpl-${call.id}`, run, call.server);
  const usage = hasUsage ? { usage: null } : {};

  const sendAnswer = async (
    send: SendEvent,
    group: Group,
    answer: number,
    index: number,
  ): Promise<GenerationResult> => {
    const generation = group.generations[answer];
    const echoes = body.echo === true;
    const list = new LogprobList(tokenizer, echoes ? group.prompt.text.length : 0);
    const chunk = (text: string, logprobs: object | null, reason: string | null): void =>
      send({ ...head, choices: [{ index, text, logprobs, finish_reason: reason }], ...usage });
    if (echoes) chunk(group.prompt.text, null, null);
    for await (const { token, text, logprobs } of generation.tokens()) {
      if (hasLogprobs) list.add(token, text, logprobs);
      if (text !== "" || hasLogprobs) chunk(text, hasLogprobs ? list.take() : null, null);
    }
    const result = await generation.result();
    chunk("", null, finishReason(result));
    return result;
  };

  return eventStream(
    async (send) => {
      const results = await Promise.all(
        groups.map((group, g) =>
          Promise.all(
            group.generations.map((_, answer) =>
              sendAnswer(send, group, answer, g * group.generations.length + answer),
            ),
          ),
        ),
      );
      noteResults(call, run, results.flat());
      if (hasUsage) send({ ...head, choices: [], usage: usageOf(results) });
    },
    streamOptions(call, run),
  );
}
