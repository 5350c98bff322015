/**
 * Speculation: tokens that may follow are guessed, and one step of the model verifies several of them. A guess is kept only
 * if it is the token that the sampler chooses from the model's logits with the text's own random numbers. So a text has
 * the same tokens as without guesses, greedy or sampled; only the number of steps changes ([Speculative], whose rule of
 * acceptance keeps the distribution but not the tokens, accepts somewhat more when sampling).
 */
export { DraftJob, type DraftRequest } from "./draft-job.ts";
export { PromptLookup } from "./prompt-lookup.ts";
export { type GuessSource, Speculator } from "./speculator.ts";
