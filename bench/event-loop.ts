/**
 * Delay of a process's event loop during generation, and the time from an abort to the end of a text:
 *
 *     npx tsx --conditions=cria-source bench/event-loop.ts MODEL [--generate 128] [--prompt 512] [--aborts 20]
 *
 * Delays are those of a timer with an interval of one millisecond. The last line is one JSON object.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { load } from "../src/library/load.ts";
import { percentile } from "../src/measure/figures.ts";
import { promptTokens } from "../src/measure/workload.ts";
import { option } from "./options.ts";

const [path] = process.argv.slice(2);
const generate = Number(option("generate", "128"));
const prompt = Number(option("prompt", "512"));
const aborts = Number(option("aborts", "20"));
/** The histogram's own resolution is included in its values. */
const RESOLUTION_MS = 1;

await using model = await load(path, {
  context: prompt + generate + 8,
  parallel: 1,
  backend: option("backend"),
});
const { vocabSize } = model.config;
const options = { temperature: 0.8, seed: 1, ignoreEos: true, cachePrompt: false };
await model.generate(promptTokens(8, vocabSize), { ...options, maxTokens: 4 }).result();

const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
/** Milliseconds by which timers were late. */
const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

async function delaysDuring(work: () => Promise<unknown>) {
  histogram.reset();
  histogram.enable();
  await work();
  histogram.disable();
  return {
    p50: late(histogram.percentile(50)),
    p99: late(histogram.percentile(99)),
    max: late(histogram.max),
    count: histogram.count,
  };
}

const idle = await delaysDuring(() => new Promise((done) => setTimeout(done, 2000)));
const generating = await delaysDuring(() =>
  model.generate(promptTokens(1, vocabSize), { ...options, maxTokens: generate }).result(),
);
const prefill = await delaysDuring(() =>
  model.generate(promptTokens(prompt, vocabSize), { ...options, maxTokens: 1 }).result(),
);

/** Milliseconds from the abort to the rejection, alternately in a long prompt and between tokens. */
async function abortOnce(i: number): Promise<number> {
  const controller = new AbortController();
  const long = i % 2 === 0;
  const text = model.generate(promptTokens(long ? prompt : 1, vocabSize), {
    ...options,
    maxTokens: generate,
    signal: controller.signal,
  });
  const ended = text.result().then(
    () => {
      throw new Error("the text ended before the abort");
    },
    () => performance.now(),
  );
  await new Promise((done) => setTimeout(done, 100));
  const from = performance.now();
  controller.abort();
  return (await ended) - from;
}

const latencies: number[] = [];
for (let i = 0; i < aborts; i++) latencies.push(await abortOnce(i));
const abort = { p50: percentile(latencies, 0.5), max: Math.max(...latencies) };
const show = ({ p50, p99, max }: typeof idle) =>
  `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, longest ${max.toFixed(2)} ms`;
console.log(`event loop, idle:        ${show(idle)}`);
console.log(`event loop, generating:  ${show(generating)}`);
console.log(`event loop, prompt:      ${show(prefill)}`);
console.log(`abort: p50 ${abort.p50.toFixed(1)} ms, longest ${abort.max.toFixed(1)} ms`);
const { name } = model.backend;
console.log(
  JSON.stringify({
    model: path,
    backend: name,
    eventLoopMs: { idle, generating, prompt: prefill },
    abortMs: abort,
  }),
);
