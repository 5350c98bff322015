/** Log-probabilities in the form of /v1/completions: parallel lists, and each token's offset in the text. */
import type { TextLogprob, TokenLogprobs } from "../../generation/text-result.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { finite } from "./logprobs.ts";

export interface CompletionLogprobs {
  readonly tokens: string[];
  readonly token_logprobs: (number | null)[];
  readonly top_logprobs: (Record<string, number> | null)[];
  readonly text_offset: number[];
}

/** A token's text; bytes that are no whole character are written as OpenAI's API does: `bytes:\xe2\x96`. */
export function tokenName(tokenizer: Tokenizer, token: number): string {
  if (token >= tokenizer.vocabSize) return `token_id:${token}`;
  const text = tokenizer.decode([token], { continued: true, skipSpecial: false });
  if (!text.includes("\ufffd")) return text;
  const bytes = Array.from(tokenizer.tokenBytes(token), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`);
  return `bytes:${bytes.join("")}`;
}

/** Collects tokens in order. */
export class LogprobList {
  readonly #tokenizer: Tokenizer;
  readonly #list: CompletionLogprobs = { tokens: [], token_logprobs: [], top_logprobs: [], text_offset: [] };
  #offset: number;

  /** @param offset characters of the text before the first token. */
  constructor(tokenizer: Tokenizer, offset = 0) {
    this.#tokenizer = tokenizer;
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  /** @param text what the token adds to the text. */
  add(token: number, text: string, logprobs: TokenLogprobs | undefined): void {
    const list = this.#list;
    list.tokens.push(tokenName(this.#tokenizer, token));
    list.token_logprobs.push(logprobs === undefined ? null : finite(logprobs.logprob));
    list.top_logprobs.push(logprobs === undefined ? null : this.#topOf(logprobs));
    list.text_offset.push(this.#offset);
    this.#offset += text.length;
  }

  /** The most likely tokens, and the token itself, by name. Of tokens with one name the most likely counts. */
  #topOf({ top, ...own }: TokenLogprobs): Record<string, number> {
    const best = new Map<string, number>();
    for (const { token, logprob } of [...top, own] as readonly TextLogprob[]) {
      const name = tokenName(this.#tokenizer, token);
      best.set(name, Math.max(finite(logprob), best.get(name) ?? Number.NEGATIVE_INFINITY));
    }
    return Object.fromEntries(best);
  }

  /** What was added since the last call. */
  take(): CompletionLogprobs {
    const taken = { ...this.#list };
    Object.assign(this.#list, { tokens: [], token_logprobs: [], top_logprobs: [], text_offset: [] });
    return taken;
  }
}
