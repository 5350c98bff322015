/**
 * Tokens per second of many concurrent texts compared with one, measured alternately:
 *
 *     npx tsx --conditions=cria-source bench/concurrency.ts MODEL [--sequences 16] [--generate 32] [--repeat 3]
 *         [--threads N] [--backend NAME]
 *
 * The last line is one JSON object.
 */

import { load } from "../src/library/load.ts";
import type { Model } from "../src/library/model.ts";
import { median } from "../src/measure/figures.ts";
import { promptTokens } from "../src/measure/workload.ts";
import { option } from "./options.ts";

const [path] = process.argv.slice(2);
const sequences = Number(option("sequences", "16"));
const tokens = Number(option("generate", "32"));
const repeat = Number(option("repeat", "3"));
const backend = option("backend");
const given = option("threads");
const threads = given === undefined ? undefined : Number(given);
const PROMPT = 8;

/** Tokens per second of all texts together, from the moment when the last of them has its first token. */
async function rate(model: Model, count: number): Promise<number> {
  const running = Array.from({ length: count }, (_, i) => {
    const prompt = promptTokens(PROMPT + i, model.config.vocabSize).slice(i);
    return model.generate(prompt, {
      temperature: 0,
      ignoreEos: true,
      cachePrompt: false,
      maxTokens: tokens + 1,
    });
  });
  const results = await Promise.all(running.map((text) => text.result()));
  const longest = Math.max(...results.map(({ timings }) => timings.generationSeconds));
  return (count * tokens) / longest;
}

await using model = await load(path, { parallel: sequences, context: PROMPT + tokens + 8, backend, threads });
await rate(model, sequences);
const one: number[] = [];
const many: number[] = [];
for (let i = 0; i < repeat; i++) {
  one.push(await rate(model, 1));
  many.push(await rate(model, sequences));
}
const [oneRate, manyRate] = [median(one), median(many)];
console.log(`${path}, ${model.backend.name}: one text ${oneRate.toFixed(1)} tokens/s,`);
console.log(`  ${sequences} texts ${manyRate.toFixed(1)} tokens/s = ${(manyRate / oneRate).toFixed(2)} ×`);
const result = { one: oneRate, many: manyRate, ratio: manyRate / oneRate, runs: { one, many } };
console.log(JSON.stringify({ model: path, backend: model.backend.name, threads, sequences, ...result }));
