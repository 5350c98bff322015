/** Log-probabilities in the form of /v1/chat/completions. */
import type { TextLogprob, TokenLogprobs } from "../../generation/text-result.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";

/** JSON has no −Infinity; this is the value that OpenAI's API reports for an impossible token. */
const IMPOSSIBLE = -9999;
/** A number that JSON can hold. */
export const finite = (logprob: number): number => Math.max(IMPOSSIBLE, logprob);

/** The form of chats: an entry per token, with its bytes. */
export function chatLogprobs(tokens: readonly TokenLogprobs[], tokenizer: Tokenizer) {
  const entry = ({ token, text, logprob }: TextLogprob) => ({
    token: text,
    logprob: finite(logprob),
    bytes: token < tokenizer.vocabSize ? Array.from(tokenizer.tokenBytes(token)) : null,
  });
  return {
    content: tokens.map((each) => ({ ...entry(each), top_logprobs: each.top.map(entry) })),
    refusal: null,
  };
}
