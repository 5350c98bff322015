/** The parts that OpenAI's answers share: identity, reasons for ending, counts of tokens. */
import type { GenerationFinish, GenerationResult } from "../../generation/text-result.ts";
import type { ServerContext } from "../context.ts";
import { fingerprint } from "../fingerprint.ts";
import type { Run } from "../run.ts";

/** The head of an answer. `created` is in seconds since 1970. */
export function answerHead(object: string, id: string, { name, model }: Run, { version }: ServerContext) {
  return {
    id,
    object,
    created: Math.floor(Date.now() / 1000),
    model: name,
    system_fingerprint: fingerprint(model, version),
  };
}

const REASONS: Readonly<Record<GenerationFinish["reason"], "stop" | "length">> = {
  eos: "stop",
  stop: "stop",
  complete: "stop",
  left: "stop",
  length: "length",
  context: "length",
};

/** @param isCall the answer calls functions; unless it was cut, that is why it ended. */
export function finishReason(
  { finish }: Pick<GenerationResult, "finish">,
  isCall = false,
): "stop" | "length" | "tool_calls" {
  const reason = REASONS[finish.reason];
  return isCall && reason === "stop" ? "tool_calls" : reason;
}

/** Counts of tokens of the answers to some prompts; a prompt with several answers counts once. */
export function usageOf(groups: readonly (readonly GenerationResult[])[]) {
  const sum = (count: (group: readonly GenerationResult[]) => number): number =>
    groups.reduce((total, group) => total + count(group), 0);
  const prompt = sum(([first]) => first?.promptTokens ?? 0);
  const completion = sum((group) => group.reduce((total, { tokens }) => total + tokens.length, 0));
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: sum(([first]) => first?.cachedTokens ?? 0) },
  };
}
