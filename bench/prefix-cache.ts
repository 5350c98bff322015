/**
 * Savings of the prefix cache: the second turn of a long chat compared with its first, and many texts with
 * the same prefix compared with one. Answers must have the same tokens as without the cache.
 *
 *     npx tsx --conditions=cria-source bench/prefix-cache.ts MODEL [--prompt 2000] [--texts 8] [--common 1000] [--repeat 3]
 *
 * Each round has different prompts. The medians count. The last line is one JSON object.
 */
import { load } from "../src/library/load.ts";
import { median } from "../src/measure/figures.ts";
import { option } from "./options.ts";

const [path] = process.argv.slice(2);
const length = Number(option("prompt", "2000"));
const texts = Number(option("texts", "8"));
const common = Number(option("common", "1000"));
const repeat = Number(option("repeat", "3"));
const TURN = 20;

await using model = await load(path, { context: Math.max(length, common) + 256, parallel: texts });
const { vocabSize } = model.config;
const options = { temperature: 0, ignoreEos: true };

/** Tokens that differ from those of every other seed at the same positions. */
const tokens = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => 3 + ((i * 7919 + seed * 104729 + i * i * seed) % (vocabSize - 3)));

async function firstToken(prompt: readonly number[], cachePrompt: boolean, maxTokens = TURN) {
  const result = await model.generate(prompt, { ...options, maxTokens, cachePrompt }).result();
  return { seconds: result.timings.firstTokenSeconds, tokens: result.tokens, cached: result.cachedTokens };
}

function expectSame(a: readonly number[], b: readonly number[], what: string): void {
  if (a.join() !== b.join()) throw new Error(`${what}: other tokens than without the cache`);
}

interface Round {
  readonly firstTurnSeconds: number;
  readonly secondTurnSeconds: number;
  readonly cachedTokens: number;
  readonly onePromptSeconds: number;
  readonly textsSeconds: number;
}
const rounds: Round[] = [];
await firstToken(tokens(64, 999), false);
for (let round = 0; round < repeat; round++) {
  const prompt = tokens(length, round + 1);
  const first = await firstToken(prompt, true);
  const next = [...prompt, ...first.tokens, ...tokens(TURN, round + 101)];
  const second = await firstToken(next, true);
  expectSame(second.tokens, (await firstToken(next, false)).tokens, "the second turn");

  const beginning = tokens(common, round + 201);
  const prompts = Array.from({ length: texts }, (_, i) => [
    ...beginning,
    ...tokens(TURN, round * texts + i + 301),
  ]);
  const one = await firstToken([...tokens(common, round + 401), ...tokens(TURN, 5)], true, 1);
  const from = performance.now();
  const all = await Promise.all(prompts.map((each) => firstToken(each, true, 1)));
  const together = (performance.now() - from) / 1000;
  expectSame(all[1].tokens, (await firstToken(prompts[1], false, 1)).tokens, "a shared prefix");
  rounds.push({
    firstTurnSeconds: first.seconds,
    secondTurnSeconds: second.seconds,
    cachedTokens: second.cached,
    onePromptSeconds: one.seconds,
    textsSeconds: together,
  });
}

const of = (key: keyof Round): number => median(rounds.map((round) => round[key]));
const result = {
  model: path,
  backend: model.backend.name,
  prompt: length,
  texts,
  common,
  firstTurnSeconds: of("firstTurnSeconds"),
  secondTurnSeconds: of("secondTurnSeconds"),
  turnRatio: of("firstTurnSeconds") / of("secondTurnSeconds"),
  onePromptSeconds: of("onePromptSeconds"),
  textsSeconds: of("textsSeconds"),
  textsRatio: of("textsSeconds") / of("onePromptSeconds"),
};
console.log(`second turn of ${length} tokens: ${result.turnRatio.toFixed(1)} × faster`);
console.log(`${texts} texts with ${common} tokens in common: ${result.textsRatio.toFixed(2)} × one prompt`);
console.log(JSON.stringify({ ...result, rounds }));
